"""Message items that are packets: compressed vectors, and dense ones; on the device, and written on the host."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from copy import copy
from functools import cached_property, partial
from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.finite import check_sent
from ..arrays.threads import LONG_ROW, each
from ..chance.streams import ONE_ROW, Rows, Stream
from ..codecs.base import Codec
from ..codecs.columns import DeviceCoder, device_coder, hosted, placed
from ..codecs.messages import alike, whole_bytes
from ..codecs.packets import (
    DensePacket,
    Packet,
    SparsePacket,
    arrays_of,
    joined,
    map_packet,
)
from ..codecs.rows import RowCodec
from ..compressors.base import columnwise
from ..compressors.bound import BoundCompressor
from ..compressors.guarded_kernel import GuardedCodec, guarded_within
from ..compressors.unexpanded import Unexpanded
from .payloads import Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..codecs.messages import Bytes

# Most entries of messages that wait to be counted together.
MOST_HELD = 1 << 15

# Floats that are verified at once: a vector that is not long.
_VERIFIED = LONG_ROW // 2


class PacketPayload(Payload):
    """Packets that a codec writes: compressed vectors, and dense ones."""

    codec: Codec

    def __init__(self, name: str, backend: Backend, family: bool, d: int) -> None:
        super().__init__(name)
        self.backend, self.family, self.d = backend, family, d
        self._on_host = backend.name == "numpy"

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
            self._entries_held += 1 + rows * self._width(packed)
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
        if not self._row_entries:
            self._row_entries = _size(packed) // max(packed.rows, 1)
        return self._row_entries

    def _settle(self) -> None:
        """Add the sizes of the packets held back."""
        if not self._uncounted:
            return
        sizes = self.codec.bits(joined(self.backend.xp, self._uncounted))
        self.varying_bits = self.varying_bits + self.backend.xp.sum(sizes)
        self._uncounted, self._entries_held = [], 0


class CompressorPayload(PacketPayload):
    """Compressed values, `q = Q(e)`: the value is a packet already. `in_tiles`: programs read families in pieces alone."""

    bound: BoundCompressor
    in_tiles = False

    def pack(self, value: Packet) -> Packet:
        """The packet itself."""
        return value

    def unpack(self, packed: Packet) -> Any:
        """The vector or family that `Q(e)` is."""
        long = self.family and self.d >= LONG_ROW and self._on_host
        if self.in_tiles and long and columnwise(self.bound.kernel):
            return Unexpanded(self.bound.kernel, packed, self.d)
        return self.bound.expand(packed) if self.family else self.bound.expand_one(packed)

    def _device_paper_sizes(self, packed: Packet) -> Array:
        sizes: Array = self.bound.papers.sizes(packed)
        return sizes


class CompressedPayload(CompressorPayload, OneCodecPayload):
    """Packets of a compressor with the same arguments in all rounds."""

    def __init__(self, name: str, bound: BoundCompressor, family: bool) -> None:
        super().__init__(name, bound.backend, bound.kernel.codec, family, bound.d)
        self.bound, self.paper_bits = bound, bound.papers.fixed
        self.description = bound.description


class SeededPayload(CompressedPayload):
    """Packets without coordinates, which receivers draw, too, from the sender's stream at the same moment."""

    def __init__(
        self, name: str, bound: BoundCompressor, family: bool, float_bits: int, stream: Stream, shared: bool
    ) -> None:
        from ..codecs.sparse import SeededCodec

        super().__init__(name, bound, family)
        self.codec = SeededCodec(bound.kernel.kept, float_bits)
        self.fixed_bits = self.codec.fixed_bits
        self._stream, self._shared = stream, shared
        self.moment: tuple[int, tuple[int, ...]] = (-1, ())

    def read(self, room: Bytes, rows: Rows) -> Packet:
        """As `Payload` has it."""
        return self._completed(super().read(room, rows), rows)

    def receive(self, messages: Sequence[bytes], rows: Rows) -> Packet:
        """As `Payload` has it."""
        return self._completed(super().receive(messages, rows), rows)

    def _completed(self, packet: Packet, rows: Rows) -> SparsePacket:
        """The packet of the values as sent and the coordinates as drawn."""
        values = self._values(packet)
        words = self._stream.words(
            self.backend, self.bound.kernel.words, *self.moment, ONE_ROW if self._shared else rows
        )
        indices = self.bound.kernel.pick(words)
        return SparsePacket(self.backend.xp.broadcast_to(indices, values.shape), values)

    def equal(self, one: Packet, other: Packet) -> bool:
        """True where the values are equal: a message has no more."""
        sent, received = (self.backend.to_host(self._values(packet)) for packet in (one, other))
        return bool(np.array_equal(sent, received))

    def _hosted(self, packet: Packet) -> Packet:
        if self._on_host:
            return packet
        values = self.backend.to_host(self._values(packet))
        return SparsePacket(np.broadcast_to(np.int64(0), values.shape), values)

    def _values(self, packet: Packet) -> Array:
        assert isinstance(packet, SparsePacket)
        return packet.values


