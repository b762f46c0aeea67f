"""Sums and maxima for the norms and means of long rows of host arrays; sums in fixed pieces, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

FLOATS = ("float32", "float64")
COLUMNS = 1 << 15
"""Entries of a piece: NumPy sums within it pairwise, pieces are added one by one."""


@dispatched(lambda vectors: vectors.size)
def square_sums(vectors: HostArray) -> HostArray:
    """(rows, d) -> (rows,): the sum of the squares of each row."""
    return plain_sums(vectors, squares, np.zeros(len(vectors)))


@dispatched(lambda vectors: vectors.size)
def magnitude_sums(vectors: HostArray) -> HostArray:
    """(rows, d) -> (rows,): the sum of the magnitudes of each row."""
    return plain_sums(vectors, magnitudes, np.zeros(len(vectors)))


@dispatched(lambda vectors: vectors.size)
def largest_magnitudes(vectors: HostArray) -> HostArray:
    """(rows, d) -> (rows,), of the vectors' type: the largest magnitude of each row; NaN if it has one."""
    rows, d = vectors.shape
    most, least = vectors[:, :1][:, 0].copy(), vectors[:, :1][:, 0].copy()
    for row in range(rows):
        for first in range(0, d, COLUMNS):  # read twice, but from memory once
            part = vectors[row, first : first + COLUMNS]
            most[row] = np.maximum(most[row], part.max())
            least[row] = np.minimum(least[row], part.min())
    found: HostArray = np.maximum(most, -least)
    return found


def in_order(pieces: HostArray) -> HostArray:
    """(rows, pieces) -> (rows,): the sums of pieces' sums, which are not below 0, one by one."""
    if not pieces.shape[1]:
        return np.zeros(len(pieces))
    found: HostArray = np.add.accumulate(pieces, axis=1)[:, -1]
    return found


def plain_sums(vectors: HostArray, terms: Callable[[HostArray], HostArray], total: HostArray) -> HostArray:
    """Add the terms of the entries, in float64, to the total of each row; return it."""
    rows, d = vectors.shape
    for row in range(rows):
        for first in range(0, d, COLUMNS):
            total[row] += np.add.reduce(terms(vectors[row, first : first + COLUMNS]))
    return total


def squares(entries: HostArray) -> HostArray:
    """The squares of a piece's entries, in float64. NumPy converts faster what a copy has put into the cache, measured."""
    if entries.dtype == np.float64:
        return np.square(entries)
    wide: HostArray = entries.copy().astype(np.float64)
    return np.square(wide, out=wide)


def magnitudes(entries: HostArray) -> HostArray:
    """The magnitudes of a piece's entries, in float64."""
    return np.abs(entries).astype(np.float64, copy=False)
