"""Compositions as `quantize(s = 4) of top_k(k = 100)`: one compressor keeps coordinates, another compresses their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cablese.dsl.check.contracts import ArgumentValue, Class, Form, Traits, composed_class, composed_traits

from ..arrays.backend import Array, Backend
from ..codecs.packets import IndexPacket, KeptPacket, SparsePacket
from ..codecs.sizes import ideal_set_bits
from . import errors
from .base import Compressor, Kernel, Meaning, Shapes
from .kernels import cut, unrounded
from .papers import Kept, Papers


class Composed(Compressor):
    """`outer of inner`: inner keeps k of d coordinates, outer compresses their values, a vector of k entries.

    The values are those that inner would have sent, not rounded to the wire in between.
    """

    name: ClassVar[str] = "composition"
    codec: ClassVar[str] = "what the outer one sends of k entries, and the set of their coordinates"
    paper: ClassVar[str] = "that of the outer one on k entries + log2 C(d, k), rounded up"

    def __init__(self, outer: Compressor, inner: Compressor) -> None:
        """A composition; `SetupError` where inner does not keep a fixed number of coordinates, or outer does."""
        super().__init__(**inner.values)
        self._written = f"{outer.name} of {inner.name}"
        self._outer, self._inner = outer, inner
        if inner.form(inner.values) is not Form.SPARSE or outer.form(outer.values) is not Form.DENSE:
            raise errors.no_composition(outer.name, inner.name)
        if inner.redraws(inner.values):
            raise errors.seeded_inside(self._written, inner.name)

    @property
    def actual(self) -> Class:
        """The class that both give: see `composed_class`."""
        return composed_class(self._outer.actual, self._inner.actual)

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Neither: the class does not follow from arguments alone, see `actual`."""
        return Class.NEITHER

    @property
    def actual_traits(self) -> Traits:
        """The traits that both give: see `composed_traits`."""
        return composed_traits(self._outer.actual_traits, self._inner.actual_traits)

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """Sparse: k coordinates."""
        return Form.SPARSE

    def fitted(self, shapes: Shapes) -> Compressor:
        """The composition with the inner one fitted to the blocks."""
        return Composed(self._outer, self._inner.fitted(shapes))

    def omega(self, d: int) -> float:
        """(1 + omega_outer) (1 + omega_inner) - 1: both are unbiased, drawn apart."""
        return (1 + self._outer.omega(self._kept(d))) * (1 + self._inner.omega(d)) - 1

    def delta(self, d: int) -> float:
        """delta_inner / (1 - omega_outer(k)) for an unbiased outer one (Qsparse, Basu et al., NeurIPS 2019),
        else delta_outer(k) delta_inner.

        The loss is that of entries not kept plus that of outer on the kept ones: ||x||^2 - ||v||^2 + beta ||v||^2 with
        ||v||^2 >= ||x||^2 / delta_inner. `SetupError` where outer may lose all: omega_outer(k) >= 1.
        """
        if self._outer.actual.is_unbiased:
            lost = self._outer.omega(self._kept(d))
            if lost >= 1:
                raise errors.loses_more_than_it_keeps(self._written, self._outer.name, lost, self._kept(d))
            return self._inner.delta(d) / (1 - lost)
        return self._inner.delta(d) * self._outer.delta(self._kept(d))

    def density(self, d: int) -> float:
        """The density of the outer one on k entries."""
        return self._outer.density(self._kept(d))

    def bits(self, d: int, float_bits: int) -> float:
        """Bits of the outer one on k entries, in whole bytes, and of the set in the mean."""
        k = self._kept(d)
        values = self._outer.bits(k, float_bits)
        return (
            values
            + (-values % 8 if values == int(values) else 4)
            + self._inner.bits(d, float_bits)
            - k * float_bits
        )

    def meaning_of_bits(self, d: int) -> Meaning:
        """That of the parts, but about where the padding of values varies."""
        k = self._kept(d)
        padding = Meaning.MEAN if self._outer.bits(k, 32).is_integer() else Meaning.ABOUT
        return max(padding, self._outer.meaning_of_bits(k), self._inner.meaning_of_bits(d))

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Paper bits of the outer one on k entries, and the set."""
        k = self._kept(d)
        return self._outer.paper_bits(k, float_bits) + ideal_set_bits(d, k)

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """The same for each message."""
        k = self._kept(d)
        return Kept(self._outer.papers(kernel.outer, backend, k), ideal_set_bits(d, k))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernels of both, one behind the other."""
        if self.actual is Class.CONTRACTIVE:
            self.delta(d)  # raises where it is none
        return ComposedKernel(backend, d, self._kept(d), self._outer, self._inner)

    def _kept(self, d: int) -> int:
        """The number k of kept coordinates."""
        return int(self._inner.density(d))


class ComposedKernel:
    """`Kernel` of a composition. The inner kernel works on floats of the computations' type: nothing is rounded twice."""

    def __init__(self, backend: Backend, d: int, k: int, outer: Compressor, inner: Compressor) -> None:
        from ..codecs.parts import KeptCodec
        from ..codecs.sparse import IndexCodec

        self._backend = backend
        self._inner: Any = inner.kernel(unrounded(backend), d)
        self.outer = outer.kernel(backend, k)
        self.words = self._inner.words + self.outer.words
        self.form = Form.SPARSE
        self.codec = KeptCodec(self.outer.codec, IndexCodec(d, k))

    def compress(self, vectors: Array, words: Array | None) -> KeptPacket:
        """The packet of both; words of the inner one come first."""
        first, second = cut(words, (self._inner.words, self.outer.words))
        chosen: SparsePacket = self._inner.compress(vectors, first)
        own = None if second is None else self._backend.xp.asarray(second, copy=True)  # in order in memory
        return KeptPacket(IndexPacket(chosen.indices), self.outer.compress(chosen.values, own))

    def expand(self, packet: KeptPacket) -> Array:
        """The values (rows, k)."""
        return self.outer.expand(packet.kept)
