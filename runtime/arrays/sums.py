"""Sums and maxima for the norms and means of long rows of host arrays; sums in fixed pieces, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

COLUMNS = 1 << 15
"""Entries of a piece: NumPy sums within it pairwise, pieces are added one by one."""


@dispatched(lambda vectors: vectors.size)
def square_sums(vectors: HostArray) -> HostArray:
    """(rows, d) -> (rows,): the sum of the squares of each row."""
    return plain_sums(vectors, np.square, np.zeros(len(vectors)))


@dispatched(lambda vectors: vectors.size)
def magnitude_sums(vectors: HostArray) -> HostArray:
    """(rows, d) -> (rows,): the sum of the magnitudes of each row."""
    return plain_sums(vectors, np.abs, np.zeros(len(vectors)))


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
    """(rows, pieces) -> (rows,): the sums of pieces' sums, one by one."""
    total = np.zeros(len(pieces))
    for column in pieces.T:
        total += column
    return total


def plain_sums(vectors: HostArray, term: np.ufunc, total: HostArray) -> HostArray:
    """Add the terms of the entries, by a ufunc, to the total of each row; return it."""
    rows, d = vectors.shape
    room = np.empty(min(d, COLUMNS))
    for row in range(rows):
        for first in range(0, d, COLUMNS):
            part = vectors[row, first : first + COLUMNS]
            total[row] += np.add.reduce(term(part, out=room[: part.size], dtype=np.float64))
    return total
