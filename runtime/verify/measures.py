"""Measures of a run -> numbers: `average(e)`, `last(e)`, `start(e)`, `at_output(e)` of a guarantee."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from cablese.dsl.check import program as core
from cablese.dsl.check.guarantees import SLOPES, SOLUTION
from cablese.dsl.check.kinds import Spread
from cablese.dsl.check.traverse import EXPRESSIONS

from ..execute.interface import Point
from ..execute.metrics import gap_of
from .observed import ClaimReader
from .trials import Bench

Kept = dict[int, dict[str, Any]]
"""Values of names by the number of rounds after which they were seen."""


class NotMeasured(Exception):
    """A problem or a run lacks what a guarantee measures; the message says what."""


class Gauge:
    """Measures the runs of one method on one problem, as a guarantee asks."""

    def __init__(self, bench: Bench, guarantee: core.Guarantee, least: float | None) -> None:
        """`least`: a number that f is never below, with which `f_gap` is measured."""
        self._run = bench.prepared.context
        self._guarantee, self._least = guarantee, least
        self._reader = ClaimReader(self._run)
        self._known = self._solution() if _reads_solution(guarantee) else {}

    def _solution(self) -> dict[str, Any]:
        """x* and the nodes' gradients there."""
        found = self._run.problem.solution()
        if found is None:
            raise NotMeasured("the solution of the problem is not known")
        oracle = self._run.problem.oracle(self._run.backend, 0, self._run.n)
        return {SOLUTION: found.point, SLOPES: np.asarray(oracle.gradients(found.point))}

    def run(self, bench: Bench, seed: int) -> dict[str, float]:
        """The measures of one run by symbol, inf where it fails, with f_gap0 and dist2_0."""
        rows: dict[str, list[float]] = {one.symbol.name: [] for one in self._at_points()}
        kept: Kept = {}
        every = bench.options.interval

        def look(done: int, values: Mapping[str, Any]) -> None:
            if done % every == 0:
                kept[done] = {name: np.array(value, copy=True) for name, value in values.items()}

        wanted = any(self._reads_names(one) for one in self._guarantee.measured)
        course = bench.course(seed, look if wanted else None)
        if course.failed:
            return {one.symbol.name: math.inf for one in self._guarantee.measured} | self._start
        for point in course.points:
            for one in self._at_points():
                rows[one.symbol.name].append(self._value(one, point, kept.get(point.round, {})))
        found = {one.symbol.name: _of_run(one.measure, rows[one.symbol.name]) for one in self._at_points()}
        for one in self._guarantee.measured:
            if one.measure == "at_output":
                found[one.symbol.name] = self._at_output(one, course.points, kept)
        return found | self._start

    def _at_points(self) -> Sequence[core.Measured]:
        return [one for one in self._guarantee.measured if one.measure != "at_output"]

    @staticmethod
    def _reads_names(one: core.Measured) -> bool:
        parts = [one.value, *(metric.point for metric in one.metrics if metric.point is not None)]
        return any(isinstance(part, core.Read) for root in parts for part in EXPRESSIONS.walk(root))

    def _value(self, one: core.Measured, point: Point, values: Mapping[str, Any]) -> float:
        """The value of what is measured at one point."""
        known, done = {**self._known, **values}, point.round
        self._reader.at(done, known)
        for metric in one.metrics:
            known[metric.symbol.name] = self._metric(metric, point)
        return float(self._reader.at(done, known).read(one.value))

    def _metric(self, metric: core.Metric, point: Point, suffix: str = "") -> Any:
        """A metric at a point of its own, for a family one for each of its members, or at the output."""
        if metric.point is None:
            return self._of_output(metric.name, point, suffix)
        if metric.point.where.spread is not Spread.ONE:
            return np.array([self._at(metric.name, each) for each in self._reader.of_nodes(metric.point)])
        return self._at(metric.name, self._reader.read(metric.point))

    def _of_output(self, name: str, point: Point, suffix: str) -> float:
        metrics = point.metrics
        if name == "f_gap" and self._least is not None and f"loss{suffix}" in metrics:
            return metrics[f"loss{suffix}"] - self._least
        if f"{name}{suffix}" not in metrics:
            raise NotMeasured(f"the problem has no `{name}`")
        return metrics[f"{name}{suffix}"]

    def _at(self, name: str, where: Any) -> float:
        """`dist2` or `gap` of a point (d,)."""
        if name == "gap":
            found = gap_of(self._run.problem, np.asarray(where, dtype=np.float64))
            if found is None:
                raise NotMeasured("the problem has no duality gap in closed form")
            return found[1]
        away = np.asarray(where) - self._solution_point
        return float(np.sum(away * away))

    @property
    def _solution_point(self) -> Any:
        found = self._run.problem.solution()
        if found is None:
            raise NotMeasured("the solution of the problem is not known")
        return found.point

    def _at_output(self, one: core.Measured, points: Sequence[Point], kept: Kept) -> float:
        """A measure at the output; of one drawn uniformly the expected value, given the path."""
        output = self._run.program.output
        match output.averaging:
            case core.Averaging.LAST:
                return self._value(one, points[-1], kept.get(points[-1].round, {}))
            case core.Averaging.UNIFORM:
                chosen = points[:-1] if output.is_state else points[1:]
                return float(np.mean([self._value(one, p, kept.get(p.round, {})) for p in chosen]))
            case core.Averaging.AVERAGE:
                return self._of_average(one, points[-1])

    def _of_average(self, one: core.Measured, point: Point) -> float:
        """A measure of metrics alone, at the averaged output."""
        if self._reads_variables(one) or any(metric.point is not None for metric in one.metrics):
            raise NotMeasured("`at_output` of an average speaks of metrics of the output alone")
        known = {metric.symbol.name: self._metric(metric, point, "_avg") for metric in one.metrics}
        return float(self._reader.at(point.round, known).read(one.value))

    @staticmethod
    def _reads_variables(one: core.Measured) -> bool:
        own = {metric.symbol.name for metric in one.metrics}
        reads = (part for part in EXPRESSIONS.walk(one.value) if isinstance(part, core.Read))
        return any(read.symbol.name not in own for read in reads)

    @cached_property
    def _start(self) -> dict[str, float]:
        """f(x0) - f* and ||x0 - x*||^2, as far as they are known."""
        problem, found = self._run.problem, dict[str, float]()
        if self._least is not None and problem.kind != "vi":
            found["f_gap0"] = self._loss(problem.start) - self._least
        solution = problem.solution()
        if solution is not None:
            away = problem.start - solution.point
            found["dist2_0"] = float(np.sum(away * away))
        return found

    def _loss(self, point: Any) -> float:
        oracle = self._run.problem.oracle(self._run.backend, 0, self._run.n)
        return float(np.mean(np.asarray(oracle.losses(self._run.backend.to_device(point)))))


def needs_every_round(guarantee: core.Guarantee, output: core.Output) -> bool:
    """True where a mean over the points of a run is measured."""
    measures = {one.measure for one in guarantee.measured}
    return "average" in measures or ("at_output" in measures and output.averaging is core.Averaging.UNIFORM)


def _of_run(measure: str, values: Sequence[float]) -> float:
    """One number of the values at points 0 .. K."""
    match measure:
        case "average":
            return float(np.mean(values[:-1])) if len(values) > 1 else values[0]
        case "start":
            return values[0]
        case _:
            return values[-1]


def _reads_solution(guarantee: core.Guarantee) -> bool:
    return any(map(reads_solution, guarantee.measured))


def reads_solution(one: core.Measured) -> bool:
    """True for what is measured with x* or the nodes' gradients there."""
    parts = [one.value, *(metric.point for metric in one.metrics if metric.point is not None)]
    reads = (part for root in parts for part in EXPRESSIONS.walk(root) if isinstance(part, core.Read))
    return any(read.symbol.name in (SOLUTION, SLOPES) for read in reads)
