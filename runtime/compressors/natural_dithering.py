"""Natural dithering: random rounding to powers of two of the vector's norm (Horvath et al., arXiv:1905.10988)."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, ldexp, log2, sqrt
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.row_forms import RowSymbols
from ..codecs.packets import LevelPacket
from ..codecs.sizes import choice_bits, symbol_bits
from .arguments import ENCODE, level_formula, whole
from .base import Compressor, Kernel, Meaning
from .kernels import euclidean, float_bits, in_tiles, largest, rounded_up, tile_by_tile
from .registry import register

MOST_LEVELS = 127
"""2^(1 - s) is a normal float of 32 bits."""


@register
class NaturalDithering(Compressor):
    """|x_j| / ||x||_p is rounded at random to one of 0, 2^(1 - s), 2^(2 - s), ..., 1/2, 1 around it."""

    name: ClassVar[str] = "natural_dithering"
    doc: ClassVar[str] = "rounds each entry at random to 0 or one of s halvings of the vector's norm"
    codec: ClassVar[str] = (
        "one float and d levels: fields of ceil(log2(2 s + 1)) bits (1.6 for s = 1), or as `encode` says"
    )
    paper: ClassVar[str] = "fb + d ceil(log2(2 s + 1)), of 1.6 d for s = 1"
    paper_alike: ClassVar[bool] = True
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("s", ArgumentKind.INT, doc="levels above 0", least=1, most=MOST_LEVELS, example="4"),
        Argument("norm", ArgumentKind.NORM, default=2.0, doc="2 or inf"),
        ENCODE,
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._s = whole(arguments, "s")
        self._by_root = arguments["norm"] != inf
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
        """1/8 + min(k^2 / 4, k), k = sqrt(d) 2^(1 - s); for s = 1 what quantize(s = 1) has.

        1/8 for entries above the least level t = 2^(1 - s) of the norm; those below add y (t - y) <= min(t^2 / 4, t y)
        each, y being their share of the norm. That is the paper's 1/8 + k min(1, k) with a quarter of k^2.
        """
        root = sqrt(d)
        if self._s == 1:
            return root - 1 if self._by_root else (root - 1) / 2
        k = ldexp(root, 1 - self._s)
        return 1 / 8 + min(k * k / 4, k)

    def density(self, d: int) -> float:
        """At most sqrt(d) 2^(s - 1) for the Euclidean norm: an entry is kept with probability min(1, y 2^(s - 1))."""
        return min(float(d), ldexp(sqrt(d), self._s - 1)) if self._by_root else float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """Fixed; for other encodings an upper bound."""
        return float(float_bits + symbol_bits(d, 2 * self._s + 1) + choice_bits(self._encode))

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
        """Fields of one size."""
        return float(float_bits + symbol_bits(d, 2 * self._s + 1))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernel, bound to d."""
        return NaturalDitheringKernel(backend, d, self._s, self._by_root, self._encode)


class NaturalDitheringKernel:
    """`Kernel` of natural_dithering. A level l > 0 stands for 2^(l - s) times the norm, which is rounded up to the wire's
    type, so that shares of it stay within 1."""

    def __init__(self, backend: Backend, d: int, s: int, by_root: bool, encode: str) -> None:
        from ..arrays.powers import PowerGrid
        from ..codecs.levels import level_codec

        self._backend, self._d, self._s = backend, d, s
        self._by_root, self._norms = by_root, euclidean if by_root else largest
        self._grid = PowerGrid(backend, 1 - s)
        self._table = _shares(backend, s)
        self.words = d
        self.form = Form.DENSE
        self.codec = level_codec(d, s, float_bits(backend), encode)

    @property
    def of_symbols(self) -> RowSymbols | None:
        """As fused rounds call it, for short vectors and levels in fields."""
        import numpy as np  # specs are checked where there is none

        slot, grid, wire = getattr(self.codec, "slot", None), self._grid, float_bits(self._backend)
        if slot is None or in_tiles(self._backend, self._d) or not isinstance(self._table, np.ndarray):
            return None
        plan = np.array((2 * self._s + 1, self._s, self._by_root, wire == 32, grid.mantissa), np.int64)
        return RowSymbols("halvings", 1, wire // 8, slot, plan, np.append(grid.scale, self._table))

    def compress(self, vectors: Array, words: Array | None) -> LevelPacket:
        """One norm a row, one word an entry."""
        backend, xp = self._backend, self._backend.xp
        scales = rounded_up(backend, self._norms(backend, vectors))
        norms = backend.from_wire(scales)[:, None]
        norms = xp.where(norms > 0, norms, xp.full_like(norms, inf))  # x / inf: all levels are 0
        assert words is not None
        levels = tile_by_tile(
            backend,
            vectors.shape,
            xp.int8,
            lambda tile: self._levels(vectors[tile], norms[tile[0], ...], words[tile]),
        )
        return LevelPacket(scales, levels)

    def expand(self, packet: LevelPacket) -> Array:
        """(rows, d)."""
        xp, levels = self._backend.xp, packet.levels
        places = xp.astype(xp.reshape(levels, (-1,)), xp.int64) + self._s
        shares = xp.reshape(xp.take(self._table, places), levels.shape)
        return shares * self._backend.from_wire(packet.scales)[:, None]

    def _levels(self, vectors: Array, norms: Array, words: Array) -> Array:
        xp = self._backend.xp
        levels = xp.astype(self._grid.fields(vectors / norms, words), xp.int8)
        return xp.where(vectors < 0, -levels, levels)


def _shares(backend: Backend, s: int) -> Array:
    """The levels -s .. s as shares of the norm, in the computations' type."""
    import numpy as np

    powers = np.ldexp(1.0, np.arange(1 - s, 1))
    shares = np.concatenate((-powers[::-1], np.zeros(1), powers))
    return backend.xp.astype(backend.to_device(shares), backend.real)
