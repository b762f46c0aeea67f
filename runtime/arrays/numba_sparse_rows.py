"""Messages of sparse vectors whose sets are ranked, written and read by one call of compiled code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast
from .numba_wire import (
    got_entries_float32,
    got_entries_float64,
    got_ranked,
    put_entries_float32,
    put_entries_float64,
    put_ranked,
)

if TYPE_CHECKING:
    from .backend import HostArray


def write_sparse(codec: Any, packet: Any, room: HostArray) -> HostArray | None:
    """As `codecs.sparse` has it."""
    columns, values = packet.indices, packet.values
    write, sets = _WRITE.get(values.dtype), codec.of_rows
    if write is None or sets is None or not _in_order(room, columns, values):
        return None
    return room if write(room, sets.head, columns, values, sets.table, sets.plan) else None


def read_sparse_behind(codec: Any, own: Any, room: HostArray) -> tuple[HostArray, HostArray] | None:
    """As `codecs.sparse` has it."""
    first, kind = own.indices, own.values.dtype
    read, sets = _READ.get(kind), codec.of_rows
    if read is None or sets is None or not _in_order(room, first, own.values):
        return None
    shape = len(first) + len(room), first.shape[1]
    columns, values = np.empty(shape, np.int64), np.empty(shape, kind)
    good = read(room, sets.head, first, own.values, columns, values, sets.table, sets.plan)
    return (columns, values) if good else None


def _in_order(room: HostArray, columns: HostArray, values: HostArray) -> bool:
    """True of arrays that kernels take, on a machine whose numbers lie as on the wire."""
    ordered = room.flags.c_contiguous and columns.flags.c_contiguous and values.flags.c_contiguous
    return ordered and columns.dtype == np.int64 and sys.byteorder == "little"


@fast
def _ranked(room: HostArray, head: int, columns: HostArray, table: HostArray, plan: HostArray) -> bool:
    """`put_ranked` of columns that may be none of the table's; False then."""
    for row in columns:
        for column in row:
            if not 0 <= column < table.shape[1]:
                return False
    put_ranked(room, head, columns, table, plan)
    return True


@fast
def _written_float32(
    room: HostArray, head: int, columns: HostArray, values: HostArray, table: HostArray, plan: HostArray
) -> bool:
    put_entries_float32(room, values)
    return _ranked(room, head, columns, table, plan)


@fast
def _written_float64(
    room: HostArray, head: int, columns: HostArray, values: HostArray, table: HostArray, plan: HostArray
) -> bool:
    put_entries_float64(room, values)
    return _ranked(room, head, columns, table, plan)


@fast
def _copied(own_columns: HostArray, own_values: HostArray, columns: HostArray, values: HostArray) -> int:
    """Copy the rows of a packet to the first ones of another; their number."""
    rows: int = own_columns.shape[0]
    for i in range(rows):
        for t in range(own_columns.shape[1]):
            columns[i, t], values[i, t] = own_columns[i, t], own_values[i, t]
    return rows


@fast
def _read_float32(
    room: HostArray,
    head: int,
    own_columns: HostArray,
    own_values: HostArray,
    columns: HostArray,
    values: HostArray,
    table: HostArray,
    plan: HostArray,
) -> bool:
    start = _copied(own_columns, own_values, columns, values)
    got_entries_float32(room, values, start)
    return got_ranked(room, head, columns, start, table, plan)


@fast
def _read_float64(
    room: HostArray,
    head: int,
    own_columns: HostArray,
    own_values: HostArray,
    columns: HostArray,
    values: HostArray,
    table: HostArray,
    plan: HostArray,
) -> bool:
    start = _copied(own_columns, own_values, columns, values)
    got_entries_float64(room, values, start)
    return got_ranked(room, head, columns, start, table, plan)


_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
_WRITE = {_SINGLE: _written_float32, _DOUBLE: _written_float64}
_READ = {_SINGLE: _read_float32, _DOUBLE: _read_float64}
