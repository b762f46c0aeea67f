"""Findings of verification: what became of each claim."""

from __future__ import annotations

from enum import Enum

from cablese.dsl.text.records import record


class Verdict(Enum):
    """The verdict on a claim; none of them says more than was seen."""

    PROVEN = "proven"  # of laws, by algebra
    HELD = "held"  # in all runs, to rounding
    NOT_REFUTED = "not refuted"  # a bound on a mean
    REFUTED = "refuted"
    NOT_ALLOWED = "not allowed"  # a theorem that does not cover what the spec has
    NOT_TRIED = "not tried"
    NOTE = "note"


FAILURES = (Verdict.REFUTED, Verdict.NOT_ALLOWED)
"""Verdicts with which verification fails."""


@record
class Case:
    """A guarantee on one problem: the ratio of its sides in the mean of runs, and a number that the mean of the ratio is
    not below with confidence; a ratio above 1 breaks the bound."""

    problem: str  # options of a run on it
    problem_class: str
    setting: str  # "default", "gamma = 0.5"
    rounds: int
    runs: int
    ratio: float
    at_least: float
    refuted: bool
    note: str = ""


@record
class Finding:
    """The verdict on a claim of a spec, with the words that explain it."""

    kind: str  # "invariant", "law", "guarantee", "theory"
    claim: str
    line: int
    verdict: Verdict
    detail: str = ""
    cases: tuple[Case, ...] = ()

    @property
    def fails(self) -> bool:
        """True where the claim does not stand."""
        return self.verdict in FAILURES
