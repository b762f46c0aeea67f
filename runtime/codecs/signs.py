"""The wire format of signs: a float per block (none if magnitudes are 1), then a bit per entry, 1 if negative."""

from __future__ import annotations

import numpy as np

from ..arrays.backend import Array
from ..arrays.numba_dispatch import dispatched
from . import errors
from .columns import FieldColumn, FloatColumn
from .messages import Bytes, Host, bytes_of, constant, floats_of, whole_bytes
from .packets import SignPacket
from .rows import Lengths, RowCodec


class SignCodec(RowCodec):
    """Signs of d entries with `blocks` scales, which are not below 0."""

    packet = SignPacket

    def __init__(self, d: int, blocks: int, float_bits: int) -> None:
        self._d, self._blocks, self._float_bits = d, blocks, float_bits
        self._bits = blocks * float_bits + d
        self.columns = FloatColumn(blocks, float_bits, scales=True), FieldColumn(d, 2, "bool")
        self.fixed_bits: int | None = self._bits
        self.slot = self.least = whole_bytes(self._bits)

    def of_entries(self, count: int) -> SignCodec | None:
        """As `RowCodec` has it; a block's entries are not those of others."""
        return SignCodec(count, self._blocks, self._float_bits) if self._blocks < 2 else None

    def bits(self, packet: SignPacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.negative)

    def write(self, packet: SignPacket, room: Bytes) -> None:
        """As `RowCoder` has it."""
        head = self._blocks * self._float_bits // 8
        room[:, :head] = bytes_of(packet.scales, self._float_bits)
        write_signs(packet.negative, room[:, head:])

    def read(self, room: Bytes, lengths: Lengths | None = None) -> SignPacket:
        """As `RowCoder` has it."""
        head = self._blocks * self._float_bits // 8
        scales = floats_of(room[:, :head], self._float_bits)
        if np.signbit(scales).any():
            raise errors.negative_scale()
        if self._d % 8 and (room[:, -1] >> self._d % 8).any():
            raise errors.stray_bits()
        bits = np.unpackbits(room[:, head:], axis=1, count=self._d, bitorder="little")
        return SignPacket(scales, bits.view(np.bool_))


@dispatched(lambda negative, room: negative.size)
def write_signs(negative: Host, room: Bytes) -> Bytes:
    """Fill room (rows, ceil(d / 8)) with a bit for each entry of negative (rows, d), zeros behind the last; return it."""
    room[...] = np.packbits(negative, axis=1, bitorder="little")
    return room
