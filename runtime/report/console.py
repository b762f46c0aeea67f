"""Consoles that print text as it is, harmless to a terminal: no markup, no highlighting, wide tables in files."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from cablese.dsl.text.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_FILES = 120


def console(stream: IO[str]) -> Console:
    """A rich console on a stream; a file or a pipe gets lines of up to 120 characters and no colour."""
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        def render_str(self, text: str, **settings: Any) -> Text:
            return super().render_str(printable(text), **settings)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # whoever writes decides; rich itself would exit with 1

    width = None if stream.isatty() else _WIDTH_OF_FILES
    return Plain(file=stream, width=width, markup=False, highlight=False, emoji=False)
