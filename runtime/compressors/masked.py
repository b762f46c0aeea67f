"""Compressors that keep a varying number of entries: each by a coin of its own, or all beyond a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, lgamma, log, log1p
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..codecs.packets import MaskedPacket
from ..codecs.sizes import ceil_log2, expected_index_bits
from .arguments import real
from .base import Compressor, Kernel, Meaning
from .kernels import float_bits
from .registry import register

COINS = 1 << 32
"""Values of the 32 random bits that a coin is flipped with."""

SUMMED = 1 << 10
"""So long a vector's expected bits are summed over all numbers of kept entries; beyond they are those of the mean."""


@register
class RandP(Compressor):
    """Q(x)_j = x_j / p with probability p, else 0, each entry for itself.

    p is rounded to a multiple of 2^-32, and entries are divided by that.
    """

    name: ClassVar[str] = "rand_p"
    doc: ClassVar[str] = "keeps each entry with probability p, divided by p to be unbiased"
    codec: ClassVar[str] = "a float for each kept entry, the set of their coordinates, and their number"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "p", ArgumentKind.REAL, doc="the probability to keep an entry", above=0, most=1, example="0.1"
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._heads = max(1, round(real(arguments, "p") * COINS))
        self._p = self._heads / COINS

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """It is linear for given coins."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    @classmethod
    def writes_some(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True: the entries kept."""
        return True

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Unbiased."""
        return Class.UNBIASED

    def omega(self, d: int) -> float:
        """1/p - 1 (exact)."""
        return 1 / self._p - 1

    def density(self, d: int) -> float:
        """p d (exact, but for entries that are 0)."""
        return self._p * d

    def bits(self, d: int, float_bits: int) -> float:
        """In the mean over the coins; beyond a thousand entries those of the mean number of kept ones."""
        if d > SUMMED:
            sets = expected_index_bits(d, round(self._p * d))
        else:
            sets = sum(_binomial(d, t, self._p) * expected_index_bits(d, t) for t in range(d + 1))
        return self._p * d * float_bits + sets + ceil_log2(d + 1)

    def meaning_of_bits(self, d: int) -> Meaning:
        """A mean over the coins, of many entries nearly."""
        return Meaning.ABOUT if d > SUMMED else Meaning.MEAN

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Half a word an entry."""
        return RandPKernel(backend, d, self._heads)


@register
class ThresholdK(Compressor):
    """C(x)_j = x_j where |x_j| >= t, else 0. Each entry loses less than t, ||C(x) - x||^2 <= d t^2: an absolute
    error, so it is neither unbiased nor contractive."""

    name: ClassVar[str] = "threshold_k"
    doc: ClassVar[str] = "keeps the entries of magnitude t and more"
    codec: ClassVar[str] = "a float for each kept entry, the set of their coordinates, and their number"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("t", ArgumentKind.REAL, doc="the least magnitude that is kept", above=0, example="1"),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._t = real(arguments, "t")

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Entries are kept by their magnitudes."""
        return frozenset({Trait.DETERMINISTIC, Trait.ODD, Trait.SELECTING})

    @classmethod
    def writes_some(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True: the entries kept."""
        return True

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class: neither unbiased nor contractive."""
        return Class.NEITHER

    def density(self, d: int) -> float:
        """At most d: the vector decides."""
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """At most: of a vector of which all but perhaps one entry are kept."""
        return float(d * float_bits + ceil_log2(d + 1) + ceil_log2(d))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Deterministic."""
        return ThresholdKernel(backend, d, self._t)


class MaskedKernel:
    """The common part of both kernels: the codec and the expansion."""

    def __init__(self, backend: Backend, d: int, words: int) -> None:
        from ..codecs.supports import MaskedCodec

        self._backend, self._d = backend, d
        self.words, self.form = words, Form.DENSE
        self.codec = MaskedCodec(d, float_bits(backend))

    def expand(self, packet: MaskedPacket) -> Array:
        """(rows, d)."""
        return self._backend.from_wire(packet.values)

    def _packet(self, mask: Array, values: Array) -> MaskedPacket:
        xp = self._backend.xp
        return MaskedPacket(mask, self._backend.to_wire(xp.where(mask, values, xp.zeros_like(values))))


class RandPKernel(MaskedKernel):
    """`Kernel` of rand_p: an entry is kept when its coin of 32 bits is below `heads`."""

    def __init__(self, backend: Backend, d: int, heads: int) -> None:
        from ..arrays.rounding import words_for

        super().__init__(backend, d, words_for(d))
        self._heads = heads

    def compress(self, vectors: Array, words: Array | None) -> MaskedPacket:
        """One coin an entry."""
        coins = self._backend.halves(words, self._d)
        return self._packet(coins <= self._heads - 1, vectors / (self._heads / COINS))


class ThresholdKernel(MaskedKernel):
    """`Kernel` of threshold_k."""

    def __init__(self, backend: Backend, d: int, t: float) -> None:
        super().__init__(backend, d, 0)
        self._t = t

    def compress(self, vectors: Array, words: Array | None) -> MaskedPacket:
        """By magnitude."""
        return self._packet(self._backend.xp.abs(vectors) >= self._t, vectors)


def _binomial(d: int, t: int, p: float) -> float:
    """The chance of t heads among d."""
    if p == 1:
        return float(t == d)
    ways = lgamma(d + 1) - lgamma(t + 1) - lgamma(d - t + 1)
    return exp(ways + t * log(p) + (d - t) * log1p(-p))
