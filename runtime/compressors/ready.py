"""A short way to write a compressor: say what a message holds, and codec, size, form and expansion come with it.

A subclass of `ReadyMade` gives `name`, `doc`, `kind`, `sends`, `compress`, and the figure of its class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from cablese.dsl.check.contracts import ArgumentKind, ArgumentValue, Class, Form
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..codecs.base import Codec
from ..codecs.packets import DensePacket, LevelPacket, Packet, SignPacket, SparsePacket
from ..codecs.sizes import expected_index_bits, symbol_bits
from . import errors
from .arguments import level_formula, whole
from .base import Compressor, Kernel
from .ready_kernel import ReadyKernel

Fault: TypeAlias = tuple[str, str]
"""Words for what was returned, and for what must be."""


class Message(ABC):
    """The content of a message: the packet of the arrays that `compress` returns, its codec, and its expansion."""

    words: ClassVar[str]  # the wire format, in words
    paper: ClassVar[str]  # the size as papers count it, as a formula
    form: ClassVar[Form] = Form.DENSE

    def size(self, by: Compressor, d: int) -> int:
        """The compressor's count that this message depends on; `SetupError` where it does not fit d."""
        return d

    def density(self, by: Compressor, d: int) -> float:
        """Non-zeros at most."""
        return float(d)

    @abstractmethod
    def bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """Expected bits of a message."""

    def formula(self, by: Compressor) -> str:
        """The same as `Compressor.formula` has it."""
        return ""

    def paper_bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """Bits of a message as papers count them: all of it."""
        return self.bits(by, d, float_bits)

    @abstractmethod
    def codec(self, by: Compressor, d: int, float_bits: int) -> Codec:
        """The wire format."""

    @abstractmethod
    def shapes(self, by: Compressor, rows: int, d: int) -> dict[str, tuple[int, ...]]:
        """The arrays that `compress` returns for vectors (rows, d), in order."""

    def fault(self, by: Compressor, xp: Any, parts: Any, vectors: Array) -> Fault | None:
        """The fault of arrays that have the right shapes and that no receiver could use, and its remedy."""
        return None

    @abstractmethod
    def packet(self, by: Compressor, backend: Backend, parts: Any) -> Packet:
        """The packet of the arrays that `compress` returned, floats rounded to the wire's type."""

    @abstractmethod
    def expand(self, by: Compressor, backend: Backend, packet: Any) -> Array:
        """As `Kernel.expand` has it."""


@record
class Floats(Message):
    """A float an entry: `compress` returns values (rows, d)."""

    words: ClassVar[str] = "d floats"
    paper: ClassVar[str] = "d fb"

    def bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """d floats."""
        return float(d * float_bits)

    def formula(self, by: Compressor) -> str:
        """As `bits`."""
        return "d * fb"

    def codec(self, by: Compressor, d: int, float_bits: int) -> Codec:
        """That of dense vectors."""
        from ..codecs.dense import DenseCodec

        return DenseCodec(d, float_bits)

    def shapes(self, by: Compressor, rows: int, d: int) -> dict[str, tuple[int, ...]]:
        """As the class says."""
        return {"values": (rows, d)}

    def fault(self, by: Compressor, xp: Any, parts: Any, vectors: Array) -> Fault | None:
        """Values that are not finite."""
        values = parts[0] if isinstance(parts, tuple | list) else parts
        return _not_finite(xp, "values", values, vectors)

    def packet(self, by: Compressor, backend: Backend, parts: Any) -> Packet:
        """Rounds."""
        return DensePacket(backend.to_wire(parts))

    def expand(self, by: Compressor, backend: Backend, packet: DensePacket) -> Array:
        """(rows, d)."""
        return backend.from_wire(packet.values)


