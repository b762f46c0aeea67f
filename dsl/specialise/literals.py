"""Literals and constants of formulas: their exact values, and nodes for values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor

from ..syntax import nodes
from ..text.source import Span

ZEROS = "zeros"
FIXED = (ZEROS, "ones", "x0")
"""Vectors that every spec knows."""

_EXACT: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
_COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_FUNCTIONS: Mapping[str, Callable[..., Fraction | int]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": floor,
    "ceil": ceil,
}


def value_of(expr: nodes.Expr) -> Fraction | None:
    """The number that a literal, or its negative, stands for."""
    match expr:
        case nodes.Number():
            return Fraction(str(expr.value))
        case nodes.Unary("-", nodes.Number() as inner):
            return -Fraction(str(inner.value))
        case _:
            return None


def literal(value: Fraction | int, span: Span) -> nodes.Expr | None:
    """The literal of a number; None where no float is exactly that number."""
    exact = Fraction(value)
    if exact < 0:
        positive = literal(-exact, span)
        return None if positive is None else nodes.Unary("-", positive, span)
    if exact.denominator == 1:
        return nodes.Number(int(exact), span)
    written = float(exact)
    return nodes.Number(written, span) if Fraction(str(written)) == exact else None


def is_zero(expr: nodes.Expr) -> bool:
    """True for 0 and for the zero vector."""
    return value_of(expr) == 0 or (isinstance(expr, nodes.Name) and expr.id == ZEROS)


def is_fixed(expr: nodes.Expr) -> bool:
    """True for literals, and for vectors that every spec knows."""
    if isinstance(expr, nodes.Name):
        return expr.id in FIXED
    return isinstance(expr, nodes.Boolean) or value_of(expr) is not None


def computed(operator: str, left: nodes.Expr, right: nodes.Expr, span: Span) -> nodes.Expr | None:
    """The literal of an operation on two literals; None where one is none, or the result has no exact literal."""
    one, other, operation = value_of(left), value_of(right), _EXACT.get(operator)
    if one is None or other is None or operation is None or (operator == "/" and other == 0):
        return None
    return literal(operation(one, other), span)


def compared(comparison: nodes.Comparison) -> nodes.Expr:
    """The truth value of a chain of comparisons of literals; itself where one is none."""
    values = [value_of(operand) for operand in comparison.operands]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return comparison
    pairs = zip(comparison.operators, known, known[1:], strict=False)
    return nodes.Boolean(all(_COMPARED[sign](a, b) for sign, a, b in pairs), comparison.span)


def called(call: nodes.Call) -> nodes.Expr:
    """The literal of a function of literals; itself where it is none, or has none."""
    values = [value_of(argument) for argument in call.arguments]
    function = _FUNCTIONS.get(call.function.id)
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not known:
        return call
    if call.function.id == "sqrt" and known[0] in (0, 1):
        return call.arguments[0]
    if function is None or (len(known) == 1 and call.function.id in ("min", "max")):
        return call
    return literal(function(*known), call.span) or call


def is_all_samples(size: nodes.Expr) -> bool:
    """True for `max(samples_i)`, the size of a minibatch of all samples."""
    match size:
        case nodes.Call(nodes.Name("max"), (nodes.Name("samples_i"),)):
            return True
        case _:
            return False
