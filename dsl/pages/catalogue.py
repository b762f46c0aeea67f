"""All pages, by family and by code; how they are shown is left to callers."""

from __future__ import annotations

from ..text.records import record
from . import (
    contract_pages,
    form_pages,
    kind_pages,
    lint_pages,
    node_pages,
    place_pages,
    plan_pages,
    sign_pages,
    text_pages,
    word_pages,
)
from .page import Page


@record
class Family:
    """The codes of one stage; `pages` are in the order of their codes."""

    title: str
    pages: tuple[Page, ...]


def _family(title: str, *parts: tuple[Page, ...]) -> Family:
    pages = [page for part in parts for page in part]
    return Family(title, tuple(sorted(pages, key=lambda page: page.code)))


def _of(family: str) -> tuple[Page, ...]:
    """The warnings of a family."""
    return tuple(page for page in lint_pages.PAGES if page.code.startswith(family))


FAMILIES = (
    _family("E1  what is written", text_pages.PAGES, sign_pages.PAGES, word_pages.PAGES),
    _family("E2  who knows what", place_pages.PAGES, node_pages.PAGES),
    _family("E3  kinds, names and calls", kind_pages.PAGES),
    _family("E4  compressors and params", contract_pages.PAGES),
    _family("E5  statements and lines", form_pages.PAGES),
    _family("E6  what a run cannot do", plan_pages.PAGES),
    _family("W1  what nobody reads", _of("W1")),
    _family("W2  what comes out otherwise than it reads", _of("W2")),
    _family("W3  what comments allow", _of("W3")),
)

PAGES = {page.code: page for family in FAMILIES for page in family.pages}
"""Every page by its code."""
