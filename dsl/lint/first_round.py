"""The lint of what has no value in round 0, where `prev(…)` and the counter are 0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ..check import program as core
from ..check.phrases import short
from ..check.scalars import KERNELS, Number, computed
from ..check.traverse import EXPRESSIONS
from ..text.diagnostics import Diagnostic
from ..text.records import record
from ..text.source import Span
from . import catalogue as say


@record
class _Undefined:
    """The value of a division by zero; `zero` is what is 0."""

    division: core.Expr
    zero: Span


Value: TypeAlias = "Number | _Undefined | None"
"""What an expression is in round 0; None where the spec alone does not tell."""


def undefined_in_first_round(program: core.Program) -> Iterator[Diagnostic]:
    """Divisions by zero in what a run surely evaluates in round 0: statements outside of branches, and weights."""
    first = _FirstRound({q.symbol.name: q for q in program.params}, program.counter)
    told: set[core.Expr] = set()
    for expr in _evaluated(program, first):
        value = first.value(expr)
        if isinstance(value, _Undefined) and value.division not in told:
            told.add(value.division)
            inside = any(part is value.division for part in EXPRESSIONS.walk(expr))
            read = None if inside else _reader(expr, first)
            yield say.undefined_in_first_round(short(value.division.span.text), value.zero, read)


def _reader(expr: core.Expr, first: _FirstRound) -> Span:
    """The place at which an expression reads the param that has no value."""
    return next(
        part.span
        for part in EXPRESSIONS.walk(expr)
        if isinstance(part, core.ParamRead) and isinstance(first.value(part), _Undefined)
    )


def _evaluated(program: core.Program, first: _FirstRound) -> Iterator[core.Expr]:
    yield from _surely(program.round, first)
    if program.output.weight is not None:
        yield program.output.weight


def _surely(block: core.Block, first: _FirstRound) -> Iterator[core.Expr]:
    """The expressions of statements that somebody executes in round 0, whatever is drawn."""
    for statement in block:
        match statement:
            case core.Branch():
                yield statement.condition
                chosen = first.value(statement.condition)
                if chosen is True or chosen is False:
                    yield from _surely(statement.then if chosen else statement.otherwise, first)
            case core.Repeat():
                yield statement.count
                count = first.value(statement.count)
                if isinstance(count, int) and count > 0:
                    yield from _surely(statement.body, first)
            case core.Assign() | core.Draw() if statement.at.members is None:
                yield from EXPRESSIONS.children(statement)
            case core.Message() if statement.members is None and statement.condition is None:
                yield from EXPRESSIONS.children(statement)
            case _:
                continue


class _FirstRound:
    """Values in round 0, as far as literals, `prev`, the counter and the params' defaults tell them."""

    def __init__(self, params: Mapping[str, core.Param], counter: core.Symbol | None) -> None:
        self._params, self._counter = params, counter
        self._values: dict[str, Value] = {}

    def value(self, expr: core.Expr) -> Value:
        """An expression's value; a division by zero is passed on by what makes nothing finite of it."""
        match expr:
            case core.Literal():
                return expr.value
            case core.Counter():
                return 0 if expr.symbol == self._counter else None
            case core.ParamRead():
                return 0 if expr.previous else self._param(expr.symbol.name)
            case core.Apply(operator="where"):
                return self._chosen(*expr.arguments)
            case core.Apply(operator="/" | "%"):
                return self._divided(expr)
            case core.Apply():
                return self._applied(expr)
            case _:
                return next(
                    (v for v in map(self.value, EXPRESSIONS.children(expr)) if isinstance(v, _Undefined)),
                    None,
                )

    def _param(self, name: str) -> Value:
        if name not in self._values:
            default = self._params[name].value
            self._values[name] = None if default is None else self.value(default)
        return self._values[name]

    def _chosen(self, condition: core.Expr, one: core.Expr, other: core.Expr) -> Value:
        """The value of the side that a `where` takes; the other one may divide by zero."""
        chosen = self.value(condition)
        if chosen is True or chosen is False:
            return self.value(one if chosen else other)
        return chosen if isinstance(chosen, _Undefined) else None

    def _divided(self, expr: core.Apply) -> Value:
        above, below = map(self.value, expr.arguments)
        if isinstance(above, _Undefined):
            return above
        if isinstance(below, _Undefined):
            return None  # 1 / infinity is 0
        if below is not None and below == 0:
            return _Undefined(expr, _zero(expr.arguments[1], self))
        if above is None or below is None:
            return None
        return above / below if expr.operator == "/" else above % below

    def _applied(self, expr: core.Apply) -> Value:
        values = [self.value(argument) for argument in expr.arguments]
        undefined = next((value for value in values if isinstance(value, _Undefined)), None)
        if undefined is not None:
            return undefined if expr.operator in _KEEP else None
        if expr.operator == "*" and any(value is not None and value == 0 for value in values):
            return 0
        known = [value for value in values if value is not None and not isinstance(value, _Undefined)]
        if expr.operator not in KERNELS or len(known) < len(values):
            return None
        if any(abs(value) > _LARGE for value in known):
            return None
        result = computed(expr.operator, known)
        return result if math.isfinite(result) else None


def _zero(below: core.Expr, first: _FirstRound) -> Span:
    """The part of a denominator that is 0 by itself and makes it 0, if one is."""
    small = (part for part in EXPRESSIONS.walk(below) if isinstance(part, core.ParamRead | core.Counter))
    return next((part.span for part in small if first.value(part) == 0), below.span)


_KEEP = frozenset({"+", "-", "*", "neg", "norm", "norm2", "sqrt", "abs", "dot"})
"""Operators that give nothing finite where an argument is not; others may, as `min(1, …)` does."""


_LARGE = 10**9
"""Beyond this numbers are left to the run."""
