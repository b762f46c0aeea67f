"""Reports as HTML for notebooks: the same parts as on terminals, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from .fitted import FittedTable
from .metrics import with_signs

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


def as_html(parts: Iterable[RenderableType]) -> str:
    """A report as HTML paragraphs and tables."""
    return "\n".join(
        _table(part) if isinstance(part, FittedTable) else _paragraph(str(part)) for part in parts
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(with_signs(text))}</p>"


def _table(table: FittedTable) -> str:
    head = _row("th", table.headings, table.right)
    body = "".join(_row("td", row, table.right) for row in table.rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(tag: str, cells: Sequence[str | Text], right: Sequence[int]) -> str:
    sides = ("right" if place in right else "left" for place in range(len(cells)))
    return f"<tr>{''.join(_cell(tag, cell, side) for cell, side in zip(cells, sides, strict=True))}</tr>"


def _cell(tag: str, cell: str | Text, side: str) -> str:
    text = escape(with_signs(str(cell)))
    if not isinstance(cell, str) and "bold" in str(cell.style):
        text = f"<b>{text}</b>"
    return f'<{tag} style="text-align: {side}">{text}</{tag}>'
