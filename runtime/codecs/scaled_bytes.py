"""The wire format of bytes with scales: a float for each block, then a byte for each entry, a number modulo 256."""

from __future__ import annotations

import numpy as np

from ..arrays.backend import Array
from . import errors
from .messages import Bytes, bytes_of, constant, floats_of
from .packets import OctetPacket
from .rows import Lengths, RowCodec, put

LEAST = -127
"""The least number that a code stands for."""


class OctetCodec(RowCodec):
    """d codes for `cases` numbers from -127 on, with `blocks` scales, which are not below 0."""

    def __init__(self, d: int, blocks: int, float_bits: int, cases: int) -> None:
        self._head, self._float_bits = blocks * float_bits // 8, float_bits
        self._unused = [number % 256 for number in range(LEAST + cases, LEAST + 256)]
        self._bits = 8 * (self._head + d)
        self.fixed_bits: int | None = self._bits
        self.slot = self.least = self._head + d

    def bits(self, packet: OctetPacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.codes)

    def write(self, packet: OctetPacket, room: Bytes) -> None:
        """As `RowCoder` has it."""
        put(room, bytes_of(packet.scales, self._float_bits), packet.codes)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> OctetPacket:
        """As `RowCoder` has it."""
        scales, codes = floats_of(room[:, : self._head], self._float_bits), room[:, self._head :]
        if np.signbit(scales).any():
            raise errors.negative_scale()
        for unused in self._unused:
            if (codes == unused).any():
                raise errors.no_code(unused)
        return OctetPacket(scales, np.ascontiguousarray(codes))
