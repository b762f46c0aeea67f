"""Message items that are packets, on the device, and written on the host."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from copy import copy
from functools import cached_property, partial
from math import prod
from typing import TYPE_CHECKING, cast

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.threads import LONG_ROW, each
from ..chance.streams import Rows
from ..codecs.base import Codec
from ..codecs.columns import DeviceCoder, device_coder, hosted, placed
from ..codecs.messages import alike, whole_bytes
from ..codecs.packets import (
    Packet,
    arrays_of,
    joined,
    map_packet,
)
from ..codecs.rows import RowCodec
from ..compressors.guarded_kernel import GuardedCodec, guarded_within
from .payloads import Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..codecs.messages import Bytes

# Most entries of messages that wait to be counted together.
MOST_HELD = 1 << 15


class PacketPayload(Payload):
    """Packets that a codec writes: compressed vectors, dense ones. `in_tiles`: programs read families in pieces alone."""

    codec: Codec
    in_tiles = False

    def __init__(self, name: str, backend: Backend, family: bool, d: int) -> None:
        super().__init__(name)
        self.backend, self.family, self.d = backend, family, d
        self._on_host = backend.name == "numpy"

    @property
    def _stays_packed(self) -> bool:
        """True where what is bound is a packet still, of which programs read pieces."""
        return self.in_tiles and self.stays_in_parts

    @property
    def stays_in_parts(self) -> bool:
        """As `Payload` has it: families of long vectors on the host."""
        return self.family and self.d >= LONG_ROW and self._on_host

    def encode(self, packed: Packet) -> list[bytes]:
        """The packet's messages, encoded on the host."""
        host = self._hosted(packed)
        messages = self.codec.encode(host)
        if isinstance(self.codec, GuardedCodec):
            self.codec.verify_lengths(messages, host)
        return messages

    def decode(self, messages: Sequence[bytes]) -> Packet:
        """The packet on the device, decoded on the host; floats stay in the wire's type."""
        return self._placed(self.codec.decode(messages))

    @property
    def slot(self) -> int | None:
        """As of the present codec."""
        rows = self.row_codec
        if rows is not None:
            return rows.slot
        return None if self.codec.fixed_bits is None else whole_bytes(self.codec.fixed_bits)

    @cached_property
    def row_codec(self) -> RowCodec | None:
        """The codec, if it is one that writes and reads rows."""
        return self.codec if isinstance(self.codec, RowCodec) else None

    @cached_property
    def device_coder(self) -> DeviceCoder | None:
        """The codec's messages as the device writes and reads them; None where the host does."""
        return device_coder(self.codec, self.backend)

    def verify(self, packed: Packet) -> None:
        """As `Payload` has it; rows are written, read and written again where they lie: long messages stand there twice."""
        codec = self.row_codec
        if codec is None:
            super().verify(packed)
            return
        room = np.empty((packed.rows, codec.slot), np.uint8)
        bits = codec.write(self._hosted(packed), room)
        lengths = None if bits is None else (bits + 7) // 8
        self.verify_lengths([codec.slot] * packed.rows if lengths is None else lengths.tolist(), packed)
        received = self._placed(codec.read(room, None if codec.fixed_bits is not None else lengths))
        self.verify_received(received, packed)
        again = np.empty_like(room)
        codec.write(self._hosted(received), again)
        if not alike(room, again):
            raise self.not_alike()
        if self.device_coder is not None:
            self.device_coder.write(packed, again)
            if not alike(room, again):
                raise self.unfaithful("device's encode", "other bytes", "those of the host")
            self.verify_received(self.device_coder.read(room), packed)

    def write(self, packed: Packet, room: Bytes) -> None:
        """As `Payload` has it."""
        codec, coder = self.row_codec, self.device_coder
        if coder is not None:
            coder.write(packed, room)
        elif codec is not None:
            codec.write(packed if self._on_host else hosted(self.backend, packed), room)
        else:
            super().write(packed, room)

    def written(self, packed: Packet) -> Bytes:
        """As `Payload` has it."""
        codec = self.row_codec
        return super().written(packed) if codec is None or not self._on_host else codec.written(packed)

    def read(self, room: Bytes, rows: Rows) -> Packet:
        """As `Payload` has it."""
        codec, coder = self.row_codec, self.device_coder
        if coder is not None:
            return coder.read(room)
        if codec is not None:
            packet: Packet = codec.read(room)
            return packet if self._on_host else placed(self.backend, packet)
        found: Packet = super().read(room, rows)
        return found

    def read_behind(self, own: Packet, room: Bytes, rows: Rows) -> Packet:
        """As `Payload` has it."""
        codec = self.row_codec
        if codec is None or not self._on_host:
            found: Packet = super().read_behind(own, room, rows)
            return found
        packet: Packet = codec.read_behind(own, room)
        return packet

    def _hosted(self, packet: Packet) -> Packet:
        """A packet of the device on the host."""
        return packet if self._on_host else hosted(self.backend, packet)

    def _placed(self, packet: Packet) -> Packet:
        """A packet of the host on the device."""
        return packet if self._on_host else placed(self.backend, packet)

    def rows(self, packed: Packet) -> int:
        """As `Payload` has it."""
        return packed.rows

    def unfaithful(self, part: str, found: str, wanted: str) -> Exception:
        """The same, but the plug-in's fault where the codec is a plug-in's."""
        plugin = guarded_within(self.codec)
        if plugin is not None:
            return plugin.unfaithful(part, found, wanted)
        return super().unfaithful(part, found, wanted)

    def select(self, packed: Packet, rows: slice) -> Packet:
        """The packet with some rows of each array."""
        return map_packet(lambda part: part[rows, ...], packed)

    def join(self, first: Packet, then: Packet) -> Packet:
        """As `Payload` has it."""
        return joined(self.backend.xp, (first, then))

    def sizes(self, packed: Packet) -> list[int]:
        """Exact bits of each message, by the codec's formula."""
        bits = self.backend.to_host(self.codec.bits(packed))
        return [int(b) for b in bits]

    def paper_sizes(self, packed: Packet) -> list[int]:
        """Bits of each message, by the compressor's paper."""
        return [int(b) for b in self.backend.to_host(self._device_paper_sizes(packed))]

    @abstractmethod
    def _device_paper_sizes(self, packed: Packet) -> Array:
        """`paper_sizes` on the device."""

    def equal(self, one: Packet, other: Packet) -> bool:
        """True where all arrays of the packets are equal."""
        pairs = zip(self._host_arrays(one), self._host_arrays(other), strict=True)
        return type(one) is type(other) and all((a == b).all() for a, b in pairs)

    def _host_arrays(self, packet: Packet) -> list[HostArray]:
        return [self.backend.to_host(part) for part in arrays_of(packet)]


