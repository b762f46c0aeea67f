"""The page of a verification: the verdicts on claims, the cases of guarantees, the specs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cablese.dsl.text.source import Source

from ..verify.table import closing, failures, verify_report
from ..verify.verify import Report
from .document import Page, Section
from .parts import flat_text, parts_html
from .specs import texts_section


def verification_page(reports: Sequence[Report], command: str = "") -> Page:
    """The page of reports; `command` is the line that made them."""
    title = ", ".join(dict.fromkeys(report.name for report in reports))
    return Page(f"Claims of {title}", closing(reports), tuple(_sections(reports, command)))


def _sections(reports: Sequence[Report], command: str) -> Iterator[Section]:
    failed = failures(reports)
    if failed:
        yield Section("failures", "Do not stand", flat_text("\n".join(failed)))
    yield Section("claims", "Verdicts", parts_html(verify_report(reports)))
    sources = [Source(report.file, report.spec) for report in reports]
    yield texts_section(sources, [report.name for report in reports])
    if command:
        yield Section("origin", "Made by", flat_text(command))
