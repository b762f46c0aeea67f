"""Random rounding of magnitudes to powers of two, on bit patterns; the same words give the same on every library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .backend import Array, Backend
    from .power_codes import CodeForm

MANTISSA = {32: 23, 64: 52}
LEAST_EXPONENT = {16: -14, 32: -126, 64: -1022}
"""Least exponent of a normal float, by its bits."""


class PowerGrid:
    """The grid 0, 2^least, 2^(least + 1), …; a magnitude is rounded to one of its two neighbours, unbiased.

    A float's pattern without its sign is exponent and mantissa m of M bits as one integer, and P(up) = m / 2^M: adding M
    random bits carries into the exponent with exactly that probability. First the entry is scaled (exactly) so that
    2^least becomes the least normal float of the type in use: smaller entries become subnormal, whose patterns are
    linear from 0 on.
    """

    def __init__(self, backend: Backend, least: int) -> None:
        xp = backend.xp
        work = max(xp.finfo(backend.real).bits, xp.finfo(backend.wire).bits, 32)
        self._backend = backend
        self._type = xp.float64 if work == 64 else xp.float32
        self._pattern_type = xp.uint64 if work == 64 else xp.uint32
        self.mantissa = MANTISSA[work]
        self._magnitude = (1 << (work - 1)) - 1
        self.scale = 2.0 ** (LEAST_EXPONENT[work] - least)

    def fields(self, vectors: Array, words: Array) -> Array:
        """vectors, words of one shape -> unsigned places on the grid: 0 for 0, 1 for 2^least, 2 for the next power, …"""
        xp = self._backend.xp
        scaled = xp.astype(vectors, self._type, copy=False)
        scaled = scaled if self.scale == 1 else scaled * self.scale
        magnitudes = self._backend.bit_patterns(scaled) & self._magnitude
        magnitudes += xp.astype(words >> (64 - self.mantissa), self._pattern_type, copy=False)
        return magnitudes >> self.mantissa

    def codes(self, vectors: Array, words: Array, sign_place: int) -> Array:
        """Signs above places on the grid, uint16; an entry that is not finite has the largest place of `sign_place` bits."""
        xp, largest = self._backend.xp, (1 << sign_place) - 1
        codes = xp.astype(self.fields(vectors, words), xp.uint16)
        codes = xp.minimum(codes, xp.full_like(codes, largest - 1))
        # largest - 1 is even: the next line sets its last bit, which makes it `largest`, where an entry is not finite
        codes |= xp.astype(~xp.isfinite(vectors), xp.uint16)
        return codes | (xp.astype(xp.signbit(vectors), xp.uint16) << sign_place)

    def form(self, sign_place: int) -> CodeForm:
        """The arithmetic of `codes`, for loops on the host."""
        from .power_codes import CodeForm

        return CodeForm(self._pattern_type.__name__, self.mantissa, self.scale, sign_place)
