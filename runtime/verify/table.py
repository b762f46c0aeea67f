"""Reports of verification for people, and the record for `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from ..report.fitted import FittedTable
from .findings import Case, Finding, Verdict
from .verify import WORST, Report

if TYPE_CHECKING:
    from rich.console import RenderableType

_IN_FILES = 160  # characters of a line, of which claims and what was found would take twice as many


def verify_report(reports: Sequence[Report]) -> Iterator[RenderableType]:
    """The claims with their verdicts, the cases of guarantees, what failed, and the totals."""
    claims = claims_table(reports)
    if claims.rows:
        yield claims
    cases = _cases(reports)
    if cases.rows:
        yield (
            "guarantees: the mean of left/right over runs, and what it is not below (99.9 %); above 1 the bound is refuted"
        )
        yield cases
    worst = [
        case
        for report in reports
        for finding in report.findings
        for case in finding.cases
        if case.note == WORST
    ]
    if worst:
        yield "the worst problems that were found:\n" + "\n".join(map(_worst_line, worst))
    yield closing(reports)


def claims_table(reports: Sequence[Report]) -> FittedTable:
    """A line for each claim: its verdict, and how it was found."""
    claims = FittedTable(
        ("spec", "line", "claim", "verdict", "how"), right=(1,), spare=(4, 1), in_files=_IN_FILES
    )
    for report in reports:
        for finding in report.findings:
            claims.add_row(
                report.name,
                str(finding.line),
                claim_text(finding),
                finding.verdict.value,
                finding.detail or _how(finding),
            )
    return claims


def _worst_line(case: Case) -> str:
    setting = "" if case.setting == "default" else f" --set '{case.setting}'"
    return f"  {case.problem} --rounds {case.rounds}{setting}    left/right {case.ratio:.4g}"


def _cases(reports: Sequence[Report]) -> FittedTable:
    headings = (
        "spec",
        "guarantee",
        "class",
        "problem",
        "setting",
        "rounds",
        "runs",
        "left/right",
        "at least",
        "slack",
    )
    table = FittedTable(headings, right=(5, 6, 7, 8, 9), spare=(4, 5, 2, 8), in_files=_IN_FILES)
    for report in reports:
        for finding in report.findings:
            for case in finding.cases:
                table.add_row(
                    report.name,
                    theorem_of(finding),
                    case.problem_class,
                    short_problem(case),
                    case.setting,
                    str(case.rounds),
                    str(case.runs),
                    f"{case.ratio:.3g}",
                    f"{case.at_least:.3g}",
                    slack_of(case),
                )
    return table


def short_problem(case: Case) -> str:
    """The family of a case's problem and its number of nodes: `quadratic, n = 4`."""
    nodes, family = case.problem.split()[1], case.problem.split("'")[1].partition("(")[0]
    return f"{family}, n = {nodes}"


def slack_of(case: Case) -> str:
    """The factor by which a bound is above the mean: 1/ratio."""
    return f"{1 / case.ratio:.3g}x" if case.ratio > 0 and isfinite(case.ratio) else "-"


def theorem_of(finding: Finding) -> str:
    """The title of a guarantee."""
    return finding.claim.split('"')[1] if '"' in finding.claim else finding.claim


def claim_text(finding: Finding) -> str:
    """A claim in a line; a guarantee by its title."""
    if finding.kind in ("guarantee", "theory"):
        return f"{finding.kind} {theorem_of(finding)}"
    return " ".join(finding.claim.split())


def _how(finding: Finding) -> str:
    """The number of runs, and the case with the least slack."""
    if not finding.cases:
        return ""
    runs = sum(case.runs for case in finding.cases)
    worst = max(finding.cases, key=lambda case: case.ratio)
    cases = f"{len(finding.cases)} case{'s' * (len(finding.cases) != 1)}"
    return f"in {runs} run{'s' * (runs != 1)} on {cases}, left/right at most {worst.ratio:.3g}"


def closing(reports: Sequence[Report]) -> str:
    """The number of claims by verdict."""
    counts = {verdict: sum(report.count(verdict) for report in reports) for verdict in Verdict}
    told = [f"{count} {verdict.value}" for verdict, count in counts.items() if count]
    specs = f"{len(reports)} spec{'s' * (len(reports) != 1)}"
    return f"{specs}: {', '.join(told) if told else 'nothing is claimed'}"


def failures(reports: Sequence[Report]) -> list[str]:
    """A line for every claim that does not stand, with what shows it."""
    return [_failure(report, finding) for report in reports for finding in report.failures]


def verdict_lines(reports: Sequence[Report]) -> Iterator[str]:
    """A line for every claim: `DIANA: invariant h == mean(h_i): held in 48 rounds of 4 runs`."""
    for report in reports:
        for finding in report.findings:
            how = finding.detail or _how(finding)
            yield f"{report.name}: {claim_text(finding)}: {finding.verdict.value}{f' ({how})' if how else ''}"


def _failure(report: Report, finding: Finding) -> str:
    where = f"{report.file}:{finding.line}"
    if finding.cases:
        worst = max((case for case in finding.cases if case.refuted), key=lambda case: case.ratio)
        setting = "" if worst.setting == "default" else f" --set '{worst.setting}'"
        return (
            f"{where}: {claim_text(finding)} is refuted: left/right is {worst.ratio:.4g} in the mean of {worst.runs} "
            f"runs of {worst.rounds} rounds, not below {worst.at_least:.4g} ({worst.problem}{setting})"
        )
    return f"{where}: {claim_text(finding)} is {finding.verdict.value}: {finding.detail}"


def verify_record(reports: Sequence[Report]) -> dict[str, Any]:
    """All findings as a JSON object; numbers that are not finite are null."""
    return {
        "specs": [
            {
                "algorithm": report.name,
                "file": report.file,
                "findings": [_record(finding) for finding in report.findings],
            }
            for report in reports
        ],
        "failed": any(report.failures for report in reports),
    }


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "claim": " ".join(finding.claim.split()),
        "line": finding.line,
        "verdict": finding.verdict.value,
        "detail": finding.detail,
        "cases": [
            {
                "problem": case.problem,
                "class": case.problem_class,
                "setting": case.setting,
                "rounds": case.rounds,
                "runs": case.runs,
                "ratio": _finite(case.ratio),
                "at_least": _finite(case.at_least),
                "refuted": case.refuted,
                "note": case.note,
            }
            for case in finding.cases
        ],
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
