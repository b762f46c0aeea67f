"""The operators on single numbers: results as floats give them, without exceptions; nan stays nan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Number: TypeAlias = "float | int | bool"

INT_POWER_BITS = 128
"""A power of ints with more bits than this is a real: a spec must not grow numbers without end."""


def divide(a: float, b: float) -> float:
    """a / b as floats divide: inf or nan at zero, no exception."""
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


def modulo(a: float, b: float) -> float:
    """a % b with the sign of b; nan at zero."""
    return math.nan if b == 0 else a % b


def whole(rounding: Callable[[float], int], a: float) -> float:
    """A whole number by `rounding`; a number that is not finite stays as it is."""
    return rounding(a) if math.isfinite(a) else a


def least(a: float, b: float) -> float:
    """The smaller of numbers; nan if one is."""
    return a if a != a else b if b != b else min(a, b)


def greatest(a: float, b: float) -> float:
    """The larger of numbers; nan if one is."""
    return a if a != a else b if b != b else max(a, b)


def sign(a: float) -> float:
    """-1, 0 or 1; nan of nan."""
    return a if a != a else (a > 0) - (a < 0)


def sqrt(a: float) -> float:
    """Square root of a number; nan below zero."""
    return math.sqrt(a) if a >= 0 else math.nan


def exp(a: float) -> float:
    """Exponential of a number; inf on overflow."""
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def log(a: float) -> float:
    """Logarithm of a number; -inf at zero, nan below."""
    if a > 0:
        return math.log(a)
    return -math.inf if a == 0 else math.nan


def cos(a: float) -> float:
    """Cosine of a number; nan of an infinite one."""
    return math.cos(a) if math.isfinite(a) else math.nan


def sin(a: float) -> float:
    """Sine of a number; nan of an infinite one."""
    return math.sin(a) if math.isfinite(a) else math.nan


def power(a: float, b: float) -> float:
    """Power of numbers; nan where it is not real, inf on overflow. Ints too large to write out become reals."""
    try:
        huge = isinstance(a, int) and b > 1 and abs(a) > 1 and b * math.log2(abs(a)) > INT_POWER_BITS
        result = float(a) ** b if huge else a**b
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return math.nan if isinstance(result, complex) else result


KERNELS: Mapping[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "^": power,
    "%": modulo,
    "neg": lambda a: -a,
    "not": lambda a: not a,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "sqrt": sqrt,
    "exp": exp,
    "log": log,
    "cos": cos,
    "sin": sin,
    "abs": abs,
    "sign": sign,
    "floor": lambda a: whole(math.floor, a),
    "ceil": lambda a: whole(math.ceil, a),
    "min": least,
    "max": greatest,
    "clip": lambda a, low, high: least(greatest(a, low), high),
    "where": lambda c, a, b: a if c else b,
}
"""Kernels of the operators on numbers known before the rounds, by the operator's name."""


def computed(operator: str, arguments: Sequence[Number]) -> Number:
    """A row of the operator table applied to numbers."""
    result: Number = KERNELS[operator](*arguments)
    return result
