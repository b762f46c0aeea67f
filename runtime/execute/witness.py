"""Trial runs of two methods on the same problems with the same draws and params, to find a round where they part.

A gap is a witness that methods differ; the lack of one is no proof that they are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from fractions import Fraction
from math import inf, isfinite

from cablese.dsl.algebra.conditions import range_of
from cablese.dsl.algebra.ranges import Range
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import ProblemKind, Program
from cablese.dsl.check.uses import has_prox, in_use
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source

from ..errors import RunFailed, SetupError
from .interface import Point, Recording
from .options import Options
from .problems import Problems
from .session import Prepared, prepare
from .trial import FAILURE, NOTHING_HELD, Held, Trial, Witness

GAP = 1e-6
SIGNAL = 1e-10
"""A gap that rounding does not explain: where runs part by so much, and once for each problem, longer ones tell."""
ROUNDS, MORE_ROUNDS = 8, 80
NODES = 3
SEEDS = (0, 1, 2)

_PROBLEMS: Mapping[bool, Sequence[str]] = {
    True: (
        "quadratic(d = 7, mu = 0.1, L = 1, spread = 1, seed = 1)",
        'logreg(data = "breast_cancer", scale = "rows", l2 = 0.01)',
    ),
    False: (
        "bilinear_saddle(d = 4, lam = 0.2, seed = 1)",
        "quadratic_game(d = 3, mu = 0.2, L = 1, samples = 6, seed = 1)",
    ),
}
_REGULARISER = "l1(lam = 0.05)"


def tried(
    sources: tuple[Source, Source],
    programs: tuple[Program, Program],
    common: Mapping[str, str],
    held: Held = NOTHING_HELD,
    problems: Sequence[str] = (),
) -> Trial:
    """Run both methods side by side; `common` maps params and compressors of the second to names of the first.

    `problems` are others than the usual, without regularisers: these are added where both methods have a prox.
    """
    problems = _regularised(programs, problems or _PROBLEMS[programs[0].problem is ProblemKind.MINIMIZE])
    pair = _Pair(sources, programs, common, held.names)
    usual = Options(nodes=held.nodes or NODES, every=1, wire="float64", alone=True)
    ahead = [(problem, seed) for seed in SEEDS for problem in problems]
    failed = ""
    for rounds in (ROUNDS, MORE_ROUNDS):
        longer = []
        for problem, seed in ahead:
            options = replace(usual, rounds=rounds, problem=problem, seed=seed)
            try:
                gap = _parting(*pair.prepared(options))
            except (SetupError, RunFailed, SpecError) as error:
                failed = str(error)
                continue
            if gap is not None and gap[2] > GAP:
                return Trial(problems, SEEDS, Witness(problem, seed, *gap))
            if gap is not None or seed == SEEDS[-1]:
                longer.append((problem, seed))
        ahead = longer
    return Trial(problems, SEEDS, None, failed)


def _regularised(programs: tuple[Program, Program], problems: Sequence[str]) -> tuple[str, ...]:
    """The problems, with a regulariser where both methods have a prox for it."""
    if not all(map(has_prox, programs)):
        return tuple(problems)
    return tuple(f"{problem} + {_REGULARISER}" for problem in problems)


def _parting(one: Prepared, other: Prepared) -> tuple[int, str, float] | None:
    """The round, metric and gap with which two runs part by more than `GAP`, or else by the most above `SIGNAL`; a run that
    fails where the other goes on parts from it.

    Raises RunFailed where both fail.
    """
    ours, theirs = _points(one), _points(other)
    if ours[1] is not None and theirs[1] is not None:
        raise theirs[1]
    gaps = list(_gaps(ours[0], theirs[0]))
    gap = next((gap for gap in gaps if gap[2] > GAP), max(gaps, key=lambda gap: gap[2], default=None))
    if gap is None and ours[1] is not theirs[1]:
        return max(0, min(len(ours[0]), len(theirs[0])) - 1), FAILURE, inf
    return gap


def _points(prepared: Prepared) -> tuple[list[Point], RunFailed | None]:
    """The points of a run, and the failure that ended it."""
    recording = Recording()
    try:
        prepared.run(recording)
    except RunFailed as failure:
        return recording.points, failure
    return recording.points, None


class _Pair:
    """Two methods that run on equal terms: the second takes the first's values of common params and compressors.

    From the second seed on the first's params, and those that the second alone has, differ from their defaults, at which
    methods may agree by coincidence.
    """

    def __init__(
        self,
        sources: tuple[Source, Source],
        programs: tuple[Program, Program],
        common: Mapping[str, str],
        fixed: frozenset[str],
    ) -> None:
        """`common`: names of the second -> names of the first. Params that are `fixed` keep their defaults."""
        self._sources, self._programs, self._common = sources, programs, common
        self._free = in_use(programs[0]) - fixed, in_use(programs[1]) - fixed
        self._problems = Problems()
        self._defaults: dict[tuple[str | None, int], Prepared] = {}

    def prepared(self, options: Options) -> tuple[Prepared, Prepared]:
        """Both runs."""
        first = self._at_defaults(options)
        if options.seed:
            first = self._with(0, options, self._varied(0, first, self._free[0], options.seed))
        values = self._of_second({**first.header.params, **first.header.compressors})
        own = self._free[1] - self._common.keys()
        if options.seed and own & {q.symbol.name for q in self._programs[1].params}:
            values |= self._varied(1, self._with(1, options, values), own, options.seed)
        return first, self._with(1, options, values)

    def _at_defaults(self, options: Options) -> Prepared:
        """A run of the first method with the defaults of this problem and number of rounds; they are the same for all
        seeds."""
        key = options.problem, options.rounds
        if key not in self._defaults:
            self._defaults[key] = self._with(0, options, {})
        return self._defaults[key]

    def _of_second(self, values: Mapping[str, float | str]) -> dict[str, float | str]:
        """The first's values for the second, without reals for its whole numbers."""
        whole = {q.symbol.name for q in self._programs[1].params if q.kind is Kind.INT}
        return {
            name: values[ours]
            for name, ours in self._common.items()
            if ours in values and name in self._free[1]
            if not (name in whole and isinstance(values[ours], float))
        }

    def _varied(self, which: int, run: Prepared, names: Set[str], seed: int) -> dict[str, float | str]:
        """Other values of these params than a run has."""
        ranges = {q.symbol.name: range_of(q) for q in self._programs[which].params}
        return {
            name: _other(value, seed, ranges[name])
            for name, value in run.header.params.items()
            if name in names
        }

    def _with(self, which: int, options: Options, values: Mapping[str, float | str]) -> Prepared:
        """A run with values for params and compressors, without those that are refused."""
        source, more = self._sources[which], {name: f"{name}={_written(v)}" for name, v in values.items()}
        while more:
            fewer = ({k: v for k, v in more.items() if k != name} for name in reversed(more))
            for settings in (more, *fewer):
                try:
                    return prepare(
                        source, replace(options, settings=tuple(settings.values())), self._problems
                    )
                except (SetupError, SpecError):
                    continue
            more.pop(next(reversed(more)))
        return prepare(source, options, self._problems)


def _other(value: float, seed: int, within: Range) -> float:
    """Another value of a param in its range: a whole number stays one if it can, a truth value is either in turn."""
    if isinstance(value, bool):
        return value is (seed == 1)
    part = value * (0.9 if seed == 1 else 0.4)
    if not isinstance(value, int):
        return part
    tried = (value // (1 + seed) if value > seed else value + seed, value + seed, part)
    return next((other for other in tried if within.has(Fraction(other))), value)


def _written(value: float | str) -> str:
    return (
        value if isinstance(value, str) else repr(value).lower() if isinstance(value, bool) else repr(value)
    )


def _gaps(one: Sequence[Point], other: Sequence[Point]) -> Iterator[tuple[int, str, float]]:
    """Rounds after which a metric of two runs differs by more than rounding, the metric and the relative gap."""
    for ours, theirs in zip(one, other, strict=False):
        for metric in ours.metrics:
            if metric not in theirs.metrics:
                continue
            a, b = ours.metrics[metric], theirs.metrics[metric]
            if not (isfinite(a) and isfinite(b)) or metric.endswith("_avg"):
                continue
            gap = abs(a - b) / max(abs(a), abs(b), 1e-300)
            if gap > SIGNAL:
                yield ours.round, metric, gap
