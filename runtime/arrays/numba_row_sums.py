"""Sums over rows of numbers that levels or codes stand for, in loops that numba compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray

_COLUMNS = 1 << 11  # entries of the sum, and of several rows beside it, that fit the first cache


@fast
def levels_summed(levels: HostArray, norms: HostArray, s: Any, total: HostArray) -> None:
    """Fill total (d,) with the sum of rows (norm * level) / s, of levels (rows, d), from 0 on."""
    kind = total.dtype.type
    for first in range(0, total.size, _COLUMNS):
        sums = total[first : first + _COLUMNS]
        sums[:] = 0
        for row in range(len(levels)):
            line, norm = levels[row, first : first + _COLUMNS], norms[row]
            for i in range(sums.size):
                sums[i] += kind(line[i]) * norm / s


@fast
def codes_summed(codes: HostArray, values: HostArray, total: HostArray) -> None:
    """Fill total (d,) with the sum of rows of the values that codes (rows, d) number, from 0 on."""
    rows = len(codes)
    for first in range(0, total.size, _COLUMNS):
        sums = total[first : first + _COLUMNS]
        sums[:] = 0
        for row in range(0, rows - 1, 2):  # two at once, since sums are read and written once for both
            line, then = codes[row, first : first + _COLUMNS], codes[row + 1, first : first + _COLUMNS]
            for i in range(sums.size):
                sums[i] = sums[i] + values[line[i]] + values[then[i]]
        if rows % 2:
            line = codes[rows - 1, first : first + _COLUMNS]
            for i in range(sums.size):
                sums[i] += values[line[i]]
