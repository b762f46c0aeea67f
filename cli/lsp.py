"""`cablese lsp`: the language server, over standard input and output."""

from __future__ import annotations

import click


@click.command()
def lsp() -> None:
    """Serve an editor: mistakes as they are typed, hovers, completion, renaming, formatting, other forms of a spec.

    Editors start it themselves; docs/editors.md says how for VS Code, Neovim, Emacs and others.
    """
    try:
        from cablese.runtime.editing.server import make_server
    except ModuleNotFoundError as missing:
        from cablese.runtime.errors import SetupError

        if missing.name not in ("pygls", "lsprotocol"):
            raise
        raise SetupError("The language server needs the package pygls: pip install 'cablese[lsp]'.") from None
    make_server().start_io()
