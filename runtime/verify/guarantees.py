"""Guarantees, tried on problems of their classes: the mean over seeds of the bound's sides, with a confidence limit.

The ratio of the sides is 0 or more and has, where the theorem holds, a mean of 1 at most: `confidence` bets against that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cablese.dsl.check import program as core
from cablese.dsl.check.watching import reads_of_claim
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..errors import SetupError
from ..execute.bounds import Bound, NoNumber
from ..execute.problems import Problems
from .confidence import is_above, lower_limit
from .findings import Case, Finding, Verdict
from .measures import Gauge, NotMeasured, needs_every_round
from .observed import readable
from .problems import OF_GAMES, Trial, least_loss, trials_of
from .trials import REFUSED, Bench, options_of, reason

ALPHA = 1e-3
"""The chance with which a guarantee that holds is refuted, all its problems together."""

DECAYED = 1e-4
"""The part of its first value to which a bound falls in a trial, if the rounds suffice."""

ROUNDING = 1e-12
"""The part of f(x0) - f* or ||x0 - x*||^2 below which the sides of a bound are rounding."""

LADDER = (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


@record
class Effort:
    """Seeds that each case is tried under, the most rounds of a run, and the number of problems of a class."""

    seeds: int
    rounds: int
    trials: int


@record
class Claimed:
    """A guarantee of a spec, by its place among the spec's."""

    source: Source
    program: core.Program
    index: int

    @property
    def guarantee(self) -> core.Guarantee:
        """The guarantee under the spec's own values."""
        return self.program.guarantees[self.index]


def check_guarantee(claimed: Claimed, effort: Effort, problems: Problems) -> Finding:
    """The verdict on a guarantee, with a case for each problem and setting that was tried."""
    guarantee = claimed.guarantee
    text, line = guarantee.span.text, guarantee.span.line
    if unread := readable(guarantee):
        return Finding("guarantee", text, line, Verdict.NOT_TRIED, unread)
    pairs = [
        (name, trial)
        for name, trials in trials_of(guarantee.classes).items()
        if (name in OF_GAMES) is (claimed.program.problem is not core.ProblemKind.MINIMIZE)
        for trial in trials[: effort.trials]
    ]
    alpha = ALPHA / max(1, 2 * len(pairs))
    cases, reasons = list[Case](), list[str]()
    for name, trial in pairs:
        try:
            cases += _cases(claimed, name, trial, effort, alpha, problems)
        except (*REFUSED, NotMeasured, NoNumber) as error:
            reasons.append(f"{trial.problem.partition('(')[0]}: {reason(error)}")
    if not cases:
        why = reasons[0] if reasons else "no problem of its classes is of the spec's kind"
        return Finding("guarantee", text, line, Verdict.NOT_TRIED, why)
    refuted = any(case.refuted for case in cases)
    return Finding(
        "guarantee", text, line, Verdict.REFUTED if refuted else Verdict.NOT_REFUTED, "", tuple(cases)
    )


def _cases(
    claimed: Claimed, name: str, trial: Trial, effort: Effort, alpha: float, problems: Problems
) -> Iterator[Case]:
    """The guarantee on one problem: with the defaults, if it allows them, and with the largest step that it allows."""
    for setting in settings_allowed(claimed, trial, problems):
        yield tried(claimed, name, trial, setting, effort, alpha, problems)


def settings_allowed(claimed: Claimed, trial: Trial, problems: Problems) -> list[tuple[str, ...]]:
    """The settings under which a guarantee speaks of a method on a problem; raises NotMeasured where there are none."""
    bound = _bound(_bench(claimed, trial, 1, (), problems), claimed.index)
    found: list[tuple[str, ...]] = [()] if bound.allowed else []
    edge = bound.edge()
    if edge is not None and not (found and _is_default(bound, *edge)):
        setting = (f"{edge[0]} = {edge[1]!r}",)
        try:
            if _bound(_bench(claimed, trial, 1, setting, problems), claimed.index).allowed:
                found.append(setting)
        except SetupError:  # a `where` of the spec does not take it
            if not found:
                raise
    if not found:
        raise NotMeasured(f"the condition does not hold: {', '.join(bound.broken())}")
    return found


def _is_default(bound: Bound, name: str, value: float) -> bool:
    return math.isclose(float(bound.resolver.param(name)), value, rel_tol=1e-9)


