"""Consoles that print text as it is, harmless to a terminal: no markup, no highlighting, whole tables in files."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from cablese.dsl.text.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_UNCUT = 10_000
"""Characters of a line, more than any table has."""


def columns() -> int | None:
    """Characters of a line by the environment variable COLUMNS; None without it."""
    asked = os.environ.get("COLUMNS", "")
    return int(asked) or None if asked.isdecimal() else None


def wants_colours(stream: IO[str]) -> bool:
    """True for a terminal, unless the environment says otherwise: as rich decides, which no other stream needs to load."""
    compatible = os.environ.get("TTY_COMPATIBLE")
    if compatible in ("0", "1"):
        return compatible == "1"
    forced = os.environ.get("FORCE_COLOR")
    return stream.isatty() if forced is None else forced != ""


def console(stream: IO[str]) -> Console:
    """A rich console on a stream; a file or a pipe gets no colour, and whole lines unless COLUMNS asks for others."""
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        def render_str(self, text: str, **settings: Any) -> Text:
            return super().render_str(printable(text), **settings)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # for the caller to handle; rich itself would exit with 1

    width = columns() or (None if stream.isatty() else _UNCUT)
    return Plain(file=stream, width=width, markup=False, highlight=False, emoji=False)
