"""Sums over rows on the host, without an array of the rows: of numbers that levels or codes stand for, of the wire's
floats, of sparse vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .namespace import as_places
from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

COLUMNS = 1 << 13
"""Columns that NumPy expands at once."""


@dispatched(lambda levels, norms, s, total: levels.size, short=True)
def sum_levels(levels: HostArray, norms: HostArray, s: int, total: HostArray) -> HostArray:
    """Fill total (d,) with the sum of rows (norm * level) / s, of levels (rows, d) and norms (rows,) of its type."""

    def numbers(columns: slice) -> HostArray:
        values = levels[:, columns].astype(total.dtype)
        values *= norms[:, None]
        values /= s
        return values

    return _summed(numbers, total)


@dispatched(lambda codes, values, total: codes.size, short=True)
def sum_codes(codes: HostArray, values: HostArray, total: HostArray) -> HostArray:
    """Fill total (d,) with the sum of rows of the values, of its type, that codes (rows, d) number."""
    return _summed(lambda columns: values.take(codes[:, columns]), total)


def sum_floats(values: HostArray, total: HostArray) -> HostArray:
    """Fill total (d,) with the sum of rows of floats (rows, d), in its type."""
    return _summed(lambda columns: values[:, columns].astype(total.dtype), total)


@dispatched(lambda indices, values, size, kind: values.size)
def sum_at(indices: HostArray, values: HostArray, size: int, kind: np.dtype[Any]) -> HostArray:
    """Floats (size,) of this kind: the sums of the values at these indices, of one shape, one by one in order."""
    if kind == np.float64:
        return np.bincount(as_places(indices).ravel(), values.ravel(), size)
    total = np.zeros(size, kind)
    np.add.at(total, indices, values)
    return total


@dispatched(lambda negative, magnitudes, total: negative.size, short=True)
def sum_signs(negative: HostArray, magnitudes: HostArray, total: HostArray) -> HostArray:
    """Fill total (d,) with the sum of rows of one magnitude each, of its type, which is negative where `negative` (rows, d)
    is true."""
    some, others = magnitudes[:, None], -magnitudes[:, None]
    return _summed(lambda columns: np.where(negative[:, columns], others, some), total)


def _summed(numbers: Callable[[slice], HostArray], total: HostArray) -> HostArray:
    """Fill total with the sums of numbers (rows, columns), row by row; return it."""
    if total.size == 1:
        total[:] = 0
        for row in numbers(slice(0, 1)):
            total += row
        return total
    for first in range(0, total.size - 1, COLUMNS):
        last = first + COLUMNS
        columns = slice(
            first, last if last + 1 < total.size else total.size
        )  # NumPy sums one column otherwise
        total[columns] = numbers(columns).sum(axis=0)
    return total
