"""Rand-K: K coordinates drawn uniformly without replacement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..codecs.packets import SparsePacket
from .base import BlindKernel, Meaning
from .counts import K, KeepsK
from .kernels import SparseWire, entries_at
from .registry import register

if TYPE_CHECKING:
    from ..arrays.row_forms import RowForm


@register
class RandK(KeepsK):
    """Q(x) = (d / K) x_S, or x_S unscaled, for a uniform K-subset S."""

    name: ClassVar[str] = "rand_k"
    doc: ClassVar[str] = "keeps k coordinates drawn at random, scaled by d/k to be unbiased"
    codec: ClassVar[str] = "k floats and, unless seeded, the set of their coordinates near log2 C(d, k) bits"
    arguments: ClassVar[tuple[Argument, ...]] = (
        K,
        Argument("scaled", ArgumentKind.BOOL, default=True, doc="times d/k: unbiased; false: contractive"),
        Argument(
            "indices",
            ArgumentKind.WORD,
            default="sent",
            choices=("sent", "seeded"),
            doc="seeded: not sent, the receiver draws them too",
        ),
    )

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Unbiased when scaled, else contractive."""
        return Class.UNBIASED if arguments.get("scaled", True) else Class.CONTRACTIVE

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Unscaled entries are kept as they are."""
        found = super().traits(arguments)
        return found if arguments.get("scaled", True) else found | {Trait.SELECTING}

    @classmethod
    def picks_blindly(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True: the coordinates depend on the draw alone."""
        return True

    @classmethod
    def redraws(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True with `indices = seeded`."""
        return arguments.get("indices") == "seeded"

    def omega(self, d: int) -> float:
        """d / K - 1, met with equality by every x."""
        return d / self.kept(d) - 1

    def bits(self, d: int, float_bits: int) -> float:
        """K floats; and where its indices are sent, a uniformly random set in the mean."""
        return float(self.kept(d) * float_bits) if self.redraws(self.values) else super().bits(d, float_bits)

    def entropy_bits(self, d: int, float_bits: int) -> float:
        """K floats; and where its indices are sent, one of all sets."""
        redrawn = self.redraws(self.values)
        return self.bits(d, float_bits) if redrawn else super().entropy_bits(d, float_bits)

    def entropy_formula(self, float_bits: int) -> str:
        """As `entropy_bits`."""
        return "k * fb" if self.redraws(self.values) else super().entropy_formula(float_bits)

    def formula(self, float_bits: int) -> str:
        """As `bits`."""
        return "k * fb" if self.redraws(self.values) else super().formula(float_bits)

    def meaning_of_bits(self, d: int) -> Meaning:
        """A mean: the coordinates are drawn."""
        return Meaning.MEAN

    def kernel(self, backend: Backend, d: int) -> BlindKernel:
        """Draws for all rows at once."""
        k = self.kept(d)
        return RandKKernel(self.wire(backend, d, d / k if self.values["scaled"] else 1.0), d, k)


class RandKKernel:
    """`BlindKernel` of rand_k."""

    def __init__(self, wire: SparseWire, d: int, k: int) -> None:
        from ..chance.distinct import Subsets

        self._backend, self._wire, self.kept = wire.backend, wire, k
        self._subsets = Subsets(wire.backend, d, k)
        self.words = self._subsets.words
        self.form = Form.SPARSE
        self.codec = wire.codec
        self.pick = self._subsets.draw
        self.pack = wire.pack
        self.expand = wire.expand

    @property
    def of_row(self) -> RowForm:
        """As fused rounds call it."""
        return replace(self._subsets.of_row, scale=float(self._wire.scale))

    def compress(self, vectors: Array, words: Array | None) -> SparsePacket:
        """Picks, gathers, packs."""
        indices = self.pick(words)
        return self.pack(indices, entries_at(self._backend, vectors, indices))
