"""Sums over rows of numbers that levels or codes stand for, on the host, without an array of the numbers themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

COLUMNS = 1 << 13
"""Columns that NumPy expands at once."""


@dispatched(lambda levels, norms, s, total: levels.size)
def sum_levels(levels: HostArray, norms: HostArray, s: int, total: HostArray) -> HostArray:
    """Fill total (d,) with the sum of rows (norm * level) / s, of levels (rows, d) and norms (rows,) of its type."""

    def numbers(columns: slice) -> HostArray:
        values = levels[:, columns].astype(total.dtype)
        values *= norms[:, None]
        values /= s
        return values

    return _summed(numbers, total)


@dispatched(lambda codes, values, total: codes.size)
def sum_codes(codes: HostArray, values: HostArray, total: HostArray) -> HostArray:
    """Fill total (d,) with the sum of rows of the values, of its type, that codes (rows, d) number."""
    return _summed(lambda columns: values.take(codes[:, columns]), total)


def _summed(numbers: Callable[[slice], HostArray], total: HostArray) -> HostArray:
    """Fill total, of two entries or more, with the sums of numbers (rows, columns), row by row; return it."""
    for first in range(0, total.size - 1, COLUMNS):
        last = first + COLUMNS
        columns = slice(
            first, last if last + 1 < total.size else total.size
        )  # NumPy sums one column otherwise
        total[columns] = numbers(columns).sum(axis=0)
    return total
