"""Conditions of params: what `where` says of a param's range, which a run refuses to leave."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..check import program as core
from .ranges import ANY, Range

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def range_of(param: core.Param) -> Range:
    """The numbers that the condition of a param admits, as far as its comparisons with literals say."""
    found = ANY
    for part in _joined(param.condition):
        found = found.within(_said(part, param.symbol.name))
    return found


def _joined(condition: core.Expr | None) -> Iterator[core.Apply]:
    """The conditions that `and` joins."""
    if isinstance(condition, core.Apply):
        if condition.operator == "and":
            for part in condition.arguments:
                yield from _joined(part)
        else:
            yield condition


def _said(part: core.Apply, name: str) -> Range:
    """`gamma > 0`, `0 < gamma`, `b >= 1`, `p <= 1`."""
    if part.operator not in _TURNED:
        return ANY
    one, other = part.arguments
    if _is_param(one, name) and isinstance(other, core.Literal):
        return _bounded(part.operator, other)
    if _is_param(other, name) and isinstance(one, core.Literal):
        return _bounded(_TURNED[part.operator], one)
    return ANY


def _bounded(operator: str, bound: core.Literal) -> Range:
    """The range of p where `p operator bound`."""
    value = Fraction(str(bound.value))
    if operator in (">", ">="):
        return Range(low=value, open_low=operator == ">")
    return Range(high=value, open_high=operator == "<")


def _is_param(expr: core.Expr, name: str) -> bool:
    return isinstance(expr, core.ParamRead) and expr.symbol.name == name
