"""Message items that are dense vectors, in the wire's floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..arrays.backend import Array, Backend
from ..arrays.finite import check_sent, rows_behind
from ..arrays.in_turn import InTurn
from ..arrays.threads import LONG_ROW, each
from ..codecs.packets import DensePacket, Packet
from ..compressors.unexpanded import RoundedRows, Unexpanded
from .packet_payloads import OneCodecPayload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


# Floats that are verified at once: a vector that is not long.
_VERIFIED = LONG_ROW // 2


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

    def pack(self, value: Array | InTurn) -> DensePacket:
        """The packet of the vectors, rounded to the wire's floats."""
        if isinstance(value, InTurn):
            return self._pack_in_turn(value)
        wired = self.backend.to_wire(value)
        if not self._all_finite(wired):
            check_sent(self.backend, wired, value, self._what, self._what, self.family)
        return DensePacket(wired if self.family else wired[None, :])

    def _pack_in_turn(self, vectors: InTurn) -> DensePacket:
        """The packet of a family of which some rows at a time are held as they are."""
        backend, rows = self.backend, 0
        wired = backend.xp.empty((vectors.rows, self.d), dtype=backend.wire, device=backend.device)
        for part in vectors:
            first, rows = rows, rows + part.shape[0]
            with rows_behind(first):
                wired[first:rows, ...] = self.pack(part).values
            del part  # before the next are made
        return DensePacket(wired)

    def unpack(self, packed: DensePacket) -> Array | Unexpanded:
        """The rounded vectors, in the computations' type. They are never the sender's array, even if nothing is rounded:
        to oracles a point that was sent is a new one, whatever the wire."""
        if self._stays_packed and self.backend.wire != self.backend.real:
            return Unexpanded(RoundedRows(self.backend), (packed,), self.d)
        values = self.backend.from_wire(packed.values)
        return values[...] if self.family else values[0, ...]

    def gathered(self, own: DensePacket, others: DensePacket) -> Array | Unexpanded:
        """As `Payload` has it; long families stay in two parts where they may."""
        if self._stays_packed and self.backend.wire != self.backend.real:
            return Unexpanded(RoundedRows(self.backend), (own, others), self.d)
        found: Array = super().gathered(own, others)
        return found

    def received(self, floats: HostArray) -> Array:
        """The vector that receivers bind, of the wire's floats; a view of them where the types agree."""
        return self.backend.from_wire(self.backend.to_device(floats))
