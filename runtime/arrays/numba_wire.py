"""Bytes of sparse messages as fused rounds write and read them, row by row: entries, then the set of their coordinates.

`codecs.sparse` has the format, `RowSets` the numbers that it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_bits import fast
from .numba_gaps import gaps_read, gaps_written

if TYPE_CHECKING:
    from .backend import HostArray


@fast
def _fill(target: HostArray, source: HostArray) -> None:
    """Write numbers in another's place, in its precision."""
    for t in range(source.size):
        target[t] = source[t]


@fast
def put_entries_float32(room: HostArray, values: HostArray) -> None:
    """Fill the first bytes of each row with its values, as single floats."""
    for i in range(values.shape[0]):
        _fill(room[i, : 4 * values.shape[1]].view(np.float32), values[i])


@fast
def put_entries_float64(room: HostArray, values: HostArray) -> None:
    """Likewise as double floats."""
    for i in range(values.shape[0]):
        _fill(room[i, : 8 * values.shape[1]].view(np.float64), values[i])


@fast
def got_entries_float32(room: HostArray, values: HostArray, start: int) -> None:
    """Fill values (rows, k), from row `start` on, with the single floats that each row of room begins with."""
    for i in range(room.shape[0]):
        _fill(values[start + i], room[i, : 4 * values.shape[1]].view(np.float32))


@fast
def got_entries_float64(room: HostArray, values: HostArray, start: int) -> None:
    """Likewise of double floats."""
    for i in range(room.shape[0]):
        _fill(values[start + i], room[i, : 8 * values.shape[1]].view(np.float64))


@fast
def put_ranked(room: HostArray, head: int, columns: HostArray, table: HostArray, plan: HostArray) -> None:
    """Fill the bytes of each row from `head` on with the rank of its set: sum_j table[j, column j]."""
    for i in range(columns.shape[0]):
        rank = np.int64(0)
        for t in range(columns.shape[1]):
            rank += table[t, columns[i, t]]
        for place in range(head, room.shape[1]):
            room[i, place] = rank & 255
            rank >>= 8


@fast
def got_ranked(
    room: HostArray, head: int, columns: HostArray, start: int, table: HostArray, plan: HostArray
) -> bool:
    """Fill columns (rows, k), from row `start` on, with the sets of these ranks; False where one is no rank, with zeros."""
    good = True
    for i in range(room.shape[0]):
        rank = np.uint64(0)
        for place in range(head, room.shape[1]):
            rank |= np.uint64(room[i, place]) << np.uint64(8 * (place - head))
        left = np.int64(rank)
        if left < 0 or left >= plan[0]:
            good, left = False, np.int64(0)
        high = table.shape[1]
        for t in range(columns.shape[1] - 1, -1, -1):
            low = 0
            while high - low > 1:
                middle = (low + high) // 2
                if table[t, middle] <= left:
                    low = middle
                else:
                    high = middle
            columns[start + i, t] = low
            left -= table[t, low]
            high = max(low, 1)
    return good


@fast
def put_gapped(room: HostArray, head: int, columns: HostArray, table: HostArray, plan: HostArray) -> None:
    """Fill the bytes of each row from `head` on with its set in Golomb's code."""
    bits = np.empty(columns.shape[0], np.int64)
    gaps_written(columns, room[:, head:], plan[1], plan[2], plan[3], bits)


@fast
def got_gapped(
    room: HostArray, head: int, columns: HostArray, start: int, table: HostArray, plan: HostArray
) -> bool:
    """Fill columns (rows, k), from row `start` on; False where bytes are no such sets, with zeros."""
    bits = np.empty(room.shape[0], np.int64)
    if gaps_read(
        room[:, head:], plan[0], plan[1], plan[2], plan[3], columns[start : start + room.shape[0]], bits
    ):
        return True
    for i in range(room.shape[0]):
        for t in range(columns.shape[1]):
            columns[start + i, t] = 0
    return False
