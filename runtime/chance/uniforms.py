"""Random words -> uniform reals and integers, by operations that round alike on every library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend

UNIT = 2.0**-53


def uniforms(backend: Backend, words: Array) -> Array:
    """uint64 words -> float64 in [0, 1), of the same shape: the upper 53 bits, exactly."""
    xp = backend.xp
    return xp.astype(words >> 11, xp.float64) * UNIT


def below(xp: Any, words: Array, bounds: Array | float) -> Array:
    """uint64 words -> int64 in [0, bounds), shapes broadcast; float64 bounds, whole numbers from 1 to 2**53.

    floor(u * bound) with u of 53 bits: a value's chance is off by at most 2**-53. The product is rounded once
    and stays below the bound: at most bound * (1 - 2**-53), it is nearer to the float below than to it.
    """
    return scaled(xp, words, bounds * UNIT)


def scaled(xp: Any, words: Array, units: Array | float) -> Array:
    """`below` for bounds that are multiplied by UNIT already."""
    return xp.astype(xp.astype(words >> 11, xp.float64) * units, xp.int64)


def uniform(word: int) -> float:
    """One word -> the float that `uniforms` makes of it."""
    return (word >> 11) * UNIT


def open_uniform(word: int) -> float:
    """One word -> the float that `open_uniforms` makes of it."""
    return ((word >> 12) + 0.5) * 2.0**-52


def open_uniforms(xp: Any, words: Array) -> Array:
    """uint64 words -> float64 in (0, 1), symmetric about 1/2: the upper 52 bits and a half, exactly."""
    return (xp.astype(words >> 12, xp.float64) + 0.5) * 2.0**-52