@record
class Entries(Message):
    """k coordinates with their floats: `compress` returns places (rows, k) int64, ascending in each row, and values
    (rows, k). `count` is the argument that says k."""

    count: str
    words: ClassVar[str] = "k floats and the set of their coordinates near log2 C(d, k) bits"
    paper: ClassVar[str] = "k fb"
    form: ClassVar[Form] = Form.SPARSE

    def size(self, by: Compressor, d: int) -> int:
        """k, from 1 to d."""
        k = whole(by.values, self.count)
        if k > d:
            raise errors.beyond_dimension(by.name, k, d)
        return k

    def density(self, by: Compressor, d: int) -> float:
        """k."""
        return float(self.size(by, d))

    def bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """k floats and a uniformly random set, in the mean."""
        k = self.size(by, d)
        return k * float_bits + expected_index_bits(d, k)

    def paper_bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """k floats; the set is free."""
        return float(self.size(by, d) * float_bits)

    def formula(self, by: Compressor) -> str:
        """As `bits`."""
        return f"{self.count} * fb + set(d, {self.count})"

    def codec(self, by: Compressor, d: int, float_bits: int) -> Codec:
        """That of sparse vectors."""
        from ..codecs.sparse import SparseCodec

        return SparseCodec(d, self.size(by, d), float_bits)

    def shapes(self, by: Compressor, rows: int, d: int) -> dict[str, tuple[int, ...]]:
        """As the class says."""
        return dict.fromkeys(("places", "values"), (rows, self.size(by, d)))

    def fault(self, by: Compressor, xp: Any, parts: Any, vectors: Array) -> Fault | None:
        """Places that are none, twice the same or in another order."""
        places, values = parts
        d = vectors.shape[1]
        if not xp.isdtype(places.dtype, "integral"):
            return f"places of type {places.dtype}", "whole numbers (int64)"
        if bool(xp.any(places < 0)) or bool(xp.any(places >= d)):
            low, high = int(xp.min(places)), int(xp.max(places))
            return f"places from {low} to {high}", f"places from 0 to {d - 1}"
        if bool(xp.any(places[:, 1:] <= places[:, :-1])):
            return "places that do not ascend", "places that ascend in each row, none of them twice"
        return _not_finite(xp, "values", values, vectors)

    def packet(self, by: Compressor, backend: Backend, parts: Any) -> Packet:
        """Rounds."""
        places, values = parts
        return SparsePacket(places, backend.to_wire(values))

    def expand(self, by: Compressor, backend: Backend, packet: SparsePacket) -> Array:
        """The values (rows, k)."""
        return backend.from_wire(packet.values)


@record
class Levels(Message):
    """A scale and an integer from -s to s an entry, which stands for scale * level / s: `compress` returns scales (rows,)
    and levels (rows, d). `count` is the argument that says s."""

    count: str
    words: ClassVar[str] = "one float and d levels: fields of ceil(log2(2 s + 1)) bits (1.6 for s = 1)"
    paper: ClassVar[str] = "fb + d ceil(log2(2 s + 1)), of 1.6 d for s = 1"

    def size(self, by: Compressor, d: int) -> int:
        """s, from 1 on."""
        return whole(by.values, self.count)

    def bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """Fixed."""
        return float(float_bits + symbol_bits(d, 2 * self.size(by, d) + 1))

    def formula(self, by: Compressor) -> str:
        """As `bits`."""
        return level_formula(whole(by.values, self.count), self.count)

    def codec(self, by: Compressor, d: int, float_bits: int) -> Codec:
        """That of quantised vectors."""
        from ..codecs.levels import level_codec

        return level_codec(d, self.size(by, d), float_bits)

    def shapes(self, by: Compressor, rows: int, d: int) -> dict[str, tuple[int, ...]]:
        """As the class says."""
        return {"scales": (rows,), "levels": (rows, d)}

    def fault(self, by: Compressor, xp: Any, parts: Any, vectors: Array) -> Fault | None:
        """Levels beyond s, or between two."""
        scales, levels = parts
        s = self.size(by, vectors.shape[1])
        if not bool(xp.all(xp.abs(levels) <= s)):
            return "levels that are not within -s to s", f"levels from {-s} to {s}"
        if xp.isdtype(levels.dtype, "real floating") and not bool(xp.all(levels == xp.round(levels))):
            return "levels that are not whole", f"whole levels from {-s} to {s}"
        return _not_finite(xp, "scales", scales, vectors)

    def packet(self, by: Compressor, backend: Backend, parts: Any) -> Packet:
        """Rounds the scales."""
        xp, (scales, levels) = backend.xp, parts
        s = self.size(by, levels.shape[1])
        narrow = xp.int8 if s < 1 << 7 else xp.int16 if s < 1 << 15 else xp.int32
        return LevelPacket(backend.to_wire(scales), xp.astype(levels, narrow))

    def expand(self, by: Compressor, backend: Backend, packet: LevelPacket) -> Array:
        """(rows, d)."""
        values = backend.xp.astype(packet.levels, backend.real)
        return values * backend.from_wire(packet.scales)[:, None] / self.size(by, packet.levels.shape[1])


