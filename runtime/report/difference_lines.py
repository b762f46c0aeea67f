"""A comparison of two specs as lines of text: plain in files and pipes, with colours on terminals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .difference import Account
from .listing import Cell, columns_of, underlined

if TYPE_CHECKING:
    from rich.text import Text

_LABEL = 9  # characters of a label, with a blank behind it
_STYLES = {"<": ("red", ""), ">": ("", "green"), "|": ("", ""), " ": ("dim", "dim")}
_MARKS = ("bold red", "bold green")


def plain_lines(account: Account, width: int) -> Iterator[str]:
    """The lines in so many columns; stretches that differ have carets below them."""
    yield from _head(account, width)
    if account.rows:
        yield ""
    for row in account.rows:
        for left, sign, right in columns_of(row, width):
            yield f"{left.text} {sign} {right.text}".rstrip()
            marks = underlined(left, right)
            if marks:
                yield marks


def coloured_lines(account: Account, width: int) -> Iterator[Text]:
    """The same lines for a terminal: colours in the place of carets."""
    from rich.text import Text

    first, *others = _head(account, width)
    yield Text(first, style="bold")
    for line in others:
        found = Text(line)
        found.stylize("cyan", 0, _LABEL + 2)
        yield found
    if account.rows:
        yield Text("")
    for row in account.rows:
        for left, sign, right in columns_of(row, width):
            (first, second), (lost, gained) = _STYLES[sign], _MARKS
            both = _styled(left, first, lost).append(f" {sign} ", style="bold")
            both.append_text(_styled(right, second, gained)).rstrip()
            yield both


def _styled(cell: Cell, style: str, mark: str) -> Text:
    from rich.text import Text

    found = Text(cell.text, style=style)
    for start, end in cell.changed:
        found.stylize(mark, start, end)
    return found


def _head(account: Account, width: int) -> Iterator[str]:
    """The answer and the labelled lines, a label once."""
    yield from textwrap.wrap(account.head, max(width, 40), subsequent_indent="    ") or [""]
    yield from labelled_lines(account.lines, width)


def labelled_lines(lines: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Labelled texts in so many columns, a label once."""
    before = ""
    for label, text in lines:
        yield from _labelled(label if label != before else "", text, width)
        before = label


def _labelled(label: str, text: str, width: int) -> Sequence[str]:
    lead = f"  {label:<{_LABEL}} "
    return textwrap.wrap(
        text, max(width, 40), initial_indent=lead, subsequent_indent=" " * len(lead), break_long_words=False
    )
