"""The page of a difference: sentences, both texts with their marks, the costs of both, claims."""

from __future__ import annotations

from collections.abc import Iterator

from cablese.dsl.edits.sentences import method_names

from ..execute.difference import Difference, costs_of_both
from ..report.cost import cost_report
from ..report.difference import account_of
from ..report.difference_html import account_html
from .document import Page, Section
from .parts import parts_html
from .specs import claims_section, texts_section


def difference_page(found: Difference) -> Page:
    """The page of two methods."""
    account = account_of(found)
    return Page(" and ".join(method_names(found.script)), account.head, tuple(_sections(found)))


def _sections(found: Difference) -> Iterator[Section]:
    html = f'<div class="cablese-diff">{account_html(account_of(found))}</div>'
    yield Section("difference", "How they differ", html)
    costs = costs_of_both(found)
    if costs is not None:
        yield Section("costs", "Messages and costs", parts_html(cost_report(costs)), folded=True)
    names = method_names(found.script)
    yield texts_section(found.sources, names)
    yield from claims_section(found.sources)
