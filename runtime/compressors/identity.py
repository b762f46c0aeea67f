"""The identity: every entry as a wire float."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cablese.dsl.check.contracts import ArgumentValue, Class, Form, Trait, Traits
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..codecs.base import Codec
from ..codecs.packets import DensePacket
from .base import Compressor, Kernel, Meaning
from .kernels import float_bits
from .registry import register


@register
class Identity(Compressor):
    """Q(x) = x up to the rounding to the wire's floats."""

    name: ClassVar[str] = "identity"
    doc: ClassVar[str] = "sends every entry; exact up to the wire's floats"
    codec: ClassVar[str] = "d floats"

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The identity is linear."""
        return frozenset({Trait.DETERMINISTIC, Trait.HOMOGENEOUS, Trait.ODD, Trait.SELECTING})

    paper: ClassVar[str] = "d fb"
    paper_alike: ClassVar[bool] = True
    entropy_alike: ClassVar[bool] = True

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class: unbiased and contractive."""
        return Class.EXACT

    def omega(self, d: int) -> float:
        """No variance."""
        return 0.0

    def delta(self, d: int) -> float:
        """No loss."""
        return 1.0

    def density(self, d: int) -> float:
        """All entries."""
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """d floats."""
        return float(d * float_bits)

    def entropy_formula(self, float_bits: int) -> str:
        """As `bits`."""
        return "d * fb"

    def formula(self, float_bits: int) -> str:
        """As `bits`."""
        return "d * fb"

    def meaning_of_bits(self, d: int) -> Meaning:
        """Fixed."""
        return Meaning.MEAN

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """No array work but the change of float type."""
        from ..codecs.dense import DenseCodec

        return IdentityKernel(backend, DenseCodec(d, float_bits(backend)))


@record
class IdentityKernel:
    """`Kernel` of identity()."""

    backend: Backend
    codec: Codec
    words: int = 0
    form: Form = Form.DENSE
    is_plain: bool = True  # fused rounds send all entries as they are

    def compress(self, vectors: Array, words: Array | None) -> DensePacket:
        """Rounds to the wire's type; where that is the computations' the packet holds `vectors` itself."""
        return DensePacket(self.backend.to_wire(vectors))

    def expand(self, packet: DensePacket) -> Array:
        """(rows, d); where the types agree the packet's own array."""
        return self.backend.from_wire(packet.values)
