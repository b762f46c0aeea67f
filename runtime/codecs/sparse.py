"""The wire format of sparse vectors: K floats, then the set of their coordinates near log2 C(d, K) bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array
from . import errors
from .dense import DenseCodec
from .messages import bytes_of, floats_of, join, split
from .packets import DensePacket, IndexPacket, SparsePacket
from .sets import WholeSets, entropy_sets_of, other_positions, sets_of


class IndexCodec:
    """Sets of k of d coordinates; beyond d / 2 the absent coordinates are written."""

    def __init__(self, d: int, k: int, encode: str = "fixed") -> None:
        """`encode = entropy` writes sets with k / d between 0.3 and 0.7 in fewer bits, with constriction."""
        self._d, self._absent = d, 2 * k > d
        self._sets: WholeSets = entropy_sets_of(d, k) if encode == "entropy" else sets_of(d, k)
        self.fixed_bits: int | None = self._sets.fixed_bits

    def bits(self, packet: IndexPacket) -> Array:
        """Exact bits of each message."""
        return self._sets.bits(packet.indices)

    def encode(self, packet: IndexPacket) -> list[bytes]:
        """Host packet -> messages."""
        present = packet.indices
        return self._sets.write(other_positions(present, self._d) if self._absent else present)

    def decode(self, messages: Sequence[bytes]) -> IndexPacket:
        """Messages -> host packet; `CodecError` on damage."""
        positions = self._sets.read(messages)
        return IndexPacket(other_positions(positions, self._d) if self._absent else positions)


class SparseCodec:
    """K of d coordinates with values of `float_bits` bits."""

    def __init__(self, d: int, k: int, float_bits: int, encode: str = "fixed") -> None:
        self._d, self._k, self._float_bits = d, k, float_bits
        self._sets = IndexCodec(d, k, encode)
        own = self._sets.fixed_bits
        self.fixed_bits = None if own is None else own + k * float_bits

    def bits(self, packet: SparsePacket) -> Array:
        """Exact bits of each message."""
        return self._sets.bits(IndexPacket(packet.indices)) + self._k * self._float_bits

    def encode(self, packet: SparsePacket) -> list[bytes]:
        """Host packet -> messages."""
        values = split(bytes_of(packet.values, self._float_bits))
        sets = self._sets.encode(IndexPacket(packet.indices))
        return [head + tail for head, tail in zip(values, sets, strict=True)]

    def decode(self, messages: Sequence[bytes]) -> SparsePacket:
        """Messages -> host packet; `CodecError` on damage."""
        head = self._k * self._float_bits // 8
        for message in messages:
            if len(message) < head:
                raise errors.wrong_length(len(message), head, head + self._d)
        sets = self._sets.decode([message[head:] for message in messages])
        values = floats_of(join([message[:head] for message in messages], head), self._float_bits)
        return SparsePacket(sets.indices, values)


class SeededCodec:
    """K values of `float_bits` bits whose coordinates the receiver draws; those of decoded packets are 0."""

    def __init__(self, k: int, float_bits: int) -> None:
        self._k, self._values = k, DenseCodec(k, float_bits)
        self.fixed_bits: int | None = self._values.fixed_bits

    def bits(self, packet: SparsePacket) -> Array:
        """Exact bits of each message: all are alike."""
        return self._values.bits(DensePacket(packet.values))

    def encode(self, packet: SparsePacket) -> list[bytes]:
        """Host packet -> messages."""
        return self._values.encode(DensePacket(packet.values))

    def decode(self, messages: Sequence[bytes]) -> SparsePacket:
        """Messages -> host packet; `CodecError` on a wrong length."""
        values = self._values.decode(messages).values
        return SparsePacket(np.zeros((len(messages), self._k), np.int64), values)
