"""The wire format of sparse vectors: K floats, then the set of their coordinates near log2 C(d, K) bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays.backend import Array
from ..arrays.numba_dispatch import dispatched
from ..arrays.row_forms import RowSets
from .dense import DenseCodec
from .golomb import GapSets
from .messages import Bytes, floats_of, put_floats
from .packets import DensePacket, IndexPacket, SparsePacket
from .ranks import RankedSets
from .rows import Lengths, RowCodec
from .sets import WholeSets, entropy_sets_of, other_positions, sets_of

_MANY = 1 << 12  # coordinates that are not worth putting beside others


class IndexCodec(RowCodec):
    """Sets of k of d coordinates; beyond d / 2 the absent coordinates are written."""

    def __init__(self, d: int, k: int, encode: str = "fixed") -> None:
        """`encode = entropy` writes sets with k / d between 0.3 and 0.7 in fewer bits, with constriction."""
        self._d, self._absent = d, 2 * k > d
        self._sets: WholeSets = entropy_sets_of(d, k) if encode == "entropy" else sets_of(d, k)
        self.fixed_bits: int | None = self._sets.fixed_bits
        self.slot, self.least = self._sets.slot, self._sets.least

    @property
    def plain(self) -> WholeSets | None:
        """The coder of the sets, if present coordinates are written."""
        return None if self._absent else self._sets

    def bits(self, packet: IndexPacket) -> Array:
        """Exact bits of each message."""
        return self._sets.bits(packet.indices)

    def total_bits(self, xp: Any, packets: Sequence[IndexPacket | SparsePacket]) -> Any:
        """As `RowCodec` has it, from coordinates alone; those of many entries are not put together."""
        parts = [packet.indices for packet in packets]
        if len(parts) > 1 and parts[0].shape[0] * parts[0].shape[1] < _MANY:
            parts = [xp.concat(parts)]
        if isinstance(self._sets, GapSets):
            return sum(self._sets.total_bits(xp, part) for part in parts)
        return sum(xp.sum(self._sets.bits(part)) for part in parts)

    def write(self, packet: IndexPacket, room: Bytes) -> Lengths | None:
        """As `RowCoder` has it."""
        return self.write_set(packet.indices, room)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> IndexPacket:
        """As `RowCoder` has it."""
        return IndexPacket(self.read_set(room, lengths))

    def write_set(self, present: Array, room: Bytes) -> Lengths | None:
        """`write` of coordinates (rows, k)."""
        return self._sets.write(other_positions(present, self._d) if self._absent else present, room)

    def read_set(self, room: Bytes, lengths: Lengths | None) -> Array:
        """`read` as coordinates (rows, k)."""
        positions = self._sets.read(room, lengths)
        return other_positions(positions, self._d) if self._absent else positions


class SparseCodec(RowCodec):
    """K of d coordinates with values of `float_bits` bits."""

    def __init__(self, d: int, k: int, float_bits: int, encode: str = "fixed") -> None:
        self._values_bits, self._float_bits = k * float_bits, float_bits
        self._head = self._values_bits // 8
        self._sets = IndexCodec(d, k, encode)
        own = self._sets.fixed_bits
        self.fixed_bits = None if own is None else own + self._values_bits
        self.slot, self.least = self._head + self._sets.slot, self._head + self._sets.least
        plain = self._sets.plain
        self.is_ranked = isinstance(plain, RankedSets)
        self._read: Callable[[Bytes, Lengths | None], Array] = (
            self._sets.read_set if plain is None else plain.read
        )
        self._write: Callable[[Array, Bytes], Lengths | None] = (
            self._sets.write_set if plain is None else plain.write
        )

    @cached_property
    def of_rows(self) -> RowSets | None:
        """As compiled code writes and reads messages; None where those hold the absent coordinates, or an entropy code."""
        sets = self._sets.plain
        match sets:
            case RankedSets():
                table, plan = sets.table, np.array([sets.count])
            case GapSets(plan=gaps):
                table, plan = np.zeros((1, 1), np.int64), np.array([gaps.d, gaps.divisor, gaps.low, gaps.cut])
            case _:
                return None
        kind = "ranked" if isinstance(sets, RankedSets) else "gapped"
        return RowSets(kind, self._head, self.slot, table, plan.astype(np.int64))

    def bits(self, packet: SparsePacket) -> Array:
        """Exact bits of each message."""
        return self._sets.bits(IndexPacket(packet.indices)) + self._values_bits

    def total_bits(self, xp: Any, packets: Sequence[SparsePacket]) -> Any:
        """As `RowCodec` has it."""
        rows = sum(packet.indices.shape[0] for packet in packets)
        return self._sets.total_bits(xp, packets) + rows * self._values_bits

    def write(self, packet: SparsePacket, room: Bytes) -> Lengths | None:
        """As `RowCoder` has it."""
        if self.is_ranked:
            write_sparse(self, packet, room)
            return None
        return self.write_parts(packet, room)

    def write_parts(self, packet: SparsePacket, room: Bytes) -> Lengths | None:
        """The same by the coders of the parts."""
        put_floats(room[:, : self._head], packet.values, self._float_bits)
        bits = self._write(packet.indices, room[:, self._head :])
        return None if bits is None else bits + self._values_bits

    def read(self, room: Bytes, lengths: Lengths | None = None) -> SparsePacket:
        """As `RowCoder` has it."""
        own = None if lengths is None else lengths - self._head
        indices = self._read(room[:, self._head :], own)
        return SparsePacket(indices, floats_of(room[:, : self._head], self._float_bits))

    def read_behind(self, own: SparsePacket, room: Bytes) -> SparsePacket:
        """As `RowCodec` has it."""
        if self.is_ranked:
            return SparsePacket(*read_sparse_behind(self, own, room))
        found: SparsePacket = super().read_behind(own, room)
        return found


@dispatched(lambda codec, packet, room: packet.values.size, short=True, saved=1 / 2)
def write_sparse(codec: SparseCodec, packet: SparsePacket, room: Bytes) -> Bytes:
    """Fill room (rows, slot) with messages whose sets are ranked."""
    codec.write_parts(packet, room)
    return room


@dispatched(lambda codec, own, room: len(room) * own.values.shape[1], short=True)
def read_sparse_behind(codec: SparseCodec, own: SparsePacket, room: Bytes) -> tuple[Array, Array]:
    """The arrays of `RowCodec.read_behind`, of messages whose sets are ranked."""
    then = codec.read(room)
    return np.concatenate((own.indices, then.indices)), np.concatenate((own.values, then.values))


class SeededCodec(RowCodec):
    """K values of `float_bits` bits whose coordinates the receiver draws; those of decoded packets are 0."""

    def __init__(self, k: int, float_bits: int) -> None:
        self._k, self._values = k, DenseCodec(k, float_bits)
        self.fixed_bits: int | None = self._values.fixed_bits
        self.slot, self.least = self._values.slot, self._values.least

    def bits(self, packet: SparsePacket) -> Array:
        """Exact bits of each message: all are alike."""
        return self._values.bits(DensePacket(packet.values))

    def write(self, packet: SparsePacket, room: Bytes) -> None:
        """As `RowCoder` has it."""
        self._values.write(DensePacket(packet.values), room)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> SparsePacket:
        """As `RowCoder` has it."""
        values = self._values.read(room).values
        return SparsePacket(np.zeros((len(room), self._k), np.int64), values)
