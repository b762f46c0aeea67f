"""Verification of a spec: every claim tried, the cheap ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..errors import UsageError
from ..execute.methods import find_method
from ..execute.problems import Problems
from ..library import shipped_specs
from ..registry import plugins
from .findings import FAILURES, Finding, Verdict
from .guarantees import Claimed, Effort, check_guarantee
from .invariants import check_invariant
from .laws import check_law
from .problems import directed_trials, general_trials
from .settings import settled
from .theory import lint_theory
from .worst import worst_case

QUICK = Effort(seeds=8, rounds=64, trials=2)
FULL = Effort(seeds=40, rounds=512, trials=4)
"""Efforts of `--quick`, and without it."""

BRIEF = Effort(seeds=8, rounds=64, trials=1)
"""The effort of pages of runs, which costs about a tenth of a second for each spec."""

WORST = "the worst of a search"
"""The note of a case that a search has found."""

TRIES, TRIES_QUICK = 300, 60
"""Problems that a search for the worst case tries."""

LAW_SEEDS, LAW_ROUNDS = (0, 1), 12
"""Seeds and rounds of the runs that try laws and invariants."""

MOST_SEEDS, MOST_ROUNDS = 10_000, 10**6


@record
class Report:
    """The findings about one spec."""

    name: str
    file: str
    findings: tuple[Finding, ...]
    spec: str = ""  # its text

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


def find_specs(words: Sequence[str], settings: Sequence[str] = ()) -> list[Source]:
    """The specs that words name: names and files, and families of shipped specs, each spec once. Settings stand in the place
    of defaults, those of a name at all that declare it. Raises SpecError and SetupError."""
    families: dict[str, list[str]] = {}
    for spec in shipped_specs():
        families.setdefault(spec.family, []).append(spec.name)
    names = [name for word in words for name in families.get(word, [word])]
    return settled([find_method(name) for name in dict.fromkeys(names)], settings)


def verify(
    source: Source,
    effort: Effort,
    told: Callable[[str], None] = lambda _: None,
    worst: Path | None = None,
) -> Report:
    """Try every claim of a spec; `told` hears of each before it is tried. Raises SpecError for a wrong spec.

    `worst`: the folder for the data of the worst problems, which are searched where it is given.
    """
    program = compile_spec(source, plugins())
    return Report(program.name, source.name, tuple(_findings(source, effort, told, worst)), source.text)


def _findings(
    source: Source, effort: Effort, told: Callable[[str], None], worst: Path | None
) -> Iterator[Finding]:
    program, problems = compile_spec(source, plugins()), Problems()
    trials, seeds = general_trials(program.problem), LAW_SEEDS
    told("theory")
    yield from lint_theory(source, program, problems)
    for invariant in program.invariants:
        told(invariant.span.text)
        everywhere = [*trials, *directed_trials(trials)] if program.is_directed else trials
        yield check_invariant(source, invariant, everywhere, seeds, LAW_ROUNDS, problems)
    for index, law in enumerate(program.laws):
        told(law.span.text)
        yield check_law(source, program, index, trials, seeds, LAW_ROUNDS, problems)
    for index, guarantee in enumerate(program.guarantees):
        told(f'guarantee "{guarantee.theorem}"')
        claimed = Claimed(source, program, index)
        found = check_guarantee(claimed, effort, problems)
        yield found if worst is None else _with_worst(found, claimed, effort, worst, told)


def _with_worst(
    found: Finding, claimed: Claimed, effort: Effort, folder: Path, told: Callable[[str], None]
) -> Finding:
    """The finding with the worst case that a search finds as one more."""
    if found.verdict is Verdict.NOT_TRIED:
        return found
    path = folder / f"{Path(claimed.source.name).stem}-{found.line}.npz"
    tries = TRIES_QUICK if effort.trials <= QUICK.trials else TRIES
    case = worst_case(claimed, tries, effort, path, told)
    if case is None:
        return found
    case = replace(case, note=WORST)
    verdict = Verdict.REFUTED if case.refuted else found.verdict
    return replace(found, verdict=verdict, cases=(*found.cases, case))


def failed(reports: Sequence[Report]) -> bool:
    """True where a claim of some spec does not stand."""
    return any(finding.verdict in FAILURES for report in reports for finding in report.findings)
