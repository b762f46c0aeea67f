"""The wire format of large entries and a tail of one size: the size, a float for each large entry, both sets, signs.

Whole bytes: the size, the large entries, the planes of their set and of the tail's. Single bits: those of the sets, then a
sign for each entry of the tail. Trailer: the numbers of large entries and of entries in the tail.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array
from ..arrays.namespace import namespace_of
from . import errors
from .messages import bytes_of, floats_of
from .packets import TailedPacket
from .streams import Reader, Writer
from .supports import (
    count_bits,
    counts_of,
    longest_set,
    planes_of_set,
    read_count,
    rest_of_set,
    support_bits,
    write_set,
)


class TailedCodec:
    """Some of d coordinates with floats of `float_bits` bits, others with a bit each."""

    fixed_bits: int | None = None

    def __init__(self, d: int, float_bits: int) -> None:
        self._d, self._float_bits = d, float_bits

    def bits(self, packet: TailedPacket) -> Array:
        """Exact bits of each message."""
        xp = namespace_of(packet.large)
        floats = (counts_of(xp, packet.large) + 1) * self._float_bits
        return support_bits(packet.large) + support_bits(packet.small) + floats + counts_of(xp, packet.small)

    def encode(self, packet: TailedPacket) -> list[bytes]:
        """Host packet -> messages."""
        return [self._message(packet, row) for row in range(packet.rows)]

    def decode(self, messages: Sequence[bytes]) -> TailedPacket:
        """Messages -> host packet; `CodecError` on damage."""
        shape, float_type = (len(messages), self._d), f"f{self._float_bits // 8}"
        masks = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        packet = TailedPacket(np.zeros(shape[:1], float_type), *masks, np.zeros(shape, float_type))
        for row, message in enumerate(messages):
            self._read(message, packet, row)
        return packet

    def _message(self, packet: TailedPacket, row: int) -> bytes:
        large, small = np.flatnonzero(packet.large[row]), np.flatnonzero(packet.small[row])
        writer, values = Writer(), packet.values[row]
        writer.whole(
            bytes_of(np.concatenate((packet.sizes[row : row + 1], values[large]))[None, :], self._float_bits)[
                0
            ]
        )
        write_set(writer, self._d, large)
        write_set(writer, self._d, small)
        writer.bits(np.signbit(values[small]).astype(np.uint8))
        return writer.close((len(large), count_bits(self._d)), (len(small), count_bits(self._d)))

    def _read(self, message: bytes, packet: TailedPacket, row: int) -> None:
        """Fill a row of the packet from its message."""
        d = self._d
        reader = Reader(message, (d + 1) * self._float_bits + d + 2 * longest_set(d))
        counts = read_count(reader, d), read_count(reader, d)
        octets = reader.whole((1 + counts[0]) * self._float_bits // 8)
        planes = [planes_of_set(reader, d, count) for count in counts]
        large, small = (rest_of_set(reader, d, c, own) for c, own in zip(counts, planes, strict=True))
        negative = reader.bits(counts[1])
        reader.close()
        floats = floats_of(octets[None, :], self._float_bits)[0]
        size, packet.sizes[row] = floats[0], floats[0]
        packet.large[row, large], packet.small[row, small] = True, True
        if (
            np.signbit(size)
            or (packet.large[row] & packet.small[row]).any()
            or (np.abs(floats[1:]) < size).any()
        ):
            raise errors.broken_tail()
        packet.values[row, large] = floats[1:]
        packet.values[row, small] = np.where(negative, -size, size)
