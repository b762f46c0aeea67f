"""Parts of reports as HTML of a page: tables that scroll where they are too wide, texts as they are."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from cablese.dsl.text.printable import printable

from ..report.fitted import FittedTable
from ..report.html import as_html
from ..report.metrics import with_signs

if TYPE_CHECKING:
    from rich.console import RenderableType


def parts_html(parts: Iterable[RenderableType]) -> str:
    """A report as paragraphs and tables."""
    return "\n".join(map(_part, parts))


def _part(part: RenderableType) -> str:
    if isinstance(part, FittedTable):
        return scrolling(as_html([part]), with_signs(part.headings[0]) or "values")
    text = str(part)
    return flat_text(text) if "\n" in text else f"<p>{escaped(text)}</p>"


def scrolling(table: str, name: str) -> str:
    """A table in a box that scrolls, by keyboard as well."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(name)}">{table}</div>'


def flat_text(text: str) -> str:
    """Lines of a text that may wrap."""
    return f'<pre class="flat">{escaped(text)}</pre>'


def escaped(text: str) -> str:
    """A text as HTML, without characters that turn or hide what is behind them."""
    return escape(printable(text))
