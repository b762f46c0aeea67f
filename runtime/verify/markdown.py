"""The record of a verification as a page of Markdown: what `docs/verified.md` is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_HEAD = """# Claims of the shipped specs, and their verdicts

Made by `cablese verify --all{options} --markdown`; [verify.md](verify.md) says how claims are tried and what the words mean.
"""

Record = Mapping[str, Any]


def markdown_page(record: Record, options: str = "") -> str:
    """The page of a record (`verify_record`); `options`: those that it was made with, each with a space before it."""
    lines = [
        _HEAD.format(options=options),
        f"{_totals(record)}.",
        "",
        "## Guarantees",
        "",
        *_guarantees(record),
        "",
    ]
    lines += ["## Laws and invariants", "", *_laws(record), ""]
    notes = list(_notes(record))
    if notes:
        lines += ["## Notes", "", *notes, ""]
    return "\n".join(lines)


def _totals(record: Record) -> str:
    counts: dict[str, int] = {}
    for _, finding in _findings(record):
        verdict = "" if finding["verdict"] == "note" else f" {finding['verdict']}"
        key = f"{_plural(finding['kind'])}{verdict}"
        counts[key] = counts.get(key, 0) + 1
    told = ", ".join(f"{count} {key}" for key, count in counts.items())
    return f"{len(record['specs'])} specs: {told}"


def _plural(kind: str) -> str:
    return {"law": "laws", "invariant": "invariants", "guarantee": "guarantees", "theory": "remarks"}[kind]


def _findings(record: Record) -> Iterator[tuple[str, Record]]:
    for spec in record["specs"]:
        for finding in spec["findings"]:
            yield spec["algorithm"], finding


def _guarantees(record: Record) -> Iterator[str]:
    """A row for each class of each guarantee: its worst case."""
    yield "| method | guarantee | class | cases | runs | left/right at most | at least (99.9 %) | verdict |"
    yield "|---|---|---|--:|--:|--:|--:|---|"
    for name, finding in _findings(record):
        if finding["kind"] != "guarantee":
            continue
        theorem = finding["claim"].split('"')[1]
        for problem_class in dict.fromkeys(case["class"] for case in finding["cases"]):
            cases = [case for case in finding["cases"] if case["class"] == problem_class]
            worst = max(cases, key=lambda case: _number(case["ratio"]))
            runs = sum(case["runs"] for case in cases)
            yield (
                f"| {name} | {theorem} | {problem_class} | {len(cases)} | {runs} | {_number(worst['ratio']):.3g} "
                f"| {_number(worst['at_least']):.3g} | {finding['verdict']} |"
            )


def _number(value: float | None) -> float:
    return float("inf") if value is None else value


def _laws(record: Record) -> Iterator[str]:
    yield "| method | claim | verdict |"
    yield "|---|---|---|"
    for name, finding in _findings(record):
        if finding["kind"] in ("law", "invariant"):
            how = finding["detail"] if finding["verdict"] != "proven" or "for" in finding["detail"] else ""
            yield f"| {name} | `{finding['claim']}` | {finding['verdict']}{f' {how}' if how else ''} |"


def _notes(record: Record) -> Iterator[str]:
    for name, finding in _findings(record):
        if finding["kind"] == "theory":
            yield f"- {name}, {finding['claim'].split(chr(34))[1]}: {finding['detail']}"
