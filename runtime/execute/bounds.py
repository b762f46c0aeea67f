"""Bounds of guarantees -> numbers, under a method's params, a problem's constants and measures of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import KNOWN_TO_ALL, Kind
from cablese.dsl.check.traverse import EXPRESSIONS
from cablese.dsl.text.records import record
from cablese.dsl.text.source import NOWHERE

from .resolve import Resolver

MOST_ROUNDS = 10**15
"""Rounds beyond which no count is looked for."""

BELOW = 1 - 1e-9
"""The factor by which a step stays below a bound that it must not reach."""


class NoNumber(Exception):
    """A bound reads what is not known before a run; the message names it."""


@record
class Bound:
    """A guarantee of a method whose params and constants a resolver knows."""

    guarantee: core.Guarantee
    resolver: Resolver

    @property
    def allowed(self) -> bool:
        """True where the params meet the guarantee's condition. Raises SetupError for a constant that a problem lacks."""
        condition = self.guarantee.condition
        return condition is None or bool(self.resolver.value(condition))

    def broken(self) -> list[str]:
        """The parts of the condition that do not hold, as they are written."""
        return [part.span.text for part in self.parts() if not self.resolver.value(part)]

    def parts(self) -> list[core.Expr]:
        """The conditions that the condition joins by `and`."""
        return [] if self.guarantee.condition is None else _joined(self.guarantee.condition)

    def edge(self) -> tuple[str, float] | None:
        """The param that the condition bounds from above first, as in `gamma <= 1 / L`, and the largest value that it takes;
        None without one."""
        for part in self.parts():
            match part:
                case core.Apply("<=" | "<" as sign, (core.ParamRead() as param, most)):
                    value = float(self.resolver.value(most))
                    return param.symbol.name, value if sign == "<=" else value * BELOW
                case _:
                    continue
        return None

    def left(self, measures: Mapping[str, float], rounds: int) -> float:
        """The left side; `measures` by symbol, with `f_gap0` and `dist2_0`. Raises NoNumber where one is missing."""
        return self._side(self.guarantee.left, measures, rounds)

    def right(self, measures: Mapping[str, float], rounds: int) -> float:
        """The right side after so many rounds."""
        return self._side(self.guarantee.right, measures, rounds)

    def rounds_to(self, accuracy: float, measures: Mapping[str, float]) -> int | None:
        """The fewest rounds after which the right side is at most `accuracy`, if it falls with them; None beyond 1e15."""
        most = 1
        while self.right(measures, most) > accuracy:
            most *= 2
            if most > MOST_ROUNDS:
                return None
        least = most // 2
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (least, middle) if self.right(measures, middle) <= accuracy else (middle, most)
        return most

    def _side(self, side: core.Expr, measures: Mapping[str, float], rounds: int) -> float:
        return float(self.resolver.value(_with_values(side, {**measures, "rounds": rounds})))


def _joined(condition: core.Expr) -> list[core.Expr]:
    match condition:
        case core.Apply("and", (left, right)):
            return [*_joined(left), *_joined(right)]
        case _:
            return [condition]


def _with_values(expr: core.Expr, values: Mapping[str, Any]) -> core.Expr:
    """The expression with numbers in the place of measures, and of the number of rounds."""
    match expr:
        case core.Read():
            if expr.symbol.name not in values:
                raise NoNumber(expr.span.text)
            return _literal(values[expr.symbol.name])
        case core.Constant(name="rounds"):
            return _literal(values["rounds"])
        case _:
            return EXPRESSIONS.map_children(expr, lambda part: _with_values(part, values))


def _literal(value: float) -> core.Literal:
    kind = Kind.INT if isinstance(value, int) else Kind.REAL
    return core.Literal(value, kind, KNOWN_TO_ALL, NOWHERE)
