"""Random dithering onto s levels of a norm: QSGD (Alistarh et al., NeurIPS 2017) and its l_inf sibling."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, sqrt
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form

from ..arrays.backend import Array, Backend
from ..codecs.packets import LevelPacket
from ..codecs.sizes import choice_bits, rice_level_bits, symbol_bits
from . import errors
from .arguments import ENCODE
from .base import Compressor, Kernel
from .kernels import float_bits, in_tiles, row_sums, tiles
from .registry import register


@register
class Quantize(Compressor):
    """Q(x)_j = ||x||_p sign(x_j) floor(s |x_j| / ||x||_p + u_j) / s, u_j uniform (reference, C6)."""

    name: ClassVar[str] = "quantize"
    doc: ClassVar[str] = "rounds each entry at random to one of s levels of the vector's norm (QSGD)"
    codec: ClassVar[str] = (
        "one float and d levels: fields of ceil(log2(2 s + 1)) bits (1.6 for s = 1), or as `encode` says"
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("s", ArgumentKind.INT, doc="levels above 0, from 1 on"),
        Argument("norm", ArgumentKind.NORM, default=2.0, doc="2 or inf"),
        ENCODE,
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        """`SetupError` for s < 1."""
        super().__init__(**arguments)
        self._s = int(arguments["s"])  # type: ignore[arg-type]
        self._euclidean = arguments["norm"] != inf
        self._encode = str(arguments["encode"])
        if self._s < 1:
            raise errors.below_one(self.name, "s", self._s)

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Unbiased."""
        return Class.UNBIASED

    def omega(self, d: int) -> float:
        """The tightest bound of the reference; exact for s = 1."""
        s, root = self._s, sqrt(d)
        if self._euclidean:
            return root - 1 if s == 1 else min(d / (4 * s * s), root / s)
        return (root - 1) / 2 if s == 1 else min(d / (4 * s * s), (1 + root) / (2 * s))

    def density(self, d: int) -> float:
        """At most s (s + sqrt d) for the Euclidean norm (QSGD, Lemma 3.1), d for the other."""
        return min(float(d), self._s * (self._s + sqrt(d))) if self._euclidean else float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """Fixed; for other encodings about what no vector exceeds in the mean.

        For the Euclidean norm E sum_j |level_j| = s ||x||_1 / ||x||_2 <= s sqrt d.
        """
        fixed = symbol_bits(d, 2 * self._s + 1)
        if self._encode == "fixed":
            return float(float_bits + fixed)
        body = min(fixed, rice_level_bits(d, self._s, self._s * sqrt(d))) if self._euclidean else fixed
        return float_bits + body + choice_bits(self._encode)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Bound to d."""
        return QuantizeKernel(backend, d, self._s, self._euclidean, self._encode)


class QuantizeKernel:
    """`Kernel` of quantize.

    The norm is rounded up to the wire's type, so that s |x_j| / norm stays within [0, s] and the rounding
    unbiased. An entry t = s |x_j| / norm goes up to floor(t) + 1 when u_j + (t - floor(t)) >= 1: that is
    floor(t + u_j) without the rounding of this sum. The result is (norm * level) / s, level signed, from the norm
    as sent.
    """

    def __init__(self, backend: Backend, d: int, s: int, euclidean: bool, encode: str) -> None:
        from ..chance.uniforms import uniforms
        from ..codecs.levels import level_codec
        from ..codecs.symbols import level_dtype

        xp, bits = backend.xp, float_bits(backend)
        self._backend, self._d, self._s = backend, d, s
        self._norms = _euclidean if euclidean else _largest
        self._uniforms = uniforms
        self._level_type = getattr(xp, level_dtype(s).name)
        self._least = 2.0**-149 if xp.finfo(backend.real).bits == 32 else 2.0**-1074  # positive float
        self.words = d
        self.form = Form.DENSE
        self.codec = level_codec(d, s, bits, encode)

    def compress(self, vectors: Array, words: Array | None) -> LevelPacket:
        """One norm a row, one uniform an entry."""
        xp = self._backend.xp
        scales = _rounded_up(self._backend, self._norms(self._backend, vectors))
        # the least positive float in place of 0: zeros stay zeros
        divisors = xp.maximum(self._backend.from_wire(scales), self._least)[:, None]
        if not in_tiles(self._backend, self._d):
            return LevelPacket(scales, self._levels(vectors, divisors, words))
        levels = xp.empty(vectors.shape, dtype=self._level_type, device=self._backend.device)
        for tile in tiles(vectors.shape):
            levels[tile] = self._levels(vectors[tile], divisors[tile[0], :], words[tile])  # type: ignore[index]
        return LevelPacket(scales, levels)

    def expand(self, packet: LevelPacket) -> Array:
        """(rows, d)."""
        norms = self._backend.from_wire(packet.scales)[:, None]
        values = self._backend.xp.astype(packet.levels, self._backend.real)
        values *= norms
        values /= self._s
        return values

    def _levels(self, vectors: Array, divisors: Array, words: Array | None) -> Array:
        xp = self._backend.xp
        places = xp.abs(vectors)
        places /= divisors
        places *= self._s
        below = xp.floor(places)
        places -= below
        chances = self._uniforms(self._backend, words)
        chances += places
        levels = xp.astype(below, self._level_type)
        levels += xp.astype(chances >= 1, self._level_type)
        negative = xp.astype(vectors < 0, self._level_type)
        levels ^= (
            -negative
        )  # with the next line the negation in two's complement, several times quicker than `where`
        levels += negative
        return levels


def _largest(backend: Backend, vectors: Array) -> Array:
    """max |x_j| of each row."""
    xp = backend.xp
    return xp.maximum(xp.max(vectors, axis=1), -xp.min(vectors, axis=1))


def _euclidean(backend: Backend, vectors: Array) -> Array:
    """The Euclidean norm of each row, float64; 0 where it is below 2^-500 and its squares lose digits."""
    xp = backend.xp
    total = row_sums(backend, vectors, lambda entries: entries * entries)
    return xp.sqrt(xp.where(total < 2.0**-1000, xp.zeros_like(total), total))


def _rounded_up(backend: Backend, norms: Array) -> Array:
    """norms (rows,) in the wire's type, no smaller than they were."""
    xp = backend.xp
    nearest = backend.to_wire(norms)
    if nearest.dtype == norms.dtype:
        return nearest
    above = xp.nextafter(nearest, xp.full_like(nearest, inf))
    return xp.where(xp.astype(nearest, norms.dtype) < norms, above, nearest)
