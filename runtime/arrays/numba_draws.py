"""Loops of draws that numba compiles: subsets by Floyd's algorithm, which `chance.distinct` describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray


@fast
def subsets_drawn(words: HostArray, units: HostArray, spare: int, subsets: HostArray) -> None:
    """Fill subsets (rows, k) from words (rows, k): in sequence, each value is put in its place among those before."""
    for row in range(words.shape[0]):
        for j in range(words.shape[1]):
            value = np.int64(np.float64(words[row, j] >> np.uint64(11)) * units[j])
            place = j
            while place > 0 and subsets[row, place - 1] > value:
                place -= 1
            if place > 0 and subsets[row, place - 1] == value:
                subsets[row, j] = spare + j  # larger than all before
                continue
            for later in range(j, place, -1):
                subsets[row, later] = subsets[row, later - 1]
            subsets[row, place] = value
