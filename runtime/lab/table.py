"""The lab's tables for people, and its record for `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from ..report.fitted import FittedTable
from .measure import Report, Setting
from .vectors import KINDS, kind_of
from .verdicts import Finding

if TYPE_CHECKING:
    from rich.console import RenderableType


def lab_report(reports: Sequence[Report], setting: Setting) -> Iterator[RenderableType]:
    """Sizes and speed, then measured against stated losses, then the number of refuted statements."""
    yield f"d = {setting.dim}, floats of 32 bits: bits an entry as encoded / information in the message; times in copies"
    yield _sizes(reports)
    yield "the loss E||Q(x) - x||^2 / ||x||^2, as the figure that bounds it (99 %: of the largest); bias: of a Gaussian x"
    yield _losses(reports)
    yield _closing(reports)


def refutations(reports: Sequence[Report]) -> list[str]:
    """A line for every statement that does not hold."""
    return [_refutation(report, finding) for report in reports for finding in report.refuted]


def lab_record(reports: Sequence[Report], setting: Setting) -> dict[str, Any]:
    """All measurements as a JSON object; numbers that are not finite are null."""
    compressors = [{**asdict(report), "refuted": bool(report.refuted)} for report in reports]
    record: dict[str, Any] = _finite({**asdict(setting), "compressors": compressors})
    return record


def _sizes(reports: Sequence[Report]) -> FittedTable:
    headings = ("compressor", *KINDS, "stated", "send", "receive")
    table = FittedTable(
        headings, right=range(1, len(headings)), spare=(*range(1, len(KINDS)), *_last(headings, 2, 1))
    )
    for report in reports:
        by_kind = {size.kind: f"{size.bits:.4g} / {size.information:.4g}" for size in report.sizes}
        speed = (f"{report.speed.send:.1f}x", f"{report.speed.receive:.1f}x")
        cells = (by_kind.get(kind, "") for kind in KINDS)
        table.add_row(report.label, *cells, f"{report.stated_bits:.4g}", *speed)
    return table


def _losses(reports: Sequence[Report]) -> FittedTable:
    """The table of losses: one line per compressor and dimension, with the worst of the adversarial vectors."""
    headings = ("compressor", "d", *KINDS, "99 %", "stated", "bias", "verdict")
    spare = (*_last(headings, 4), *range(2, 1 + len(KINDS)), *_last(headings, 2))
    table = FittedTable(headings, right=range(1, len(headings) - 1), spare=spare)
    for report in reports:
        for d in sorted({finding.d for finding in report.findings}, reverse=True):
            here = [finding for finding in report.findings if finding.d == d]
            table.add_row(report.label if d == report.findings[0].d else "", f"{d:g}", *_cells(report, here))
    return table


def _last(headings: Sequence[str], *places: int) -> tuple[int, ...]:
    """Places of columns that are counted from the end."""
    return tuple(len(headings) - place for place in places)


def _cells(report: Report, here: Sequence[Finding]) -> Iterator[str]:
    losses = [finding for finding in here if finding.statement == report.figure]
    for kind in KINDS:
        of_kind = [finding for finding in losses if kind_of(finding.vector) == kind]
        yield f"{_largest(of_kind).measured:.3g}" if of_kind else ""
    yield f"±{_half(_largest(losses)):.1g}" if losses and _half(_largest(losses)) else ""
    yield f"{report.figure} {losses[0].stated:.4g}" if losses and report.figure != "loss" else "nothing"
    biases = [finding for finding in here if finding.statement == "unbiased"]
    yield f"{biases[0].measured:+.1g} ±{_half(biases[0]):.1g}" if biases and _half(biases[0]) else ""
    yield "refuted" if any(finding.refuted for finding in here) else "holds"


def _largest(losses: Sequence[Finding]) -> Finding:
    return max(losses, key=lambda finding: finding.measured)


def _half(finding: Finding) -> float:
    return (finding.high - finding.low) / 2


def _closing(reports: Sequence[Report]) -> str:
    tried = sum(len(report.findings) for report in reports)
    refuted = sum(len(report.refuted) for report in reports)
    return (
        f"{tried} statements tried, {refuted} refuted"
        if refuted
        else f"{tried} statements tried, none refuted"
    )


def _refutation(report: Report, finding: Finding) -> str:
    place = f"on the vector `{finding.vector}`, d = {finding.d}, {finding.draws} draws"
    return f"refuted: {report.label}: {finding.statement}: {finding.refuted} ({place})"


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case float():
            return value if isfinite(value) else None
        case _:
            return value
