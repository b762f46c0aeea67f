"""The wire format of dense vectors: d floats, little endian."""

from __future__ import annotations

from collections.abc import Sequence

from ..arrays.backend import Array
from .messages import bytes_of, constant, floats_of, join, split
from .packets import DensePacket


class DenseCodec:
    """d floats of `float_bits` bits each."""

    def __init__(self, d: int, float_bits: int) -> None:
        self._bits = d * float_bits
        self._float_bits = float_bits
        self.fixed_bits: int | None = self._bits

    def bits(self, packet: DensePacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.values)

    def encode(self, packet: DensePacket) -> list[bytes]:
        """Host packet -> messages."""
        return split(bytes_of(packet.values, self._float_bits))

    def decode(self, messages: Sequence[bytes]) -> DensePacket:
        """Messages -> host packet; `CodecError` on a wrong length."""
        return DensePacket(floats_of(join(messages, self._bits // 8), self._float_bits))
