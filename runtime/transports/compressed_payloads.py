"""Message items that are compressed vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.contracts import Form

from ..arrays.backend import Array
from ..chance.streams import ONE_ROW, Rows, Stream
from ..codecs.base import Codec
from ..codecs.columns import DeviceCoder, device_coder
from ..codecs.packets import Packet, SparsePacket
from ..codecs.rows import RowCodec
from ..compressors.base import columnwise
from ..compressors.bound import BoundCompressor
from ..compressors.unexpanded import Unexpanded
from .packet_payloads import OneCodecPayload, PacketPayload

if TYPE_CHECKING:
    from ..codecs.messages import Bytes


class CompressorPayload(PacketPayload):
    """Compressed values, `q = Q(e)`: the value is a packet already."""

    bound: BoundCompressor

    def pack(self, value: Packet) -> Packet:
        """The packet itself."""
        return value

    def unpack(self, packed: Packet) -> Any:
        """The vector or family that `Q(e)` is."""
        if self._stays_packed and columnwise(self.bound.kernel):
            return Unexpanded(self.bound.kernel, (packed,), self.d)
        return self.bound.expand(packed) if self.family else self.bound.expand_one(packed)

    def gathered(self, own: Packet, others: Packet) -> Any:
        """As `Payload` has it; long families stay in two parts where they may."""
        kernel = self.bound.kernel
        if self._stays_packed and columnwise(kernel):
            return Unexpanded(kernel, (own, others), self.d)
        if self.stays_in_parts and kernel.form is Form.SPARSE:
            return self.bound.expand_parts((own, others))
        return super().gathered(own, others)

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

    def read_behind(self, own: Packet, room: Bytes, rows: Rows) -> Packet:
        """As `Payload` has it."""
        return self.join(own, self.read(room, rows))

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