def tried(
    claimed: Claimed,
    name: str,
    trial: Trial,
    setting: tuple[str, ...],
    effort: Effort,
    alpha: float,
    problems: Problems,
    first: int = 0,
) -> Case:
    """One case: runs under seeds from `first` on, of as many rounds as let the bound fall, ended once it is refuted."""
    rounds = _rounds(claimed, trial, setting, effort.rounds, problems)
    bench = _bench(claimed, trial, rounds, setting, problems)
    bound = _bound(bench, claimed.index)
    gauge = Gauge(bench, bound.guarantee, least_loss(bench.prepared.context.problem))
    ratios, sides = list[float](), list[tuple[float, float]]()
    for seed in range(first, first + effort.seeds):
        measures = gauge.run(bench, seed)
        sides.append((bound.left(measures, rounds), bound.right(measures, rounds)))
        ratios.append(_ratio(*sides[-1], measures))
        if len(sides) == 2 and _alike(sides):
            return _of_one_path(name, trial, setting, rounds, ratios[0])
        if is_above(ratios, alpha):
            break
    _check_right(sides)
    mean = math.fsum(ratios) / len(ratios) if all(map(math.isfinite, ratios)) else math.inf
    refuted = is_above(ratios, alpha)
    return Case(
        str(trial), name, _named(setting), rounds, len(ratios), mean, lower_limit(ratios, alpha), refuted
    )


def _of_one_path(name: str, trial: Trial, setting: tuple[str, ...], rounds: int, ratio: float) -> Case:
    """The case of a method that draws nothing: its one path decides."""
    refuted = ratio > 1 + 1e-9
    note = "draws nothing: one run tells all"
    return Case(str(trial), name, _named(setting), rounds, 1, ratio, ratio, refuted, note)


def _named(setting: tuple[str, ...]) -> str:
    return ", ".join(setting) or "default"


def _alike(sides: Sequence[tuple[float, float]]) -> bool:
    return sides[0] == sides[1] and all(map(math.isfinite, sides[0]))


def _ratio(left: float, right: float, measures: dict[str, float]) -> float:
    """The ratio of both sides; a left side that rounding may have left of 0 is 0."""
    floor = ROUNDING * max(measures.get("f_gap0", 0.0), measures.get("dist2_0", 0.0))
    if not math.isfinite(left):
        return math.inf
    if left < -floor:
        raise NotMeasured("its left side is negative, and a bet needs sides of 0 or more")
    if left <= floor:
        return 0.0
    return left / right if right > 0 else math.inf


def _check_right(sides: Sequence[tuple[float, float]]) -> None:
    """Raise NotMeasured where the right side is not the same in all runs."""
    rights = [right for left, right in sides if math.isfinite(left)]
    if rights and not max(rights) - min(rights) <= 1e-9 * max(map(abs, rights)):
        raise NotMeasured("its right side depends on draws before the first round")


def _rounds(claimed: Claimed, trial: Trial, setting: tuple[str, ...], most: int, problems: Problems) -> int:
    """The rounds of a trial: as few as let the bound fall by `DECAYED`, or as many as there may be."""
    bench = _bench(claimed, trial, 1, setting, problems)
    bound = _bound(bench, claimed.index)
    measures = Gauge(bench, bound.guarantee, least_loss(bench.prepared.context.problem)).run(bench, 0)
    first = bound.right(measures, 1)
    for rounds in LADDER:
        if rounds >= most:
            return most
        if bound.right(measures, rounds) <= DECAYED * first:
            return rounds
    return most


def _bench(
    claimed: Claimed, trial: Trial, rounds: int, setting: tuple[str, ...], problems: Problems
) -> Bench:
    """The method on a problem, its solution known where there is one."""
    watch = frozenset(read.symbol.name for read in reads_of_claim(claimed.guarantee))
    every = 1 if needs_every_round(claimed.guarantee, claimed.program.output) else rounds
    return Bench.make(claimed.source, options_of(trial, rounds, setting, every), problems, watch)


def _bound(bench: Bench, index: int) -> Bound:
    run = bench.prepared.context
    return Bound(run.program.guarantees[index], run.resolver)


def with_rounds(effort: Effort, rounds: int | None) -> Effort:
    """The effort with another number of rounds, if one is given."""
    return effort if rounds is None else replace(effort, rounds=rounds)
