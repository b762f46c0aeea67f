"""Signed rows on the host: one magnitude for each long row, negated where a mask is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

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
