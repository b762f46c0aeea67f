"""Sparsification of minimal variance: entries are kept by their size; all kept ones but the largest are sent alike."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..codecs.packets import TailedPacket
from ..codecs.sizes import ceil_log2, expected_index_bits
from .arguments import real
from .base import Compressor, Kernel
from .kernels import float_bits, row_sums
from .papers import Papers, Tails
from .registry import register


@register
class Mvss(Compressor):
    """Q(x)_j = x_j / p_j with probability p_j = min(|x_j| / m, 1), else 0, m such that sum_j p_j = density * d
    (Wangni et al., NeurIPS 2018, Algorithm 3)."""

    name: ClassVar[str] = "mvss"
    doc: ClassVar[str] = (
        "keeps each entry with a probability in proportion to its size, unbiased with the least variance"
    )
    codec: ClassVar[str] = (
        "a float for each entry kept for certain, a sign for each other kept one, their common size, and both sets"
    )
    paper: ClassVar[str] = (
        "s (fb + log2 d) + min(2 d, t log2 d) + fb, s entries kept for certain and t others; log2 rounded up"
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "density",
            ArgumentKind.REAL,
            doc="the mean share of entries that are kept",
            above=0,
            most=1,
            example="0.1",
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._density = real(arguments, "density")

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Entries are kept by their shares of a sum of magnitudes."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Unbiased."""
        return Class.UNBIASED

    def omega(self, d: int) -> float:
        """1/density - 1: rand_p with this density has that, and no p of this mean number has a smaller variance."""
        return 1 / self._density - 1

    def density(self, d: int) -> float:
        """density * d (exact where so many entries are not 0)."""
        return self._density * d

    def bits(self, d: int, float_bits: int) -> float:
        """At most, about: where all kept entries are kept for certain."""
        kept = self._density * d
        return (kept + 1) * float_bits + expected_index_bits(d, round(kept)) + 2 * ceil_log2(d + 1)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """At most: where all kept entries are kept for certain."""
        return self.density(d) * (float_bits + ceil_log2(d)) + float_bits

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """By the numbers of kept entries."""
        return Tails(backend, d, float_bits(backend))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Half a word an entry."""
        return MvssKernel(backend, d, self._density)


class MvssKernel:
    """`Kernel` of mvss.

    The size m that small entries are sent as is rounded to the wire's type, and entries below that are small: unbiased
    for the size that is sent. Entries are rounded to -m, 0 or m as `quantize` rounds to levels.
    """

    def __init__(self, backend: Backend, d: int, density: float) -> None:
        from ..arrays.rounding import Grid, words_for
        from ..codecs.outliers import TailedCodec

        self._backend, self._budget = backend, density * d
        self._grid = Grid(1)
        self.words, self.form = words_for(d), Form.DENSE
        self.codec = TailedCodec(d, float_bits(backend))

    def compress(self, vectors: Array, words: Array | None) -> TailedPacket:
        """One size a row, half a word an entry."""
        backend, xp = self._backend, self._backend.xp
        magnitudes = xp.abs(vectors)
        sizes = backend.to_wire(xp.astype(self._sizes(magnitudes), backend.real))
        size = backend.from_wire(sizes)
        limit = size[:, None]
        large = (magnitudes >= limit) & (magnitudes > 0)
        signs = backend.levels(
            xp.minimum(xp.maximum(vectors, -limit), limit),
            xp.where(size > 0, size, xp.full_like(size, inf)),
            words,
            self._grid,
        )
        small = (signs != 0) & ~large
        kept = xp.where(large, vectors, xp.astype(signs, backend.real) * limit)
        return TailedPacket(
            sizes, large, small, backend.to_wire(xp.where(large | small, kept, xp.zeros_like(kept)))
        )

    def expand(self, packet: TailedPacket) -> Array:
        """(rows, d)."""
        return self._backend.from_wire(packet.values)

    def _sizes(self, magnitudes: Array) -> Array:
        """The m of each row, float64 (rows,), 0 where all that is not 0 is kept for certain.

        m is the sum of the entries below it over what they may be kept; starting from the sum of all, it only falls, until
        no further entry is above it.
        """
        backend, xp = self._backend, self._backend.xp
        sizes = row_sums(backend, magnitudes, lambda part: part) / self._budget
        certain = xp.full(sizes.shape, -1, dtype=xp.int64, device=backend.device)
        while True:
            small = magnitudes < xp.astype(sizes, backend.real)[:, None]
            above = xp.astype(xp.count_nonzero(~small & (magnitudes > 0), axis=1), xp.int64)
            if bool(xp.all(above == certain)):
                return sizes
            certain = above
            rest = row_sums(
                backend, xp.where(small, magnitudes, xp.zeros_like(magnitudes)), lambda part: part
            )
            left = self._budget - xp.astype(above, xp.float64)
            fitted = rest / xp.where(left > 0, left, xp.ones_like(left))
            fitted = xp.where(left > 0, fitted, sizes)
            sizes = xp.where(rest > 0, xp.minimum(sizes, fitted), xp.zeros_like(sizes))
