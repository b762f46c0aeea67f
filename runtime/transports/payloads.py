"""What one item of a message is on the wire: value -> packet -> bytes and back, and how many bits that takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.backend import Array, Backend
from ..arrays.finite import check_sent
from ..chance.streams import ONE_ROW, Rows, Stream
from ..codecs.base import Codec
from ..codecs.packets import (
    DensePacket,
    Packet,
    SparsePacket,
    arrays_of,
    from_arrays,
    map_packet,
)
from ..compressors.bound import BoundCompressor
from ..compressors.guarded_kernel import GuardedCodec, guarded_within

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

# Entries of messages whose sizes are still to be counted.
MOST_HELD = 1 << 15


class Payload(ABC):
    """One item of a message statement, with its running totals.

    `family`: one message a row, else a single one. `fixed_bits` is the length of every message where it is one.
    Totals count messages as encoded: a broadcast once.
    """

    family: bool
    description: str
    fixed_bits: int | None
    paper_bits: int | None  # of every message, as papers count it, where it is one number
    expected_bits: float
    keeps = False  # whether receivers go on having the packet, since one of them sends it on

    def __init__(self, name: str) -> None:
        self.name = name
        self.messages = 0
        self.calls = 0
        self.loose_bits: Any = 0  # of messages whose length varies
        self.loose_paper: Any = 0  # of messages that papers do not count alike

    @abstractmethod
    def pack(self, value: Any) -> Any:
        """What travels, still as arrays or host values; raises NonFinite."""

    @abstractmethod
    def unpack(self, packed: Any) -> Any:
        """What the receivers (and from then on the sender) hold."""

    def deliver(self, packed: Any) -> tuple[Any, ...]:
        """What a role binds: the value, and the packet if it is kept."""
        return (self.unpack(packed), packed) if self.keeps else (self.unpack(packed),)

    @abstractmethod
    def encode(self, packed: Any) -> list[bytes]:
        """One bytes object a message."""

    @abstractmethod
    def decode(self, messages: Sequence[bytes]) -> Any:
        """The packed form of these messages."""

    def receive(self, messages: Sequence[bytes], rows: Rows) -> Any:
        """The packed form of what these rows (of nodes; one, where the server sends the same to all) were sent."""
        return self.decode(messages)

    @abstractmethod
    def count(self, packed: Any) -> int:
        """Add these messages to the totals; returns how many they are."""

    @abstractmethod
    def only(self, packed: Any, row: int) -> Any:
        """One message of several, packed."""

    @abstractmethod
    def sizes(self, packed: Any) -> list[int]:
        """Exact bits of each message."""

    @abstractmethod
    def same(self, one: Any, other: Any) -> bool:
        """Whether two packed values are equal to the bit (zeros of either sign alike)."""

    def unfaithful(self, part: str, found: str, wanted: str) -> Exception:
        """Messages are not of the length that is counted, or do not come back as they were sent."""
        return InternalError(f"codec of `{self.name}`: its {part} gives {found}, not {wanted}")

    def bits(self) -> int:
        """Exact bits of all messages so far."""
        return int(self.loose_bits) if self.fixed_bits is None else self.messages * self.fixed_bits

    @abstractmethod
    def paper_sizes(self, packed: Any) -> list[int]:
        """Of each message, as papers count them."""

    def paper(self) -> int:
        """All messages so far, as papers count them."""
        return int(self.loose_paper) if self.paper_bits is None else self.messages * self.paper_bits


def one_or_all(values: Sequence[Any]) -> Any:
    """What generated programs unpack: a tuple, or the only value."""
    return values[0] if len(values) == 1 else tuple(values)


class PacketPayload(Payload):
    """Packets of a codec: compressed vectors, and dense ones."""

    codec: Codec

    def __init__(self, name: str, backend: Backend, family: bool, d: int) -> None:
        super().__init__(name)
        self.backend, self.family, self.d = backend, family, d

    def encode(self, packed: Packet) -> list[bytes]:
        """Stage on the host, then encode."""
        host = map_packet(self.backend.to_host, packed)
        messages = self.codec.encode(host)
        if isinstance(self.codec, GuardedCodec):
            self.codec.verify_lengths(messages, host)
        return messages

    def decode(self, messages: Sequence[bytes]) -> Packet:
        """Decode on the host, then move to the device; floats stay in the wire's type."""
        packet: Packet = self.codec.decode(messages)
        backend = self.backend
        return map_packet(lambda part: backend.xp.asarray(part, device=backend.device), packet)

    def unfaithful(self, part: str, found: str, wanted: str) -> Exception:
        """The plug-in's doing, where the codec is a plug-in's."""
        plugin = guarded_within(self.codec)
        if plugin is not None:
            return plugin.unfaithful(part, found, wanted)
        return super().unfaithful(part, found, wanted)

    def only(self, packed: Packet, row: int) -> Packet:
        """One row of each of the packet's arrays."""
        return map_packet(lambda part: part[row : row + 1, ...], packed)

    def sizes(self, packed: Packet) -> list[int]:
        """By the codec's batched formula."""
        bits = self.backend.to_host(self.codec.bits(packed))
        return [int(b) for b in bits]

    def paper_sizes(self, packed: Packet) -> list[int]:
        """By the compressor's paper."""
        return [int(b) for b in self.backend.to_host(self._papers(packed))]

    @abstractmethod
    def _papers(self, packed: Packet) -> Array:
        """The same on the device."""

    def same(self, one: Packet, other: Packet) -> bool:
        """Every array of the packets alike."""
        pairs = zip(self._parts(one), self._parts(other), strict=True)
        return type(one) is type(other) and all((a == b).all() for a, b in pairs)

    def _parts(self, packet: Packet) -> list[HostArray]:
        return [self.backend.to_host(part) for part in arrays_of(packet)]