class ChangingPayload(CompressorPayload):
    """Packets of a compressor whose arguments change, and with them its codec."""

    fixed_bits = paper_bits = None
    changes = True

    def __init__(self, name: str, bound: BoundCompressor, family: bool) -> None:
        super().__init__(name, bound.backend, family, bound.d)
        self.bound = bound
        self.description = bound.description

    @property
    def codec(self) -> Codec:  # type: ignore[override]
        """The codec of the present arguments."""
        codec: Codec = self.bound.kernel.codec
        return codec

    @property
    def device_coder(self) -> DeviceCoder | None:
        """The coder of the present arguments' messages."""
        return device_coder(self.codec, self.backend)

    @property
    def row_codec(self) -> RowCodec | None:
        """The same, if it is one that writes and reads rows."""
        return self.codec if isinstance(self.codec, RowCodec) else None

    def count(self, packed: Packet) -> int:
        """Add the messages to the totals, by the present codec."""
        rows, codec = packed.rows, self.codec
        self.messages += rows
        self.calls += 1
        self.varying_bits = self.varying_bits + self.backend.xp.sum(codec.bits(packed))
        self.varying_paper_bits = self.varying_paper_bits + self.backend.xp.sum(
            self._device_paper_sizes(packed)
        )
        return rows


class DensePayload(OneCodecPayload):
    """A dense vector: d wire floats."""

    def __init__(self, name: str, backend: Backend, family: bool, d: int, float_bits: int) -> None:
        from ..codecs.dense import DenseCodec

        super().__init__(name, backend, DenseCodec(d, float_bits), family, d)
        self._what, self._all_finite = f"`{name}`", backend.all_finite
        self.description = f"dense, {float_bits}-bit floats"
        self.paper_bits, self.float_bits = d * float_bits, float_bits

    def _device_paper_sizes(self, packed: Packet) -> Array:
        return self.codec.bits(packed)

    def verify(self, packed: Packet) -> None:
        """As `Payload` has it; a long message, which is float after float, in pieces, as a piece of one is."""
        assert isinstance(packed, DensePacket)
        width = packed.values.shape[1]
        if width == self.d <= _VERIFIED:
            super().verify(packed)
            return

        def verify_piece(first: int) -> None:
            values = packed.values[:, first : first + _VERIFIED]
            part = DensePayload(self.name, self.backend, self.family, values.shape[1], self.float_bits)
            part.verify(DensePacket(values))

        each(verify_piece, range(0, width, _VERIFIED))

    def pack(self, value: Array) -> DensePacket:
        """The packet of the vectors, rounded to the wire's floats."""
        wired = self.backend.to_wire(value)
        if not self._all_finite(wired):
            check_sent(self.backend, wired, value, self._what, self._what, self.family)
        return DensePacket(wired if self.family else wired[None, :])

    def unpack(self, packed: DensePacket) -> Array:
        """The rounded vectors, in the computations' type. They are never the sender's array, even if nothing is rounded:
        to oracles a point that was sent is a new one, whatever the wire."""
        values = self.backend.from_wire(packed.values)
        return values[...] if self.family else values[0, ...]

    def received(self, floats: HostArray) -> Array:
        """The vector that receivers bind, of the wire's floats; a view of them where the types agree."""
        return self.backend.from_wire(self.backend.to_device(floats))
