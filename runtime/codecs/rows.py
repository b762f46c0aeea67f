"""Codecs that write and read all messages of a packet at once, as the rows of a byte matrix.

A row is a slot as long as the longest message, with zeros behind a shorter one: all else there is refused. Slots are where
messages lie between two ranks, not how long they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from . import errors
from .messages import Bytes, join_padded, split, whole_bytes
from .packets import joined

Lengths = npt.NDArray[np.int64]

_LONG = 1 << 16
"""Bytes of a message from which on it is not written elsewhere and copied."""


class RowCoder(ABC):
    """A coder of packets, or of parts of them, by rows.

    `slot`: bytes of a row. `least`: bytes of the shortest message. `fixed_bits`: bits of every message, if all are alike.
    """

    fixed_bits: int | None
    slot: int
    least: int

    @abstractmethod
    def write(self, packet: Any, room: Bytes) -> Lengths | None:
        """Fill room (rows, slot), on the host, with the packet's messages and zeros behind them; the bits of each (rows,),
        or None where all have `fixed_bits`."""

    @abstractmethod
    def read(self, room: Bytes, lengths: Lengths | None = None) -> Any:
        """The packet of room (rows, slot), which its arrays may be views of; `CodecError` on damage, and for anything but
        zeros behind a message. `lengths` (rows,): bytes of each message, where something but the slot tells them."""


class RowCodec(RowCoder):
    """A codec that is defined by how it writes and reads rows."""

    def encode(self, packet: Any) -> list[bytes]:
        """Host packet -> messages."""
        return encoded(self, packet, packet.rows)

    def decode(self, messages: Sequence[bytes]) -> Any:
        """Messages -> host packet; `CodecError` on damage."""
        return decoded(self, messages)

    @abstractmethod
    def bits(self, packet: Any) -> Array:
        """As `Codec` has it."""

    def total_bits(self, xp: Any, packets: Sequence[Any]) -> Any:
        """Exact bits of all messages of some packets."""
        return xp.sum(self.bits(joined(xp, packets)))

    def written(self, packet: Any) -> Bytes:
        """The messages of a packet (rows, slot), in memory that may be the packet's: nobody writes to it."""
        room = np.empty((packet.rows, self.slot), np.uint8)
        self.write(packet, room)
        return room

    def read_behind(self, own: Any, room: Bytes) -> Any:
        """The packet of the rows of another one, and then of those of room, in memory of their own."""
        return joined(np, (own, self.read(room)))

    def of_entries(self, count: int) -> RowCodec | None:
        """The codec of so many entries of these vectors, and of all else that a message has; None where entries do not have
        fields of their own."""
        return None


def encoded(coder: RowCoder, packet: Any, rows: int) -> list[bytes]:
    """The messages of a packet of so many rows."""
    if rows == 1 and coder.slot >= _LONG and coder.fixed_bits is not None:
        return [_in_place(coder, packet)]
    room = np.empty((rows, coder.slot), np.uint8)
    bits = coder.write(packet, room)
    if bits is None:
        return split(room)
    return [row[: whole_bytes(size)].tobytes() for row, size in zip(room, bits.tolist(), strict=True)]


def _in_place(coder: RowCoder, packet: Any) -> bytes:
    """The message of a packet of one row, written into the bytes that it stays."""
    held = BytesIO(bytes(coder.slot))
    with held.getbuffer() as room:
        coder.write(packet, np.frombuffer(room, np.uint8)[None, :])
    return held.getvalue()


def decoded(coder: RowCoder, messages: Sequence[bytes]) -> Any:
    """The packet of these messages; `CodecError` on damage."""
    room = join_padded(messages, coder.least, coder.slot)
    if coder.fixed_bits is not None:
        return coder.read(room)
    return coder.read(room, np.fromiter(map(len, messages), np.int64, len(messages)))


def verify_lengths(bits: Lengths, lengths: Lengths | None) -> None:
    """Raise CodecError unless messages that take so many bits have these lengths in bytes, where they are known."""
    if lengths is not None and not np.array_equal((bits + 7) // 8, lengths):
        raise errors.broken_gaps()


def put(room: Bytes, *parts: Bytes) -> None:
    """Fill room (rows, slot) with matrices side by side."""
    at = 0
    for part in parts:
        end = at + part.shape[1]
        room[:, at:end] = part
        at = end