def _size(packet: Packet) -> int:
    """Entries of the packet's largest array."""
    sizes: list[int] = [prod(part.shape) for part in arrays_of(packet)]
    return max(sizes)


def _together(xp: Any, packets: Sequence[Packet]) -> Packet:
    """One packet of all rows, as far as sizes depend on it: those of sparse ones on the coordinates alone."""
    first = packets[0]
    if len(packets) == 1:
        return first
    if isinstance(first, SparsePacket):
        indices = xp.concat([packet.indices for packet in packets if isinstance(packet, SparsePacket)])
        return SparsePacket(indices, indices)
    return from_arrays(first, map(xp.concat, zip(*map(arrays_of, packets), strict=True)))


class OneCodecPayload(PacketPayload):
    """All of whose messages one codec writes: what it knows of all of them is not counted each time."""

    def __init__(self, name: str, backend: Backend, codec: Codec, family: bool, d: int) -> None:
        super().__init__(name, backend, family, d)
        self.codec, self.fixed_bits = codec, codec.fixed_bits
        self._uncounted: list[Packet] = []  # small ones, counted together: a call costs more than they do
        self._entries_held = self._row_entries = 0

    def count(self, packed: Packet) -> int:
        """Batched sizes and entries; of what is the same for every message the number of messages says all."""
        rows = packed.rows
        self.messages += rows
        self.calls += 1
        if self.fixed_bits is None:
            self._uncounted.append(packed)
            self._entries_held += 1 + rows * self._width(packed)
            if self._entries_held >= MOST_HELD:
                self._settle()
        if self.paper_bits is None:
            self.loose_paper = self.loose_paper + self.backend.xp.sum(self._papers(packed))
        return rows

    def bits(self) -> int:
        """Exact bits of all messages so far."""
        self._settle()
        return super().bits()

    def _width(self, packed: Packet) -> int:
        """Entries of a message's largest array, as the first packet has them."""
        if not self._row_entries:
            self._row_entries = _size(packed) // max(packed.rows, 1)
        return self._row_entries

    def _settle(self) -> None:
        """Add the sizes of the messages held back."""
        if not self._uncounted:
            return
        sizes = self.codec.bits(_together(self.backend.xp, self._uncounted))
        self.loose_bits = self.loose_bits + self.backend.xp.sum(sizes)
        self._uncounted, self._entries_held = [], 0


