"""The operators of the language on one number or one vector, and folds one by one; nothing here is batched."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

Value = Any
"""A Python number (params, constants, counters, lone draws), a NumPy number (from vectors), or a vector (d,)."""


def apply(operator: str, arguments: Sequence[Value]) -> Value:
    """A row of the operator table."""
    with np.errstate(all="ignore"):
        return _TABLE[operator](*arguments)


def fold(operator: str, values: Sequence[Value], nothing: Value, setting: Value = None) -> Value:
    """An aggregate of values, one by one in their order; `nothing` is the sum of none."""
    if operator in ("mean", "sum"):
        total = one_by_one(values, nothing)
        return apply("/", (total, max(len(values), 1))) if operator == "mean" else total
    assert values, f"{operator} over no one"
    if operator in _OF_VECTORS:
        return _OF_VECTORS[operator](values, setting)
    if operator == "median":
        return _median(values)
    result = values[0]
    for value in values[1:]:
        result = apply(operator, (result, value))
    return result


def one_by_one(values: Sequence[Value], nothing: Value = 0) -> Value:
    """The sum, each added to what is there."""
    if not values:
        return nothing
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _median(values: Sequence[Value]) -> Value:
    ordered = np.sort(np.asarray(values), axis=0)
    middle = len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _trimmed_mean(values: Sequence[Value], f: int) -> Value:
    ordered = np.sort(np.asarray(values), axis=0)
    kept = list(ordered[f : len(values) - f])
    return one_by_one(kept) / len(kept)


def _krum(values: Sequence[Value], f: int) -> Value:
    scores = []
    for i, mine in enumerate(values):
        others = sorted(np.sum((mine - other) * (mine - other)) for j, other in enumerate(values) if j != i)
        scores.append(one_by_one(others[: len(values) - f - 2]))
    return values[scores.index(min(scores))].copy()


def _geometric_median(values: Sequence[Value], _: None) -> Value:
    middle = one_by_one(values) / len(values)
    for _ in range(100):
        lengths = [np.sqrt(np.sum((value - middle) * (value - middle))) for value in values]
        floor = 1e-7 * max(lengths)
        if floor == 0:
            break
        weights = np.array([1 / max(length, floor) for length in lengths])
        middle = one_by_one([weight * value for weight, value in zip(weights, values, strict=True)]) / np.sum(
            weights
        )
    return middle


_OF_VECTORS: dict[str, Callable[[Sequence[Value], Any], Value]] = {
    "trimmed_mean": _trimmed_mean,
    "krum": _krum,
    "geometric_median": _geometric_median,
}


def _of_numpy(*values: Value) -> bool:
    return any(isinstance(value, np.generic | np.ndarray) for value in values)


def _each(vectors: Callable[[Any], Any], numbers: Callable[[Any], Any]) -> Callable[[Value], Value]:
    return lambda a: vectors(a) if _of_numpy(a) else numbers(a)


def _divide(a: Value, b: Value) -> Value:
    if _of_numpy(a, b) or b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _modulo(a: Value, b: Value) -> Value:
    return math.nan if not _of_numpy(a, b) and b == 0 else a % b


def _power(a: Value, b: Value) -> Value:
    if not _of_numpy(b) and b == 2:
        return a * a
    if _of_numpy(a, b):
        return np.power(np.asarray(a, dtype=np.float64), b)[()]
    try:
        result = a**b
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return math.nan if isinstance(result, complex) else result


def _exp(a: float) -> float:
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def _log(a: float) -> float:
    return math.log(a) if a > 0 else -math.inf if a == 0 else math.nan


def _sqrt(a: float) -> float:
    return math.sqrt(a) if a >= 0 else math.nan


def _least(a: Value, b: Value) -> Value:
    return np.minimum(a, b) if _of_numpy(a, b) else _nan_of(a, b) or min(a, b)


def _greatest(a: Value, b: Value) -> Value:
    return np.maximum(a, b) if _of_numpy(a, b) else _nan_of(a, b) or max(a, b)


def _nan_of(*values: float) -> float | None:
    return math.nan if any(map(math.isnan, values)) else None


def _select(condition: Value, a: Value, b: Value) -> Value:
    return np.where(condition, a, b)[()] if _of_numpy(condition, a, b) else a if condition else b


_TABLE: dict[str, Callable[..., Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "^": _power,
    "%": _modulo,
    "neg": lambda a: -a,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "and": lambda a, b: np.logical_and(a, b) if _of_numpy(a, b) else a and b,
    "or": lambda a, b: np.logical_or(a, b) if _of_numpy(a, b) else a or b,
    "not": lambda a: np.logical_not(a) if _of_numpy(a) else not a,
    "sqrt": _each(np.sqrt, _sqrt),
    "exp": _each(np.exp, _exp),
    "log": _each(np.log, _log),
    "cos": _each(np.cos, lambda a: math.cos(a) if math.isfinite(a) else math.nan),
    "sin": _each(np.sin, lambda a: math.sin(a) if math.isfinite(a) else math.nan),
    "abs": _each(np.abs, abs),
    "sign": _each(np.sign, lambda a: _nan_of(a) or (a > 0) - (a < 0)),
    "floor": _each(np.floor, math.floor),
    "ceil": _each(np.ceil, math.ceil),
    "min": _least,
    "max": _greatest,
    "clip": lambda a, low, high: _least(_greatest(a, low), high),
    "where": _select,
    "dot": lambda a, b: np.sum(a * b),
    "norm": lambda a: np.sqrt(np.sum(a * a)),
    "norm2": lambda a: np.sum(a * a),
    "norm1": lambda a: np.sum(np.abs(a)),
    "norm_inf": lambda a: np.max(np.abs(a)),
    "history": lambda length, value: (value,) * int(length),
    "push": lambda history, value: (value, *history[:-1]),
    "[]": lambda history, place: history[int(place) - 1],
    "sum[]": one_by_one,
    "mean[]": lambda history: _divide(one_by_one(history), len(history)),
    "min[]": lambda history: reduce(_least, history),
    "max[]": lambda history: reduce(_greatest, history),
}
