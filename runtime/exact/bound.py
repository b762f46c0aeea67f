"""Guarantees -> quadratic forms of the points of a run: what is measured, and the two sides of a bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cablese.dsl.check import program as core
from cablese.dsl.check.guarantees import SLOPES, SOLUTION
from cablese.dsl.check.kinds import Spread
from cablese.dsl.text.records import record

from ..execute.bounds import Bound
from ..verify.measures import reads_solution
from . import errors
from .evaluate import Evaluator, Values

_START = ("f_gap0", "dist2_0")


@record
class Sides:
    """Coefficients of what is measured, by name, on either side of a bound that is linear in it."""

    left: dict[str, float]
    right: dict[str, float]


def sides_of(bound: Bound, rounds: int) -> Sides:
    """The coefficients; raises NotTranslated where the sides are not linear."""
    names = [*(one.symbol.name for one in bound.guarantee.measured), *_START]
    return Sides(_linear(bound.left, names, rounds), _linear(bound.right, names, rounds))


def _linear(side: Any, names: Sequence[str], rounds: int) -> dict[str, float]:
    nothing = dict.fromkeys(names, 0.0)
    units = {name: side({**nothing, name: 1.0}, rounds) - side(nothing, rounds) for name in names}
    others = {name: 0.37 * (place + 1) for place, name in enumerate(names)}
    expected = sum(units[name] * others[name] for name in names)
    if side(nothing, rounds) != 0 or abs(side(others, rounds) - expected) > 1e-9 * (1 + abs(expected)):
        raise errors.not_scale_free()
    return {name: value for name, value in units.items() if value != 0}


class Measurer:
    """Measures one path of a run."""

    def __init__(self, program: core.Program, guarantee: core.Guarantee, evaluator: Evaluator) -> None:
        self._program, self._evaluator = program, evaluator
        self._measured = {one.symbol.name: one for one in guarantee.measured}
        self._space = evaluator.space

    def measure(self, name: str, points: Sequence[Values]) -> Any:
        """The form behind one name of a bound."""
        space = self._space
        match name:
            case "f_gap0":
                return space.gap(space.start)
            case "dist2_0":
                return (space.start - space.solution) ** 2
        one = self._measured[name]
        match one.measure:
            case "average":
                return self._mean(one, points, range(len(points) - 1))
            case "start":
                return self._at(one, points, 0)
            case "at_output":
                return self._at_output(one, points)
            case _:
                return self._at(one, points, len(points) - 1)

    def _mean(self, one: core.Measured, points: Sequence[Values], places: Sequence[int]) -> Any:
        forms = [self._at(one, points, place) for place in places]
        return sum(forms[1:], forms[0]) / len(forms)

    def _at_output(self, one: core.Measured, points: Sequence[Values]) -> Any:
        output = self._program.output
        chosen = range(len(points) - 1) if output.is_state else range(1, len(points))
        match output.averaging:
            case core.Averaging.LAST:
                return self._at(one, points, len(points) - 1)
            case core.Averaging.UNIFORM:
                return self._mean(one, points, chosen)
            case core.Averaging.AVERAGE:
                if output.weight is not None:
                    raise errors.no_metric("a weighted average")
                rows = [self._output(points[place]) for place in chosen]
                known = {output.value.symbol.name: sum(rows[1:], rows[0]) / len(rows)}
                return self._at(one, [known], 0)

    def _at(self, one: core.Measured, points: Sequence[Values], place: int) -> Any:
        """The value of a measure at one point."""
        evaluator, space = self._evaluator, self._space
        known = {**points[place], **self._solution(one)}
        evaluator.values, evaluator.round = known, max(0, place - 1)
        for metric in one.metrics:
            known[metric.symbol.name] = self._metric(metric, points[place])
            evaluator.values = known
        value = evaluator.read(one.value)
        if not space.is_form(value) and not isinstance(value, (int, float)):
            raise errors.no_metric(one.span.text)
        return value

    def _solution(self, one: core.Measured) -> dict[str, Any]:
        """x* and the nodes' gradients there, where they are read."""
        if not reads_solution(one):
            return {}
        space = self._space
        slopes = [space.gradient(node, space.solution) for node in range(space.instance.n)]
        return {SOLUTION: space.solution, SLOPES: slopes}

    def _metric(self, metric: core.Metric, values: Values) -> Any:
        if metric.point is None:
            return self._form(metric.name, self._output(values))
        if metric.point.where.spread is Spread.ONE:
            return self._form(metric.name, self._evaluator.read(metric.point))
        return [self._form(metric.name, row) for row in self._evaluator.family(metric.point)]

    def _form(self, name: str, point: Any) -> Any:
        space = self._space
        match name:
            case "grad_norm2" | "grad_map2" | "residual2" | "natural2":
                return space.mean_gradient(point) ** 2
            case "f_gap":
                return space.gap(point)
            case "dist2":
                return (point - space.solution) ** 2
            case _:
                raise errors.no_metric(name)

    def _output(self, values: Values) -> Any:
        """The output variable at a point, of a family the mean."""
        read = self._program.output.value
        if read.symbol.name not in values:
            raise errors.unknown_value(read.symbol.name, read.span)
        value = values[read.symbol.name]
        return sum(value[1:], value[0]) / len(value) if isinstance(value, list) else value
