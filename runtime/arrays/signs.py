"""Signs of long rows on the host, and signed rows: one magnitude for each, negated where a mask is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_dispatch import dispatched
from .sums import COLUMNS, in_order
from .threads import each, inner, spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from .backend import HostArray
    from .pieces import Pieces

_TILE = 1 << 15


@dispatched(lambda magnitudes, negative: negative.size)
def signed_rows(magnitudes: HostArray, negative: HostArray) -> HostArray:
    """magnitudes (rows,), negative (rows, d) bool -> (rows, d), by setting sign bits."""
    rows, d = negative.shape
    size = magnitudes.dtype.itemsize
    kind = np.dtype(f"u{size}").type
    patterns = np.empty((rows, d), kind)
    for row, pattern in enumerate(magnitudes.view(kind)):
        for first in range(0, d, _TILE):
            tile = patterns[row, first : first + _TILE]
            flags = negative[row, first : first + _TILE].view(np.uint8)
            np.left_shift(flags, kind(8 * size - 1), out=tile, dtype=kind)
            np.bitwise_xor(tile, pattern, out=tile)
    return patterns.view(magnitudes.dtype)


@dispatched(lambda vectors: vectors.size)
def signs_and_sums(vectors: HostArray | Pieces) -> tuple[HostArray, HostArray]:
    """(rows, d) -> true where an entry is negative, and the sums of magnitudes (rows,) as `sums` has them; entries are read
    once."""

    def sum_of(entries: HostArray, negative: HostArray) -> float:
        np.less(entries, 0, out=negative)
        return float(np.add.reduce(np.abs(entries, dtype=np.float64)))

    return by_pieces(vectors, sum_of)


def signs_alone(vectors: HostArray | Pieces) -> HostArray:
    """(rows, d) -> true where an entry is negative."""

    def no_sum(entries: HostArray, negative: HostArray) -> float:
        np.less(entries, 0, out=negative)
        return 0.0

    return by_pieces(vectors, no_sum)[0]


def by_pieces(
    vectors: HostArray | Pieces, sum_of: Callable[[HostArray, HostArray], float]
) -> tuple[HostArray, HostArray]:
    """`signs_and_sums` from a function that fills a piece's signs, and gives the sum of its magnitudes."""
    rows, d = vectors.shape
    negative, found = np.empty((rows, d), np.bool_), np.empty((rows, -(-d // COLUMNS)))

    def work(piece: tuple[int, slice]) -> None:
        row = piece[0]
        for part in inner(piece[1], COLUMNS):
            found[row, part.start // COLUMNS] = sum_of(vectors[row, part], negative[row, part])

    each(work, spans(rows, d))
    return negative, in_order(found)
