"""The page as a text: sections, the data of curves as JSON, styles and scripts, all in one file that asks for no other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from cablese.dsl.text.printable import printable
from cablese.dsl.text.records import record

from ..report.page_files import GENERATOR, write_page

FORMAT = 1
"""The version of the data in a page."""

_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
"""Characters that would end a script, or a line of one."""


@record
class Section:
    """A part of a page: its heading, and HTML in which all texts are escaped; `name` is the address in the page."""

    name: str
    title: str
    html: str
    folded: bool = False
    """True for one that is opened by its heading."""


@record
class Page:
    """A page: its title, a line below it, studies of curves as JSON, and the sections below the curves."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    studies: Sequence[dict[str, Any]] = ()


def save_page(path: Path, page: Page) -> None:
    """Write a page. Raises UsageError where the file is another, OutputFailed where it cannot be written."""
    write_page(path, page_text(page))


def page_text(page: Page, *, events: str = "") -> str:
    """The whole page; one that is served while runs go on hears of them at the address `events`."""
    parts = page_parts(page)
    has_curves = bool(page.studies or events)
    return Template(_static("page.html")).substitute(
        parts,
        generator=GENERATOR,
        events=escape(events),
        curves=_static("explorer.html") if has_curves else "",
        data=data_text(page.studies),
        vendor_css=_static("uPlot.min.css") if has_curves else "",
        css=_static("page.css"),
        drawing=_drawing() if has_curves else "",
        js=_static("page.js"),
    )


def page_parts(page: Page) -> dict[str, str]:
    """The parts of a page, as HTML, that are not the same in each: title, subtitle, links and sections."""
    links = [("curves", "Curves")] * bool(page.studies) + [(s.name, s.title) for s in page.sections]
    return {
        "title": escape(printable(page.title)),
        "subtitle": escape(printable(page.subtitle)),
        "links": "".join(f'<a href="#{name}">{escape(printable(title))}</a>' for name, title in links),
        "sections": "\n".join(map(_section, page.sections)),
    }


def _drawing() -> str:
    """The library that draws curves, with its licence."""
    return f"/*\n{_static('uPlot.LICENSE')}*/\n{_static('uPlot.iife.min.js')}"


def data_text(studies: Sequence[dict[str, Any]]) -> str:
    """The data as JSON that may stand in a script."""
    text = json.dumps({"format": FORMAT, "studies": list(studies)}, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


def _section(section: Section) -> str:
    title, html = escape(printable(section.title)), printable(section.html)
    if section.folded:
        inner = f"<details><summary><h2>{title}</h2></summary>\n{html}\n</details>"
    else:
        inner = f"<h2>{title}</h2>\n{html}"
    return f'<section id="{section.name}">\n{inner}\n</section>'


@cache
def _static(name: str) -> str:
    """A file of the page's folder `static`."""
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
