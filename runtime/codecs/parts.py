"""The wire format of messages made of messages: one behind the other, each in whole bytes, led by lengths where needed.

The receiver knows the length of parts of a fixed size, and the last of the others takes all bytes that are left; each other
one has its length in bytes, in 32 bits, at the message's start.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..arrays.backend import Array
from . import errors
from .base import Codec
from .messages import whole_bytes
from .packets import IndexPacket, KeptPacket, Packet, PartsPacket

LENGTH_BYTES = 4


class Joined:
    """Messages of several codecs as one."""

    def __init__(self, codecs: Sequence[Codec]) -> None:
        self.codecs = tuple(codecs)
        self._sizes = [None if c.fixed_bits is None else whole_bytes(c.fixed_bits) for c in codecs]
        varying = [place for place, size in enumerate(self._sizes) if size is None]
        self._prefixed, self._last_varying = varying[:-1], varying[-1:]
        self._head = LENGTH_BYTES * len(self._prefixed)
        last = codecs[-1].fixed_bits
        known = [size for size in self._sizes[:-1] if size is not None]
        whole = not varying and last is not None
        self.fixed_bits: int | None = 8 * sum(known) + last if whole and last is not None else None

    def bits(self, packets: Sequence[Packet]) -> Array:
        """Exact bits of each message: all but the last part in whole bytes."""
        *ahead, last = (codec.bits(packet) for codec, packet in zip(self.codecs, packets, strict=True))
        total = last + 8 * self._head
        for bits in ahead:
            total = total + (bits + 7) // 8 * 8
        return total

    def encode(self, packets: Sequence[Packet]) -> list[bytes]:
        """Host packets -> messages."""
        parts = [codec.encode(packet) for codec, packet in zip(self.codecs, packets, strict=True)]
        return [
            b"".join([*(len(row[place]).to_bytes(LENGTH_BYTES, "little") for place in self._prefixed), *row])
            for row in zip(*parts, strict=True)
        ]

    def decode(self, messages: Sequence[bytes]) -> tuple[Packet, ...]:
        """Messages -> host packets; `CodecError` on damage."""
        rows = [self._cut(message) for message in messages]
        return tuple(codec.decode([row[place] for row in rows]) for place, codec in enumerate(self.codecs))

    def _cut(self, message: bytes) -> list[bytes]:
        """The parts of a message."""
        sizes, at = list(self._sizes), 0
        for place in self._prefixed:
            sizes[place] = int.from_bytes(message[at : at + LENGTH_BYTES], "little")
            at += LENGTH_BYTES
        known = self._head + sum(size for size in sizes if size is not None)
        if known > len(message) or (known < len(message) and not self._last_varying):
            raise errors.wrong_length(len(message), known, known)
        for place in self._last_varying:
            sizes[place] = len(message) - known
        parts = []
        for size in sizes:
            assert size is not None
            parts.append(message[at : at + size])
            at += size
        return parts


class PartsCodec:
    """Vectors compressed in pieces."""

    def __init__(self, codecs: Sequence[Codec]) -> None:
        self._joined = Joined(codecs)
        self.fixed_bits: int | None = self._joined.fixed_bits
        self.parts = self._joined.codecs

    def bits(self, packet: PartsPacket) -> Array:
        """Exact bits of each message."""
        return self._joined.bits(packet.parts)

    def encode(self, packet: PartsPacket) -> list[bytes]:
        """Host packet -> messages."""
        return self._joined.encode(packet.parts)

    def decode(self, messages: Sequence[bytes]) -> PartsPacket:
        """Messages -> host packet; `CodecError` on damage."""
        return PartsPacket(self._joined.decode(messages))


class KeptCodec:
    """Compressed values, then the set of their coordinates."""

    def __init__(self, values: Codec, sets: Codec) -> None:
        self._joined = Joined((values, sets))
        self.fixed_bits: int | None = self._joined.fixed_bits
        self.parts = self._joined.codecs

    def bits(self, packet: KeptPacket) -> Array:
        """Exact bits of each message."""
        return self._joined.bits((packet.kept, packet.sets))

    def encode(self, packet: KeptPacket) -> list[bytes]:
        """Host packet -> messages."""
        return self._joined.encode((packet.kept, packet.sets))

    def decode(self, messages: Sequence[bytes]) -> KeptPacket:
        """Messages -> host packet; `CodecError` on damage."""
        kept, sets = self._joined.decode(messages)
        assert isinstance(sets, IndexPacket)
        return KeptPacket(sets, kept)
