"""The wire format of whole numbers: fields as wide as the message's largest magnitude needs, and their width.

With w = 0 all numbers are 0; else the fields hold number + 2^(w - 1), which is not 0. Trailer: w in 6 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays.backend import Array
from ..arrays.namespace import namespace_of
from . import errors
from .bitfields import pack, unpack, unsigned
from .messages import Host
from .packets import IntegerPacket
from .streams import Reader, Writer

WIDTH_BITS = 6
MAGNITUDE_BITS = 62
"""Bits of the largest magnitude, below 2^62."""


class IntegerCodec:
    """d whole numbers."""

    fixed_bits: int | None = None

    def __init__(self, d: int) -> None:
        self._d = d

    def bits(self, packet: IntegerPacket) -> Array:
        """Exact bits of each message."""
        return widths(namespace_of(packet.numbers), packet.numbers) * self._d + WIDTH_BITS

    def encode(self, packet: IntegerPacket) -> list[bytes]:
        """Host packet -> messages."""
        return [self._message(row) for row in packet.numbers]

    def decode(self, messages: Sequence[bytes]) -> IntegerPacket:
        """Messages -> host packet; `CodecError` on damage."""
        numbers = np.zeros((len(messages), self._d), np.int64)
        for row, message in enumerate(messages):
            numbers[row] = self._numbers(message)
        return IntegerPacket(numbers)

    def _message(self, row: Host) -> bytes:
        width, writer = _width(row), Writer()
        if width:
            fields = (row + (1 << (width - 1))).astype(unsigned(width))
            planes, spare = pack(fields[None, :], width)
            writer.whole(planes[0])
            writer.bits(spare[0])
        return writer.close((width, WIDTH_BITS))

    def _numbers(self, message: bytes) -> Host:
        reader = Reader(message, self._d * (MAGNITUDE_BITS + 1) + WIDTH_BITS)
        width = reader.trailer(WIDTH_BITS)
        planes, spare = reader.whole(self._d // 8 * width), reader.bits(self._d % 8 * width)
        reader.close()
        if not width:
            return np.zeros(self._d, np.int64)
        fields = unpack(planes[None, :], spare[None, :], width)[0].astype(np.int64)
        numbers: Host = fields - (1 << (width - 1))
        if not fields.all() or _width(numbers) != width:
            raise errors.other_form()
        return numbers


def widths(xp: Any, numbers: Array) -> Array:
    """Bits of the fields that hold each row: ceil(log2(2 m + 1)) for a largest magnitude m."""
    largest = xp.max(xp.abs(numbers), axis=1)
    found = xp.astype(largest > 0, xp.int64)
    for place in range(MAGNITUDE_BITS):
        found += xp.astype(largest >= 1 << place, xp.int64)
    return found


def _width(row: Host) -> int:
    """Bits of the fields that hold one row."""
    largest = int(np.abs(row).max(initial=0))
    return largest.bit_length() + 1 if largest else 0