@record
class Signs(Message):
    """A scale, not below 0, and a sign an entry: `compress` returns scales (rows,) and negative (rows, d) bool."""

    words: ClassVar[str] = "one float and a bit for each of d entries"
    paper: ClassVar[str] = "d + fb"

    def bits(self, by: Compressor, d: int, float_bits: int) -> float:
        """Fixed."""
        return float(float_bits + d)

    def formula(self, by: Compressor) -> str:
        """As `bits`."""
        return "fb + d"

    def codec(self, by: Compressor, d: int, float_bits: int) -> Codec:
        """That of signs in one block."""
        from ..codecs.signs import SignCodec

        return SignCodec(d, 1, float_bits)

    def shapes(self, by: Compressor, rows: int, d: int) -> dict[str, tuple[int, ...]]:
        """As the class says."""
        return {"scales": (rows,), "negative": (rows, d)}

    def fault(self, by: Compressor, xp: Any, parts: Any, vectors: Array) -> Fault | None:
        """Signs that are no bits; a scale below 0."""
        scales, negative = parts
        if not xp.isdtype(negative.dtype, "bool"):
            return f"negative of type {negative.dtype}", "negative of type bool"
        if bool(xp.any(scales < 0)):
            return "scales below 0", "scales that are not below 0"
        return _not_finite(xp, "scales", scales, vectors)

    def packet(self, by: Compressor, backend: Backend, parts: Any) -> Packet:
        """Rounds the scales."""
        scales, negative = parts
        return SignPacket(backend.to_wire(scales)[:, None], negative)

    def expand(self, by: Compressor, backend: Backend, packet: SignPacket) -> Array:
        """(rows, d)."""
        scales = backend.from_wire(packet.scales)
        return backend.xp.where(packet.negative, -scales, scales)


class ReadyMade(Compressor):
    """A compressor that says what its messages hold. `omega` or `delta` follow from its class, `density` and `bits`
    from `sends`, which a subclass may tighten."""

    kind: ClassVar[Class]
    sends: ClassVar[Message]
    paper_alike: ClassVar[bool] = True
    stated: ClassVar[tuple[str, ...]] = ("name", "doc", "kind", "sends")

    def __init_subclass__(cls) -> None:
        if "codec" not in vars(cls) and hasattr(cls, "sends"):
            cls.codec = cls.sends.words
        if "paper" not in vars(cls) and hasattr(cls, "sends"):
            cls.paper = cls.sends.paper

    @classmethod
    def flaw(cls) -> str:
        """As for every class; the count of a message is a whole number from 1 on."""
        name = getattr(cls.sends, "count", "")
        if not name or super().flaw():
            return super().flaw()
        counts = (a for a in cls.arguments if a.name == name and a.kind is ArgumentKind.INT)
        if any(not (argument.admits(0) or argument.admits(-1)) for argument in counts):
            return ""
        return f'its `sends` counts by `{name}`, so it needs `Argument("{name}", ArgumentKind.INT, least=1)`'

    @abstractmethod
    def compress(self, xp: Any, vectors: Array, uniforms: Array) -> Any:
        """The arrays of a message for vectors (rows, d), in array-API operations of `xp`, each row by itself; `uniforms`
        (rows, draws(d)) are float64 in [0, 1)."""

    def draws(self, d: int) -> int:
        """Uniform numbers that a message takes: none unless said otherwise."""
        return 0

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """As `kind` says."""
        return cls.kind

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """As `sends` has it."""
        return cls.sends.form

    def density(self, d: int) -> float:
        """Non-zeros that a message can hold."""
        return self.sends.density(self, d)

    def bits(self, d: int, float_bits: int) -> float:
        """Bits that the codec of `sends` needs."""
        return self.sends.bits(self, d, float_bits)

    def formula(self, float_bits: int) -> str:
        """As `sends` has it, where `bits` is that of `sends`."""
        return self.sends.formula(self) if type(self).bits is ReadyMade.bits else ""

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Bits of such messages as papers count them."""
        return self.sends.paper_bits(self, d, float_bits)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Bound to d."""
        return ReadyKernel(self, backend, d)


def _not_finite(xp: Any, what: str, floats: Array, vectors: Array) -> Fault | None:
    """The error of values that are not finite, unless the vectors were not finite themselves."""
    if not xp.isdtype(floats.dtype, "real floating"):
        return f"{what} of type {floats.dtype}", f"{what} that are floats"
    if bool(xp.all(xp.isfinite(floats))) or not bool(xp.all(xp.isfinite(vectors))):
        return None
    return f"{what} that are not finite", f"finite {what} of a finite vector"
