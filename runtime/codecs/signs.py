"""The wire format of signs: a float per block (none if magnitudes are 1), then a bit per entry, 1 if negative."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array
from . import errors
from .messages import bytes_of, constant, floats_of, join, split_joined, whole_bytes
from .packets import SignPacket


class SignCodec:
    """Signs of d entries with `blocks` scales, which are not below 0."""

    def __init__(self, d: int, blocks: int, float_bits: int) -> None:
        self._d, self._blocks, self._float_bits = d, blocks, float_bits
        self._bits = blocks * float_bits + d
        self.fixed_bits: int | None = self._bits

    def bits(self, packet: SignPacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.negative)

    def encode(self, packet: SignPacket) -> list[bytes]:
        """Host packet -> messages."""
        signs = np.packbits(packet.negative, axis=1, bitorder="little")
        return split_joined(bytes_of(packet.scales, self._float_bits), signs)

    def decode(self, messages: Sequence[bytes]) -> SignPacket:
        """Messages -> host packet; `CodecError` on damage."""
        matrix = join(messages, whole_bytes(self._bits))
        head = self._blocks * self._float_bits // 8
        scales = floats_of(matrix[:, :head], self._float_bits)
        if np.signbit(scales).any():
            raise errors.negative_scale()
        if self._d % 8 and (matrix[:, -1] >> self._d % 8).any():
            raise errors.stray_bits()
        bits = np.unpackbits(matrix[:, head:], axis=1, count=self._d, bitorder="little")
        return SignPacket(scales, bits.view(np.bool_))