class CompressorPayload(PacketPayload):
    """`q = Q(e)`: the value is a packet already."""

    bound: BoundCompressor

    def pack(self, value: Packet) -> Packet:
        """The packet itself."""
        return value

    def unpack(self, packed: Packet) -> Any:
        """What `Q(e)` is."""
        return self.bound.expand(packed) if self.family else self.bound.expand_one(packed)

    def _papers(self, packed: Packet) -> Array:
        sizes: Array = self.bound.papers.sizes(packed)
        return sizes


class CompressedPayload(CompressorPayload, OneCodecPayload):
    """Of a compressor with the same arguments in all rounds."""

    def __init__(self, name: str, bound: BoundCompressor, family: bool, float_bits: int) -> None:
        super().__init__(name, bound.backend, bound.kernel.codec, family, bound.d)
        self.bound, self.paper_bits = bound, bound.papers.fixed
        self.description, self.expected_bits = bound.description, bound.expected_bits(float_bits)


class SeededPayload(CompressedPayload):
    """Of a compressor whose coordinates the receivers draw, too, from the sender's stream at the same moment."""

    def __init__(
        self, name: str, bound: BoundCompressor, family: bool, float_bits: int, stream: Stream, shared: bool
    ) -> None:
        from ..codecs.sparse import SeededCodec

        super().__init__(name, bound, family, float_bits)
        self.codec = SeededCodec(bound.kernel.kept, float_bits)
        self.fixed_bits = self.codec.fixed_bits
        self._stream, self._shared = stream, shared
        self.moment: tuple[int, tuple[int, ...]] = (-1, ())

    def receive(self, messages: Sequence[bytes], rows: Rows) -> SparsePacket:
        """The values as sent, the coordinates as drawn."""
        values = self._values(self.decode(messages))
        words = self._stream.words(
            self.backend, self.bound.kernel.words, *self.moment, ONE_ROW if self._shared else rows
        )
        indices = self.bound.kernel.pick(words)
        return SparsePacket(self.backend.xp.broadcast_to(indices, values.shape), values)

    def same(self, one: Packet, other: Packet) -> bool:
        """By values: a message has no more."""
        sent, received = (self.backend.to_host(self._values(packet)) for packet in (one, other))
        return bool(np.array_equal(sent, received))

    def _values(self, packet: Packet) -> Array:
        assert isinstance(packet, SparsePacket)
        return packet.values


class ChangingPayload(CompressorPayload):
    """Of a compressor whose arguments change: each message is as its codec of the moment writes it."""

    fixed_bits = paper_bits = None

    def __init__(self, name: str, bound: BoundCompressor, family: bool, float_bits: int) -> None:
        super().__init__(name, bound.backend, family, bound.d)
        self.bound = bound
        self.description, self.expected_bits = bound.description, bound.expected_bits(float_bits)

    @property
    def codec(self) -> Codec:  # type: ignore[override]
        """This moment's."""
        codec: Codec = self.bound.kernel.codec
        return codec

    def count(self, packed: Packet) -> int:
        """Sizes and entries of each."""
        rows, codec = packed.rows, self.codec
        self.messages += rows
        self.calls += 1
        self.loose_bits = self.loose_bits + self.backend.xp.sum(codec.bits(packed))
        self.loose_paper = self.loose_paper + self.backend.xp.sum(self._papers(packed))
        return rows


class DensePayload(OneCodecPayload):
    """A dense vector: d wire floats."""

    def __init__(self, name: str, backend: Backend, family: bool, d: int, float_bits: int) -> None:
        from ..codecs.dense import DenseCodec

        super().__init__(name, backend, DenseCodec(d, float_bits), family, d)
        self._what = f"`{name}`"
        self.description = f"dense, {float_bits}-bit floats"
        self.expected_bits = self.paper_bits = d * float_bits

    def _papers(self, packed: Packet) -> Array:
        return self.codec.bits(packed)

    def pack(self, value: Array) -> DensePacket:
        """Rounded to the wire's floats."""
        wired = self.backend.to_wire(value)
        check_sent(self.backend, wired, value, self._what, self._what, self.family)
        return DensePacket(wired if self.family else wired[None, :])

    def unpack(self, packed: DensePacket) -> Array:
        """The rounded vector, in the computations' type. Also where nothing is rounded it is not the sender's array:
        to oracles a point that was sent is a new one, whatever the wire."""
        values = self.backend.from_wire(packed.values)
        return values[...] if self.family else values[0, ...]
