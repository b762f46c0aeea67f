"""Random dithering onto s levels of a norm: QSGD (Alistarh et al., NeurIPS 2017) and its l_inf sibling."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf, log2, sqrt
from typing import TYPE_CHECKING, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.lazy_words import PendingWords
from ..arrays.row_forms import RowSymbols
from ..codecs.packets import LevelPacket
from ..codecs.sizes import choice_bits, rice_level_bits, symbol_bits
from .arguments import ENCODE, level_formula, whole
from .base import Compressor, Kernel, Meaning
from .kernels import euclidean, float_bits, largest, on_numpy_in_tiles, rounded_up
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.terms import Term, Terms


@register
class Quantize(Compressor):
    """Q(x)_j = ||x||_p sign(x_j) floor(s |x_j| / ||x||_p + u_j) / s, u_j uniform."""

    name: ClassVar[str] = "quantize"
    doc: ClassVar[str] = "rounds each entry at random to one of s levels of the vector's norm (QSGD)"
    codec: ClassVar[str] = (
        "one float and d levels: fields of ceil(log2(2 s + 1)) bits (1.6 for s = 1), or as `encode` says"
    )
    paper: ClassVar[str] = (
        "fb + d ceil(log2(2 s + 1)), of 1.6 d for s = 1; with `encode` and norm = 2 QSGD's Elias bound if that is less"
    )
    paper_alike: ClassVar[bool] = True
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("s", ArgumentKind.INT, doc="levels above 0", least=1, example="4"),
        Argument("norm", ArgumentKind.NORM, default=2.0, doc="2 or inf"),
        ENCODE,
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._s = whole(arguments, "s")
        self._euclidean = arguments["norm"] != inf
        self._encode = str(arguments["encode"])

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Shares of the norm are rounded by their magnitudes, and signs kept."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Unbiased."""
        return Class.UNBIASED

    def omega(self, d: int) -> float:
        """min(d / 4s^2, sqrt(d) / s), for norm = inf min(d / 4s^2, (1 + sqrt(d)) / 2s); for s = 1 sqrt(d) - 1, half of that.

        Tighter than QSGD's Lemma 3.1; those for s = 1 are exact.
        """
        s, root = self._s, sqrt(d)
        if self._euclidean:
            return root - 1 if s == 1 else min(d / (4 * s * s), root / s)
        return (root - 1) / 2 if s == 1 else min(d / (4 * s * s), (1 + root) / (2 * s))

    def density(self, d: int) -> float:
        """At most s (s + sqrt d) for the Euclidean norm (QSGD, Lemma 3.1), d for the other."""
        return min(float(d), self._s * (self._s + sqrt(d))) if self._euclidean else float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """Fixed; for other encodings about an upper bound of the mean.

        For the Euclidean norm E sum_j |level_j| = s ||x||_1 / ||x||_2 <= s sqrt d.
        """
        fixed = symbol_bits(d, 2 * self._s + 1)
        if self._encode == "fixed":
            return float(float_bits + fixed)
        body = min(fixed, rice_level_bits(d, self._s, self._s * sqrt(d))) if self._euclidean else fixed
        return float_bits + body + choice_bits(self._encode)

    def entropy_bits(self, d: int, float_bits: int) -> float:
        """At most: a float, and levels that are all as likely."""
        return min(self.bits(d, float_bits), float_bits + d * log2(2 * self._s + 1))

    def formula(self, float_bits: int) -> str:
        """As `bits`, of levels in fields."""
        return level_formula(self._s) if self._encode == "fixed" else ""

    def meaning_of_bits(self, d: int) -> Meaning:
        """Fixed, unless `encode` lets the vector decide."""
        return Meaning.MEAN if self._encode == "fixed" else Meaning.AT_MOST

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Fields of one size; with codes that vary, for the Euclidean norm, no more than QSGD's bound on Elias codes."""
        fixed = float_bits + symbol_bits(d, 2 * self._s + 1)
        varies = self._euclidean and self._encode != "fixed"
        return float(min(fixed, float_bits + elias_bound(d, self._s)) if varies else fixed)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernel, bound to d."""
        return QuantizeKernel(backend, d, self._s, self._euclidean, self._encode)


def elias_bound(d: int, s: int) -> int:
    """(3 + 3/2 log2(2 (s^2 + d) / (s (s + sqrt d)))) s (s + sqrt d): bits of Elias codes of levels and gaps, at most in the
    mean (Alistarh et al., Theorem 3.2)."""
    most = s * (s + sqrt(d))
    return ceil((3 + 1.5 * log2(2 * (s * s + d) / most)) * most)


class QuantizeKernel:
    """`Kernel` of quantize.

    The norm is rounded up to the wire's type, so that t_j = s x_j / norm stays within [-s, s] and the rounding
    unbiased. Levels are sign(x_j) floor(|t_j| + u_j). `Grid` has the sum exactly, in fixed point. The result is
    (norm * level) / s, from the norm as sent.
    """

    def __init__(self, backend: Backend, d: int, s: int, by_root: bool, encode: str) -> None:
        from ..arrays.rounding import TILED, Grid, words_for
        from ..codecs.levels import level_codec

        bits = float_bits(backend)
        self._backend, self._d, self._s = backend, d, s
        self._by_root, self._wire_bits = by_root, bits
        self._norms = euclidean if by_root else largest
        self._grid = Grid(s)
        self.words = words_for(d)
        self.columnwise = True
        self.draws_late = self.reads_pieces = d >= TILED
        self.form = Form.DENSE
        self.codec = level_codec(d, s, bits, encode)

    @property
    def of_symbols(self) -> RowSymbols | None:
        """As fused rounds call it, for levels in fields."""
        import numpy as np  # specs are checked where there is none

        grid, slot = self._grid, getattr(self.codec, "slot", None)
        if slot is None or self.draws_late:
            return None
        rounding = (grid.wide, grid.unused, grid.fraction)
        plan = (2 * self._s + 1, self._s, self._by_root, self._wire_bits == 32, *rounding)
        factors = np.array([grid.steps, self._s], np.float64)
        return RowSymbols("levels", 1, self._wire_bits // 8, slot, np.array(plan, np.int64), factors)

    def compress(self, vectors: Array, words: Array | PendingWords | None) -> LevelPacket:
        """One norm a row, half a word an entry."""
        scales = rounded_up(self._backend, self._norms(self._backend, vectors))
        xp, norms = self._backend.xp, self._backend.from_wire(scales)
        norms = xp.where(norms > 0, norms, xp.full_like(norms, inf))  # x / inf: all levels are 0
        return LevelPacket(scales, self._backend.levels(vectors, norms, words, self._grid))

    def expand(self, packet: LevelPacket) -> Array:
        """(rows, d)."""
        if on_numpy_in_tiles(self._backend, packet.levels):
            from ..arrays.rounding import values_of_levels

            return values_of_levels(packet.levels, self._backend.from_wire(packet.scales), self._s)
        norms = self._backend.from_wire(packet.scales)[:, None]
        values = self._backend.xp.astype(packet.levels, self._backend.real)
        values *= norms
        values /= self._s
        return values

    def sum_rows(self, packet: LevelPacket, total: HostArray, behind: bool = False) -> None:
        """As `ColumnwiseKernel` has it."""
        from ..arrays.row_sums import sum_levels

        sum_levels(packet.levels, self._backend.from_wire(packet.scales), self._s, total, behind)

    def term(self, packet: LevelPacket, row: int, terms: Terms) -> Term:
        """As `ColumnwiseKernel` has it."""
        from ..arrays.terms import Term

        norm = self._backend.from_wire(packet.scales)[row]
        level, kind = terms.entry(packet.levels[row]), norm.dtype
        scaled = f"{kind.name}({level}) * {terms.number(norm)}"
        return Term(terms, f"({scaled} / {terms.number(kind.type(self._s))})", kind)
