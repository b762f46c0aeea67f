"""Verification of a spec: every claim tried, the cheap ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..errors import UsageError
from ..execute.problems import Problems
from ..library import find_spec, shipped_specs
from ..registry import plugins
from .findings import FAILURES, Finding, Verdict
from .guarantees import Claimed, Effort, check_guarantee
from .invariants import check_invariant
from .laws import check_law
from .problems import general_trials
from .theory import lint_theory

QUICK = Effort(seeds=8, rounds=64, trials=2)
FULL = Effort(seeds=40, rounds=512, trials=4)
"""Efforts of `--quick`, and without it."""

LAW_SEEDS, LAW_ROUNDS = (0, 1), 12
"""Seeds and rounds of the runs that try laws and invariants."""

MOST_SEEDS, MOST_ROUNDS = 10_000, 10**6


@record
class Report:
    """The findings about one spec."""

    name: str
    file: str
    findings: tuple[Finding, ...]

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Claims that do not stand."""
        return tuple(finding for finding in self.findings if finding.fails)

    def count(self, verdict: Verdict) -> int:
        """The number of claims with a verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)


def effort_of(*, quick: bool, seeds: int | None, rounds: int | None) -> Effort:
    """The effort that options ask for. Raises UsageError for numbers out of range."""
    base = QUICK if quick else FULL
    for name, value, most in (("--seeds", seeds, MOST_SEEDS), ("--rounds", rounds, MOST_ROUNDS)):
        if value is not None and not 2 <= value <= most:
            raise UsageError(f"{name} takes a whole number from 2 to {most}, not {value}.")
    return Effort(seeds or base.seeds, rounds or base.rounds, base.trials)


def find_specs(words: Sequence[str]) -> list[Source]:
    """The specs that words name: names and files, and families of shipped specs, each spec once."""
    families: dict[str, list[str]] = {}
    for spec in shipped_specs():
        families.setdefault(spec.family, []).append(spec.name)
    names = [name for word in words for name in families.get(word, [word])]
    return [find_spec(name) for name in dict.fromkeys(names)]


def verify(source: Source, effort: Effort, told: Callable[[str], None] = lambda _: None) -> Report:
    """Try every claim of a spec; `told` hears of each before it is tried. Raises SpecError for a wrong spec."""
    program = compile_spec(source, plugins())
    return Report(program.name, source.name, tuple(_findings(source, effort, told)))


def _findings(source: Source, effort: Effort, told: Callable[[str], None]) -> Iterator[Finding]:
    program, problems = compile_spec(source, plugins()), Problems()
    trials, seeds = general_trials(program.problem), LAW_SEEDS
    told("theory")
    yield from lint_theory(source, program, problems)
    for invariant in program.invariants:
        told(invariant.span.text)
        yield check_invariant(source, invariant, trials, seeds, LAW_ROUNDS, problems)
    for index, law in enumerate(program.laws):
        told(law.span.text)
        yield check_law(source, program, index, trials, seeds, LAW_ROUNDS, problems)
    for index, guarantee in enumerate(program.guarantees):
        told(f'guarantee "{guarantee.theorem}"')
        yield check_guarantee(Claimed(source, program, index), effort, problems)


def failed(reports: Sequence[Report]) -> bool:
    """True where a claim of some spec does not stand."""
    return any(finding.verdict in FAILURES for report in reports for finding in report.findings)
