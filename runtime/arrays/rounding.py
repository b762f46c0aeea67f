"""Random rounding of vectors to whole levels in fixed point; the same words give the same levels on every library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import record

from .numba_dispatch import dispatched
from .threads import each, inner, spans

if TYPE_CHECKING:
    from .backend import Array, HostArray

RANDOM_BITS = 32
"""Random bits per entry: half a word."""

TILED = 1 << 14
"""Entries of a row from which on NumPy works in tiles."""

_TILE = 1 << 16


@record
class Grid:
    """Levels from -s to s in a fixed point of `fraction` bits.

    An entry at t = s x / norm becomes sign(t) floor((|rint(2^fraction t)| + u) / 2^fraction), u uniform on
    range(2^fraction): one of the two levels around t, whose mean is t to within 2^-(fraction + 1). The rounding is odd:
    -x has the negative level under the same u. For s < 128 numbers are int32 and the fraction has 31 bits less those
    of s (28 for s = 7), for larger s they are int64 and it has 32.

    Below 0 that is floor((rint(2^fraction t) + 2^fraction - 1 - u) / 2^fraction): the bits of u are flipped, and no
    sign has to be taken off and put back.
    """

    s: int

    @property
    def wide(self) -> bool:
        """True where numbers in fixed point are int64, false where they are int32."""
        return self.s >= 1 << 7

    @property
    def fraction(self) -> int:
        """Bits behind the point. (s + 1) 2^fraction is at most 2^31, or 2^63: no sum wraps around."""
        return max(0, min(RANDOM_BITS, self.sign - self.s.bit_length()))

    @property
    def unused(self) -> int:
        """Number of low bits of the 32 random ones that are not needed."""
        return RANDOM_BITS - self.fraction

    @property
    def sign(self) -> int:
        """Place of the sign bit of a number in fixed point."""
        return 63 if self.wide else 31

    @property
    def steps(self) -> float:
        """2^fraction s, the factor that takes x / norm into fixed point."""
        return float(self.s << self.fraction)

    @property
    def number(self) -> str:
        """The type of numbers in fixed point."""
        return "int64" if self.wide else "int32"

    @property
    def level(self) -> str:
        """The smallest signed type that holds -s .. s."""
        return f"int{next(bits for bits in (8, 16, 32, 64) if self.s < 1 << (bits - 1))}"


def words_for(entries: int) -> int:
    """64-bit words that hold the random bits of so many entries."""
    return -(-entries * RANDOM_BITS // 64)


def levels_at_once(xp: Any, vectors: Array, norms: Array, halves: Array, grid: Grid) -> Array:
    """`Backend.levels` from the halves of words, in array-API operations."""
    places = vectors / norms[:, None]
    places *= grid.steps
    numbers = xp.astype(xp.round(places), getattr(xp, grid.number))
    turned = xp.where(numbers < 0, ~halves, halves)
    numbers += xp.astype(turned >> grid.unused, numbers.dtype)
    numbers >>= grid.fraction
    return xp.astype(numbers, getattr(xp, grid.level))


@dispatched(lambda vectors, norms, halves, grid: vectors.size)
def levels_by_tiles(vectors: HostArray, norms: HostArray, halves: HostArray, grid: Grid) -> HostArray:
    """`levels_at_once` with NumPy, in tiles that fit the cache and in arrays allocated once."""
    return levels_from_halves(vectors, norms, lambda row, entries: halves[row, entries].copy(), grid)


def levels_from_halves(
    vectors: HostArray, norms: HostArray, halves: Callable[[int, slice], HostArray], grid: Grid
) -> HostArray:
    """`levels_by_tiles` from a function that gives the halves of a row's tile, in an array of their own, which becomes the
    coins; tiles start at multiples of _TILE."""
    rows, d = vectors.shape
    levels = np.empty((rows, d), grid.level)
    places = np.empty(min(d, _TILE), vectors.dtype)
    numbers = np.empty(places.size, grid.number)
    signs = places.view(np.int32)[: places.size]  # free once a tile's places have become numbers
    for row in range(rows):
        for first in range(0, d, _TILE):
            tile = (row, slice(first, min(first + _TILE, d)))
            count = min(_TILE, d - first)
            place, number, sign = places[:count], numbers[:count], signs[:count]
            np.divide(vectors[tile], norms[row], out=place)
            np.multiply(place, place.dtype.type(grid.steps), out=place)
            np.rint(place, out=place)
            np.copyto(number, place, casting="unsafe")
            np.right_shift(number, grid.sign, out=sign, casting="same_kind")
            coin = halves(*tile)
            np.bitwise_xor(coin, sign.view(np.uint32), out=coin)
            np.right_shift(coin, grid.unused, out=coin)
            number += coin if grid.wide else coin.view(np.int32)
            np.right_shift(number, grid.fraction, out=number)
            np.copyto(levels[tile], number, casting="unsafe")
    return levels


@dispatched(lambda levels, norms, s: levels.size)
def values_of_levels(levels: HostArray, norms: HostArray, s: int) -> HostArray:
    """The values (norm * level) / s of levels (rows, d), of the type of norms (rows,): in tiles that fit the cache."""
    values = np.empty(levels.shape, norms.dtype)

    def work(piece: tuple[int, slice]) -> None:
        row = piece[0]
        for part in inner(piece[1], TILED):
            own = values[row, part]
            own[...] = levels[row, part]
            own *= norms[row]
            own /= s

    each(work, spans(*levels.shape))
    return values
