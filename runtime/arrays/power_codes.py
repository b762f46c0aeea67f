"""Codes of entries rounded to powers of two, of long rows on the host: tile by tile, words drawn where they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import record

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray
    from .lazy_words import PendingWords, Source
    from .powers import PowerGrid

CODE_TILE = 1 << 14
"""Entries of a row that are worked on at once."""


@record
class CodeForm:
    """The arithmetic of `PowerGrid.codes`: the type of patterns, bits of a mantissa, and the factor that scales entries."""

    pattern: str
    mantissa: int
    scale: float
    sign_place: int

    @property
    def number(self) -> np.dtype[np.floating]:
        """The type of floats that have these patterns."""
        return np.dtype("float64" if self.pattern == "uint64" else "float32")


@record
class DrawnLate:
    """The grid of a kernel with the backend whose words it draws."""

    backend: Source
    grid: PowerGrid
    form: CodeForm


@dispatched(lambda late, vectors, pending: vectors.size)
def drawn_codes(late: DrawnLate, vectors: HostArray, pending: PendingWords) -> HostArray:
    """`PowerGrid.codes` of vectors (rows, d) with pending words, one an entry, of which no more than a tile's are held."""
    codes = np.empty(vectors.shape, np.uint16)
    for row, first in np.ndindex(len(vectors), -(-vectors.shape[1] // CODE_TILE)):
        part: Any = (row, slice(first * CODE_TILE, (first + 1) * CODE_TILE))
        count = vectors[part].size
        start = pending.block_of_word(row, first * CODE_TILE)
        words = late.backend.consecutive_words(pending.key, start, 1, -(-count // 4))[0, :count]
        codes[part] = late.grid.codes(vectors[part], words, late.form.sign_place)
    return codes