def _size(packet: Packet) -> int:
    """Entries of the packet's largest array."""
    sizes: list[int] = [prod(part.shape) for part in arrays_of(packet)]
    return max(sizes)


class OneCodecPayload(PacketPayload):
    """Packets that all have one codec: sizes that are the same for every message are not added one by one."""

    def __init__(self, name: str, backend: Backend, codec: Codec, family: bool, d: int) -> None:
        super().__init__(name, backend, family, d)
        self.codec, self.fixed_bits = codec, codec.fixed_bits
        self._uncounted: list[Packet] = []  # small packets, counted together: a call costs more
        self._entries_held = self._row_entries = 0

    def count(self, packed: Packet) -> int:
        """Add the messages to the totals, sizes in batches, and only where they vary."""
        rows = packed.rows
        self.messages += rows
        self.calls += 1
        if self.fixed_bits is None:
            self._uncounted.append(packed)
            self._entries_held += 1 + rows * (self._row_entries or self._width(packed))
            if self._entries_held >= MOST_HELD:
                self._settle()
        if self.paper_bits is None:
            self.varying_paper_bits = self.varying_paper_bits + self.backend.xp.sum(
                self._device_paper_sizes(packed)
            )
        return rows

    def bits(self) -> int:
        """Exact bits of all messages so far."""
        self._settle()
        return super().bits()

    def verify(self, packed: Packet) -> None:
        """As `Payload` has it; long vectors whose entries have fields of their own in pieces."""
        codec = self.row_codec
        if codec is None or self.d < LONG_ROW or self.device_coder or codec.of_entries(1) is None:
            super().verify(packed)
            return
        size = max(1, LONG_ROW // 2, min(2 * LONG_ROW, self.d // 32))

        def verify_piece(first: int) -> None:
            part = copy(self)
            for name in ("row_codec", "device_coder"):
                vars(part).pop(name, None)
            part.d = min(size, self.d - first)
            part.codec = cast(Codec, codec.of_entries(part.d))
            columns = slice(first, first + part.d)
            super(OneCodecPayload, part).verify(map_packet(partial(self._columns, columns), packed))

        each(verify_piece, range(0, self.d, size))

    def _columns(self, columns: slice, part: Array) -> Array:
        """Some columns of a packet's array that has an entry in each."""
        return part[:, columns] if part.ndim == 2 and part.shape[1] == self.d else part

    def _width(self, packed: Packet) -> int:
        """Entries of a message's largest array, by the first packet."""
        self._row_entries = _size(packed) // max(packed.rows, 1)
        return self._row_entries

    def _settle(self) -> None:
        """Add the sizes of the packets held back."""
        if not self._uncounted:
            return
        xp, rows = self.backend.xp, self.row_codec
        if rows is None:
            total = xp.sum(self.codec.bits(joined(xp, self._uncounted)))
        else:
            total = rows.total_bits(xp, self._uncounted)
        self.varying_bits = self.varying_bits + total
        self._uncounted, self._entries_held = [], 0
