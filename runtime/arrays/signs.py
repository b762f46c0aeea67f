"""Signs of long rows on the host, and signed rows: one magnitude for each, negated where a mask is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_dispatch import dispatched
from .sums import COLUMNS, in_order, magnitudes
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

    def fill(entries: HostArray, negative: HostArray, sums: HostArray) -> None:
        np.less(entries, 0, out=negative)
        sums[0] = np.add.reduce(magnitudes(entries))

    return by_pieces(vectors, fill, COLUMNS)


@dispatched(lambda vectors: vectors.size)
def signs_alone(vectors: HostArray | Pieces) -> HostArray:
    """(rows, d) -> true where an entry is negative."""

    def fill(entries: HostArray, negative: HostArray, sums: HostArray) -> None:
        np.less(entries, 0, out=negative)

    return by_pieces(vectors, fill, COLUMNS)[0]


def by_pieces(
    vectors: HostArray | Pieces, fill: Callable[[HostArray, HostArray, HostArray], None], size: int
) -> tuple[HostArray, HostArray]:
    """`signs_and_sums` from a function that fills the signs of so many neighbours, whole pieces of COLUMNS, and the sum of
    magnitudes of each of these."""
    rows, d = vectors.shape
    negative, found = np.empty((rows, d), np.bool_), np.zeros((rows, -(-d // COLUMNS)))

    def work(piece: tuple[int, slice]) -> None:
        row = piece[0]
        for part in inner(piece[1], size):
            sums = found[row, part.start // COLUMNS : -(-part.stop // COLUMNS)]
            fill(vectors[row, part], negative[row, part], sums)

    each(work, spans(rows, d))
    return negative, in_order(found)
