"""The wire format of sparse vectors: K floats, then the set of their coordinates near log2 C(d, K) bits."""

from __future__ import annotations

from collections.abc import Sequence

from ..arrays.backend import Array
from . import faults
from .messages import bytes_of, floats_of, join, split
from .packets import SparsePacket
from .sets import WholeSets, entropy_sets_of, other_positions, sets_of


class SparseCodec:
    """K of d coordinates with values of `float_bits` bits; beyond d / 2 the absent coordinates are what is written."""

    def __init__(self, d: int, k: int, float_bits: int, encode: str = "fixed") -> None:
        """`encode = entropy` writes sets of which K / d is between 0.3 and 0.7 in less, with constriction."""
        self._d, self._k, self._float_bits = d, k, float_bits
        self._absent = 2 * k > d
        self._sets: WholeSets = entropy_sets_of(d, k) if encode == "entropy" else sets_of(d, k)
        own = self._sets.fixed_bits
        self.fixed_bits = None if own is None else own + k * float_bits
        self.paper_bits: int | None = k * float_bits

    def bits(self, packet: SparsePacket) -> Array:
        """Exact bits of each message."""
        return self._sets.bits(packet.indices) + self._k * self._float_bits

    def encode(self, packet: SparsePacket) -> list[bytes]:
        """Host packet -> messages."""
        values = split(bytes_of(packet.values, self._float_bits))
        positions = other_positions(packet.indices, self._d) if self._absent else packet.indices
        return [head + tail for head, tail in zip(values, self._sets.write(positions), strict=True)]

    def decode(self, messages: Sequence[bytes]) -> SparsePacket:
        """Messages -> host packet; `CodecError` on damage."""
        head = self._k * self._float_bits // 8
        for message in messages:
            if len(message) < head:
                raise faults.wrong_length(len(message), head, head + self._d)
        positions = self._sets.read([message[head:] for message in messages])
        values = floats_of(join([message[:head] for message in messages], head), self._float_bits)
        return SparsePacket(other_positions(positions, self._d) if self._absent else positions, values)
