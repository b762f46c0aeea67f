"""The cell magic %%alg of notebooks: a cell that is a spec, checked where it stands and bound to a name."""

from __future__ import annotations

from typing import Any

from cablese.dsl.text.diagnostics import Severity
from cablese.dsl.text.render import render_all
from cablese.dsl.text.source import Source
from cablese.runtime.library import diagnose

_USE = "write %%alg NAME, and the spec below it: NAME is the variable that has it from then on"


def register(shell: Any) -> None:
    """Give an IPython shell the magic."""

    def alg(line: str, cell: str) -> None:
        """Check the spec below and bind it to a name, which `cablese.run`, `compare`, `diff` and the others take."""
        _bind(shell, line.strip(), cell)

    shell.register_magic_function(alg, magic_kind="cell", magic_name="alg")


def _bind(shell: Any, name: str, text: str) -> None:
    """Bind the spec; of one with mistakes nothing is left of what the name was. Raises IPython's UsageError, of which a cell
    shows the text alone, without a traceback."""
    from IPython.core.error import UsageError

    if not name.isidentifier():
        raise UsageError(f"{_USE}." if not name else f"{name!r} is no name: {_USE}.")
    shell.user_ns.pop(name, None)
    source = Source(name, text)
    found = diagnose(source)
    told = render_all(found) if found else ""
    if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
        raise UsageError(f"the spec has mistakes\n{told}")
    if told:
        print(told)
    shell.user_ns[name] = source
