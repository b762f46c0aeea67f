"""Messages as the papers of their compressors count them: for redrawing a paper's plot, not what is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..codecs.packets import IntegerPacket, KeptPacket, Packet, PartsPacket, TailedPacket, arrays_of
from ..codecs.sizes import ceil_log2


class Papers(Protocol):
    """The bits of messages by a paper's formula."""

    @property
    def fixed(self) -> int | None:
        """Bits of every message, where it is one number."""

    def sizes(self, packet: Any) -> Array:
        """Bits of each message, int64 (rows,), on the packet's device."""


@record
class Alike:
    """The same bits for every message."""

    fixed: int

    def sizes(self, packet: Packet) -> Array:
        """The same for each row."""
        from ..codecs.messages import constant

        return constant(self.fixed, next(iter(arrays_of(packet))))


@record
class NonZeros:
    """A float for each entry of the result that is not 0."""

    backend: Backend
    kernel: Any
    float_bits: int
    fixed: None = None

    def sizes(self, packet: Packet) -> Array:
        """Non-zeros times float bits."""
        xp, values = self.backend.xp, self.kernel.expand(packet)
        return xp.astype(xp.count_nonzero(values, axis=1), xp.int64) * self.float_bits


@record
class Tails:
    """s (fb + log2 d) + min(2 d, t log2 d) + fb: s entries with floats and places, t others with places, one size."""

    backend: Backend
    d: int
    float_bits: int
    fixed: None = None

    def sizes(self, packet: TailedPacket) -> Array:
        """By the numbers of both kinds."""
        xp, place = self.backend.xp, ceil_log2(self.d)
        large, small = (
            xp.astype(xp.count_nonzero(mask, axis=1), xp.int64) for mask in (packet.large, packet.small)
        )
        tails = xp.minimum(small * place, xp.full_like(small, 2 * self.d))
        return large * (self.float_bits + place) + tails + self.float_bits


@record
class Ranges:
    """d ceil(log2(2 m + 1)), m being the largest magnitude of a message's numbers."""

    backend: Backend
    d: int
    fixed: None = None

    def sizes(self, packet: IntegerPacket) -> Array:
        """By the widest number."""
        from ..codecs.integers import widths

        return widths(self.backend.xp, packet.numbers) * self.d


@record
class Kept:
    """Bits of a composition: those of the outer compressor on the kept entries, and their set."""

    outer: Papers
    set_bits: int

    @property
    def fixed(self) -> int | None:
        """One number where the outer one's is."""
        return None if self.outer.fixed is None else self.outer.fixed + self.set_bits

    def sizes(self, packet: KeptPacket) -> Array:
        """The sum of both."""
        return self.outer.sizes(packet.kept) + self.set_bits


@record
class Sums:
    """Sums of the bits of parts."""

    parts: Sequence[Papers]

    @property
    def fixed(self) -> int | None:
        """One number where that of every part is."""
        known = [part.fixed for part in self.parts]
        return None if None in known else sum(bits for bits in known if bits is not None)

    def sizes(self, packet: PartsPacket) -> Array:
        """The sum of all parts."""
        first, *others = (papers.sizes(part) for papers, part in zip(self.parts, packet.parts, strict=True))
        return sum(others, first)
