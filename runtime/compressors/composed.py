"""Compositions as `quantize(s = 4) of top_k(k = 100)`: compressors keep coordinates, another compresses their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cablese.dsl.check.contracts import ArgumentValue, Class, Form, Traits, composed_class, composed_traits

from ..arrays.backend import Array, Backend
from ..codecs.packets import IndexPacket, KeptPacket, SparsePacket
from ..codecs.sizes import Ranked, expected_index_bits, ideal_set_bits, plan_indices
from . import errors
from .base import Compressor, Kernel, Meaning, Shapes
from .kernels import cut, entries_at, float_bits, unrounded
from .papers import Alike, Kept, Papers


class Composed(Compressor):
    """`outer of inner`: inner keeps k of d coordinates, outer compresses their values, a vector of k entries.

    `outer` may be a composition itself, so that there may be any number of parts. All but the first keep coordinates; if the
    first does too, a message has the values left and their set. Values are not rounded to the wire in between.
    """

    name: ClassVar[str] = "composition"
    codec: ClassVar[str] = "what the outer one sends of k entries, and the set of their coordinates"
    paper: ClassVar[str] = "that of the outer one on k entries + log2 C(d, k), rounded up"

    def __init__(self, outer: Compressor, inner: Compressor) -> None:
        """A composition; `SetupError` where inner, no composition, keeps no fixed number of coordinates."""
        super().__init__(**inner.values)
        self._outer, self._inner = outer, inner
        self._parts: tuple[Compressor, ...] = (
            (*outer._parts, inner) if isinstance(outer, Composed) else (outer, inner)
        )
        self._written = " of ".join(part.name for part in self._parts)
        if not _keeps(inner):
            raise errors.no_composition(outer.name, inner.name)
        for part in self._parts:
            if part.redraws(part.values):
                raise errors.seeded_inside(self._written, part.name)

    @property
    def actual(self) -> Class:
        """The class that both give: see `composed_class`."""
        return composed_class(self._outer.actual, self._inner.actual, self._inner.actual_traits)

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
        return (1 + self._outer.omega(self._left(d))) * (1 + self._inner.omega(d)) - 1

    def delta(self, d: int) -> float:
        """delta_inner / (1 - omega_outer(k)) for an unbiased outer one (Qsparse, Basu et al., NeurIPS 2019),
        else delta_outer(k) delta_inner.

        The loss is that of entries not kept plus that of outer on the kept ones: ||x||^2 - ||v||^2 + beta ||v||^2 with
        ||v||^2 >= ||x||^2 / delta_inner. `SetupError` where outer may lose all: omega_outer(k) >= 1.
        """
        if self._outer.actual.is_unbiased:
            k = self._left(d)
            lost = self._outer.omega(k)
            if lost >= 1:
                outer = " of ".join(part.name for part in self._parts[:-1])
                raise errors.loses_more_than_it_keeps(self._written, outer, lost, k)
            return self._inner.delta(d) / (1 - lost)
        return self._inner.delta(d) * self._outer.delta(self._left(d))

    def density(self, d: int) -> float:
        """The density of the outer one on k entries."""
        return self._outer.density(self._left(d))

    def bits(self, d: int, float_bits: int) -> float:
        """Bits of the first one, in whole bytes, or floats if it keeps coordinates; and of the set in the mean."""
        *_, k, own = self._lengths(d)
        set_bits = expected_index_bits(d, own)
        if _keeps(self._parts[0]):
            return own * float_bits + set_bits
        values = self._parts[0].bits(k, float_bits)
        return values + (-values % 8 if values == int(values) else 4) + set_bits

    def meaning_of_bits(self, d: int) -> Meaning:
        """That of the parts, but about where the padding of values varies, or a vector decides on a set of varying size."""
        *_, k, own = self._lengths(d)
        blind = all(part.picks_blindly(part.values) for part in self._parts if _keeps(part))
        sets = Meaning.MEAN if blind or isinstance(plan_indices(d, own), Ranked) else Meaning.ABOUT
        if _keeps(self._parts[0]):
            return sets
        padding = Meaning.MEAN if self._parts[0].bits(k, 32).is_integer() else Meaning.ABOUT
        return max(padding, self._parts[0].meaning_of_bits(k), sets)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Paper bits of the first one, and the set unless the first one, too, keeps coordinates: those are free."""
        *_, k, own = self._lengths(d)
        free = _keeps(self._parts[0])
        return self._parts[0].paper_bits(k, float_bits) + (0 if free else ideal_set_bits(d, own))

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """The same for each message."""
        if kernel.outer is None:
            return Alike(round(self.paper_bits(d, float_bits(backend))))
        *_, k, own = self._lengths(d)
        return Kept(self._parts[0].papers(kernel.outer, backend, k), ideal_set_bits(d, own))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernels of all, one behind the other."""
        if self.actual is Class.CONTRACTIVE:
            self.delta(d)  # raises where it is none
        return ComposedKernel(backend, self._lengths(d), self._parts)

    def _left(self, d: int) -> int:
        """The number k of coordinates that the inner one keeps."""
        return int(self._inner.density(d))

    def _lengths(self, d: int) -> tuple[int, ...]:
        """d, and what each part leaves, the inner one first: the first part, if it keeps no coordinates, leaves all."""
        found = [d]
        for part in reversed(self._parts):
            found.append(int(part.density(found[-1])) if _keeps(part) else found[-1])
        return tuple(found)


class ComposedKernel:
    """`Kernel` of a composition. Parts that keep coordinates work on the computations' floats: nothing is rounded twice."""

    def __init__(self, backend: Backend, lengths: Sequence[int], parts: Sequence[Compressor]) -> None:
        """`lengths` as `Composed` has them, parts the first first."""
        from ..codecs.parts import KeptCodec
        from ..codecs.sparse import IndexCodec, SparseCodec

        self._backend = backend
        first, d, k = parts[0], lengths[0], lengths[-1]
        keeping = parts if _keeps(first) else parts[1:]
        self._keeping = [
            part.kernel(unrounded(backend), length)
            for part, length in zip(reversed(keeping), lengths, strict=False)
        ]
        self.outer: Any = None if _keeps(first) else first.kernel(backend, k)
        self._counts = [kernel.words for kernel in (*self._keeping, *([self.outer] if self.outer else []))]
        self.words = sum(self._counts)
        self.form = Form.SPARSE
        self.codec = (
            SparseCodec(d, k, float_bits(backend))
            if self.outer is None
            else KeptCodec(self.outer.codec, IndexCodec(d, k))
        )

    def compress(self, vectors: Array, words: Array | None) -> KeptPacket | SparsePacket:
        """The packet of all; words of the inner ones come first."""
        indices, values = None, vectors
        cuts = [self._in_order(own) for own in cut(words, self._counts)]
        for kernel, own in zip(self._keeping, cuts, strict=False):
            chosen: Any = kernel.compress(values, own)
            values = kernel.expand(chosen)
            indices = (
                chosen.indices if indices is None else entries_at(self._backend, indices, chosen.indices)
            )
        assert indices is not None
        if self.outer is None:
            return SparsePacket(indices, self._backend.to_wire(values))
        return KeptPacket(IndexPacket(indices), self.outer.compress(values, cuts[-1]))

    def expand(self, packet: Any) -> Array:
        """The values (rows, k)."""
        if self.outer is None:
            return self._backend.from_wire(packet.values)
        values: Array = self.outer.expand(packet.kept)
        return values

    def _in_order(self, words: Array | None) -> Array | None:
        """Words in order in memory: some kernels read it so."""
        return None if words is None else self._backend.xp.asarray(words, copy=True)


def _keeps(part: Compressor) -> bool:
    """True for a compressor that keeps a fixed number of coordinates."""
    return part.form(part.values) is Form.SPARSE
