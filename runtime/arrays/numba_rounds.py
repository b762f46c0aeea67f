"""Functions that fused rounds call (`dsl.emit.fused`): one entry or one row each, compiled where they are called."""

from __future__ import annotations

from math import fabs, isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import empty, float32, float64, int64, uint8, uint64

from .numba_bits import fast
from .numba_draws import by_floyd, by_keys, by_magnitude, everything, words_drawn

if TYPE_CHECKING:
    from .backend import HostArray

__all__ = [
    "by_floyd",
    "by_keys",
    "by_magnitude",
    "curved",
    "draw_words",
    "empty",
    "everything",
    "fabs",
    "fast",
    "float32",
    "float64",
    "int64",
    "isfinite",
    "sqrt",
    "square",
    "uint8",
    "uint64",
    "uniform",
    "wired_float32",
    "wired_float64",
]


@fast
def wired_float32(number: float) -> float:
    """A number as it arrives in a message of single floats."""
    return float64(np.float32(number))


@fast
def wired_float64(number: float) -> float:
    """A number as it arrives in a message of double floats."""
    return number


@fast
def square(number: float) -> float:
    """The number times itself."""
    return number * number


@fast
def curved(curvatures: HostArray, shifts: HostArray, i: int, j: int, entry: float) -> Any:
    """Entry (i, j) of the gradient of a separable quadratic."""
    return curvatures[i, j] * entry - shifts[i, j]


@fast
def draw_words(key: HostArray, turn: int, row: int, words: HostArray) -> None:
    """Fill words (whole blocks) with those of a row of a draw site, `turn` being the round + 1."""
    first, zero = uint64(row * (words.size // 4)), uint64(0)
    words_drawn(key[0], key[1], first, uint64(turn), zero, zero, words)


@fast
def uniform(key: HostArray, turn: int) -> float:
    """The uniform number of a draw of one value."""
    words = empty(4, uint64)
    draw_words(key, turn, 0, words)
    return float64(words[0] >> uint64(11)) * 2.0**-53
