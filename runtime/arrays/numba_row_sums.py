"""Sums over rows in loops that numba compiles: of numbers that levels or codes stand for, of sparse vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray

_COLUMNS = 1 << 11  # entries of the sum, and of several rows beside it, that fit the first cache


@fast
def levels_summed(levels: HostArray, norms: HostArray, s: Any, total: HostArray, behind: bool) -> None:
    """Fill total (d,) with the sum of rows (norm * level) / s, of levels (rows, d), from 0 on, or
    `behind` what is there."""
    kind = total.dtype.type
    for first in range(0, total.size, _COLUMNS):
        sums = total[first : first + _COLUMNS]
        if not behind:
            sums[:] = 0
        for row in range(len(levels)):
            line, norm = levels[row, first : first + _COLUMNS], norms[row]
            for i in range(sums.size):
                sums[i] += kind(line[i]) * norm / s


@fast
def codes_summed(codes: HostArray, values: HostArray, total: HostArray, behind: bool) -> None:
    """Fill total (d,) with the sum of rows of the values that codes (rows, d) number, from 0 on, or `behind` what
    is there."""
    rows = len(codes)
    for first in range(0, total.size, _COLUMNS):
        sums = total[first : first + _COLUMNS]
        if not behind:
            sums[:] = 0
        for row in range(0, rows - 3, 4):  # four at once, since sums are read and written once for all
            a, b = codes[row, first : first + _COLUMNS], codes[row + 1, first : first + _COLUMNS]
            c, d = codes[row + 2, first : first + _COLUMNS], codes[row + 3, first : first + _COLUMNS]
            for i in range(sums.size):
                sums[i] = sums[i] + values[a[i]] + values[b[i]] + values[c[i]] + values[d[i]]
        for row in range(rows - rows % 4, rows):
            line = codes[row, first : first + _COLUMNS]
            for i in range(sums.size):
                sums[i] += values[line[i]]


@fast
def signs_summed(negative: HostArray, magnitudes: HostArray, total: HostArray, behind: bool) -> None:
    """Fill total (d,) with the sum of rows of one magnitude each, negative where negative (rows, d) is true, from 0 on,
    or `behind` what is there."""
    for first in range(0, total.size, _COLUMNS):
        sums = total[first : first + _COLUMNS]
        if not behind:
            sums[:] = 0
        for row in range(len(negative)):
            line, magnitude = negative[row, first : first + _COLUMNS], magnitudes[row]
            for i in range(sums.size):
                sums[i] += -magnitude if line[i] else magnitude


@fast
def summed_at(places: HostArray, values: HostArray, total: HostArray) -> bool:
    """Add values (count,) to total at places (count,), one by one; False, with some of them added, where one is no place."""
    for i in range(places.size):
        place = np.uint64(places[i])
        if place >= np.uint64(total.size):
            return False
        total[place] += values[i]
    return True
