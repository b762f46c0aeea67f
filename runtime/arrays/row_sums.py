"""Sums over rows on the host, without an array of the rows: of numbers that levels or codes stand for, of the wire's
floats, of sparse vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .namespace import as_places
from .numba_dispatch import dispatched
from .threads import inner

if TYPE_CHECKING:
    from .backend import HostArray

COLUMNS = 1 << 13
"""Columns that NumPy expands at once."""


@dispatched(lambda levels, norms, s, total, behind=False: levels.size, short=True)
def sum_levels(
    levels: HostArray, norms: HostArray, s: int, total: HostArray, behind: bool = False
) -> HostArray:
    """Fill total (d,) with the sum of rows (norm * level) / s, of levels (rows, d) and norms (rows,) of its type; or add
    them one by one `behind` those that it has, as all such sums do."""

    def numbers(columns: slice) -> HostArray:
        values = levels[:, columns].astype(total.dtype)
        values *= norms[:, None]
        values /= s
        return values

    return _summed(numbers, total, behind)


@dispatched(lambda codes, values, total, behind=False: codes.size, short=True)
def sum_codes(codes: HostArray, values: HostArray, total: HostArray, behind: bool = False) -> HostArray:
    """Fill total (d,) with the sum of rows of the values, of its type, that codes (rows, d) number."""
    return _summed(lambda columns: values.take(codes[:, columns]), total, behind)


def sum_floats(values: HostArray, total: HostArray, behind: bool = False) -> HostArray:
    """Fill total (d,) with the sum of rows of floats (rows, d), in its type."""
    return _summed(lambda columns: values[:, columns].astype(total.dtype), total, behind)


@dispatched(lambda indices, values, size, kind: values.size)
def sum_at(indices: HostArray, values: HostArray, size: int, kind: np.dtype[Any]) -> HostArray:
    """Floats (size,) of this kind: the sums of the values at these indices, of one shape, one by one in order."""
    if kind == np.float64:
        return np.bincount(as_places(indices).ravel(), values.ravel(), size)
    total = np.zeros(size, kind)
    np.add.at(total, indices, values)
    return total


@dispatched(lambda parts, size, kind: sum(values.size for _, values in parts))
def sum_of_parts(parts: Sequence[tuple[HostArray, HostArray]], size: int, kind: np.dtype[Any]) -> HostArray:
    """`sum_at` of indices and values that stand in several arrays, one behind the other."""
    indices, values = (
        np.concatenate([array.ravel() for array in arrays]) for arrays in zip(*parts, strict=True)
    )
    return sum_at(indices, values, size, kind)


@dispatched(lambda negative, magnitudes, total, behind=False: negative.size, short=True)
def sum_signs(
    negative: HostArray, magnitudes: HostArray, total: HostArray, behind: bool = False
) -> HostArray:
    """Fill total (d,) with the sum of rows of one magnitude each, of its type, which is negative where `negative` (rows, d)
    is true."""
    some, others = magnitudes[:, None], -magnitudes[:, None]
    return _summed(lambda columns: np.where(negative[:, columns], others, some), total, behind)


def _summed(numbers: Callable[[slice], HostArray], total: HostArray, behind: bool) -> HostArray:
    """Fill total with the sums of numbers (rows, columns), row by row, or add these to it; return it."""
    if behind:
        for columns in inner(slice(0, total.size), COLUMNS):
            for row in numbers(columns):
                total[columns] += row
        return total
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
