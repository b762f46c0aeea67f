"""The wire format of dense vectors: d floats, little endian."""

from __future__ import annotations

from ..arrays.backend import Array
from .messages import Bytes, bytes_of, constant, floats_of, put_floats
from .packets import DensePacket
from .rows import Lengths, RowCodec


class DenseCodec(RowCodec):
    """d floats of `float_bits` bits each."""

    def __init__(self, d: int, float_bits: int) -> None:
        self._bits = d * float_bits
        self._float_bits = float_bits
        self.fixed_bits: int | None = self._bits
        self.slot = self.least = self._bits // 8

    def bits(self, packet: DensePacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.values)

    def write(self, packet: DensePacket, room: Bytes) -> None:
        """As `RowCoder` has it."""
        put_floats(room, packet.values, self._float_bits)

    def written(self, packet: DensePacket) -> Bytes:
        """As `RowCodec` has it: the floats themselves."""
        return bytes_of(packet.values, self._float_bits)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> DensePacket:
        """As `RowCoder` has it; every message is a valid one."""
        return DensePacket(floats_of(room, self._float_bits))
