"""Claims of a spec before any run: laws that algebra proves, all others not tried."""

from __future__ import annotations

from collections.abc import Iterator

from cablese.dsl.check.program import Program
from cablese.dsl.text.source import Source

from ..compiled import compiled
from .findings import Finding, Verdict
from .laws import is_proven
from .verify import Report


def untried(source: Source) -> Report:
    """The claims of a spec, with the verdicts that cost no run. Raises SpecError."""
    program = compiled(source)
    return Report(program.name, source.name, tuple(_findings(source, program)))


def _findings(source: Source, program: Program) -> Iterator[Finding]:
    for invariant in program.invariants:
        yield Finding("invariant", invariant.span.text, invariant.span.line, Verdict.NOT_TRIED)
    for index, law in enumerate(program.laws):
        proven = is_proven(source, program, index)
        verdict, how = (Verdict.PROVEN, "by algebra") if proven else (Verdict.NOT_TRIED, "")
        yield Finding("law", law.span.text, law.span.line, verdict, how)
    for guarantee in program.guarantees:
        yield Finding("guarantee", guarantee.span.text, guarantee.span.line, Verdict.NOT_TRIED)
