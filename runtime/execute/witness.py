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
from cablese.dsl.check.contracts import Contract
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
SEEDS = (0, 1, 2, 3)
"""Seeds of the draws, and of params: the defaults, two parts of them, and last values away from all extremes."""

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
_STAND_INS: Mapping[Contract, str] = {
    Contract.UNBIASED: "rand_k(k = 2)",
    Contract.CONTRACTIVE: "top_k(k = 2)",
    Contract.ANY: "top_k(k = 2)",
}
"""Compressors in the place of all defaults, which may change nothing at the size at hand, for the last seed."""
_MIDDLE, _FEW = Fraction(9, 20), 4
_SMALL, _LARGE = 1e-4, 1e2


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
    failed, runs = "", 0
    for rounds in (ROUNDS, MORE_ROUNDS):
        longer = []
        for problem, seed in ahead:
            options = replace(usual, rounds=rounds, problem=problem, seed=seed)
            try:
                gap = _parting(*pair.prepared(options))
            except (SetupError, RunFailed, SpecError) as error:
                failed = str(error)
                continue
            runs += rounds == ROUNDS
            if gap is not None and gap[2] > GAP:
                return Trial(problems, runs, Witness(problem, seed, *gap))
            if gap is not None or seed == SEEDS[-1]:
                longer.append((problem, seed))
        ahead = longer
    return Trial(problems, runs, None, failed)


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
    methods may agree by coincidence. With the last one compressors differ, too.
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
        """Both runs; raises SetupError where the conditions of a common param have no value in common.

        One that only a `require` keeps apart may be no common one, and runs go on.
        """
        first, asked = self._at_defaults(options), dict[str, float | str]()
        if options.seed:
            asked = self._varied(0, first, self._free[0], options.seed)
            first = self._with(0, options, asked)
        second = self._second(options, first)
        refused = self._apart(first, second)
        for name in refused:
            if self._common_range(name).is_empty:
                raise SetupError(f"no value of {name} is admitted by both methods.")
        if len(refused) == 1:
            first = self._with(0, options, asked | refused)
            second = self._second(options, first)
        return first, second

    def _common_range(self, name: str) -> Range:
        """The values of a param of the first method that both conditions admit, as far as they are ranges."""
        theirs = next(b for b, a in self._common.items() if a == name)
        one, other = (
            next(range_of(q) for q in program.params if q.symbol.name == own)
            for program, own in zip(self._programs, (name, theirs), strict=True)
        )
        return one.within(other)

    def _second(self, options: Options, first: Prepared) -> Prepared:
        """The second method's run beside one of the first."""
        values = self._of_second({**first.header.params, **first.header.compressors})
        own = self._free[1] - self._common.keys()
        if options.seed and own:
            values |= self._varied(1, self._with(1, options, values), own, options.seed)
        return self._with(1, options, values)

    def _apart(self, first: Prepared, second: Prepared) -> dict[str, float | str]:
        """The second's values of common params that differ from the first's, by the first's names."""
        ours, theirs = first.header.params, second.header.params
        used = in_use(self._programs[1], self._common.keys())
        shared = {a: b for b, a in self._common.items() if a in ours and b in theirs and b in used}
        return {a: theirs[b] for a, b in shared.items() if ours[a] != theirs[b]}

    def _at_defaults(self, options: Options) -> Prepared:
        """A run of the first method with the defaults of this problem and number of rounds; they are the same for all
        seeds."""
        key = options.problem, options.rounds
        if key not in self._defaults:
            self._defaults[key] = self._with(0, options, {})
        return self._defaults[key]

    def _of_second(self, values: Mapping[str, float | str]) -> dict[str, float | str]:
        """The first's values for the second."""
        return {
            name: values[ours]
            for name, ours in self._common.items()
            if ours in values and name in self._free[1]
        }

    def _varied(self, which: int, run: Prepared, names: Set[str], seed: int) -> dict[str, float | str]:
        """Other values of these params than a run has."""
        ranges = {q.symbol.name: range_of(q) for q in self._programs[which].params}
        found: dict[str, float | str] = {
            name: _other(value, seed, ranges[name])
            for name, value in run.header.params.items()
            if name in names
        }
        return found | self._stand_ins(which, names) if seed == SEEDS[-1] else found

    def _stand_ins(self, which: int, names: Set[str]) -> dict[str, float | str]:
        """Other compressors that the contracts admit."""
        return {
            c.symbol.name: _STAND_INS[c.contract]
            for c in self._programs[which].compressors
            if c.symbol.name in names and c.contract in _STAND_INS
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
    whole = isinstance(value, int)
    if seed == SEEDS[-1]:
        tried: tuple[float, ...] = (*((_FEW, 2, 1) if whole else ()), _middling(value, within), part)
    elif whole:
        tried = (value // (1 + seed) if value > seed else value + seed, value + seed, part)
    else:
        return part
    return next((other for other in tried if within.has(Fraction(other))), value)


def _middling(value: float, within: Range) -> float:
    """A value at which coins fall on either side and thresholds are met: the middle of a range, or a number near 1 for one
    that is very small or large."""
    if within.low is not None and within.high is not None:
        return float(within.low + _MIDDLE * (within.high - within.low))
    return 0.4 * value if _SMALL < abs(value) < _LARGE else float(_MIDDLE)


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
