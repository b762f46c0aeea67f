"""NumPy on the host, tuned for small arrays and for large ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .generic import ArrayMethods, ordered_sum
from .lazy_words import PendingWords, drawn
from .namespace import IS_NARROW, NUMPY, as_places
from .numba_dispatch import LONG, dispatched
from .philox import philox
from .rounding import TILED, levels_at_once, levels_by_tiles, levels_from_halves, words_for
from .row_sums import sum_at
from .selection import largest, top_k
from .signs import signed_rows

if TYPE_CHECKING:
    from .backend import Array, Counter, HostArray, HostCounters
    from .rounding import Grid

_NO_BUFFER = (0, 0, 0, 0)
_MANY_ROWS = 64  # from here on the vectorised Philox beats one generator call per row, measured
_SPAN_BLOCKS = 100  # drawing so many blocks costs as much as one generator call, measured


class NumpyBackend(ArrayMethods):
    """Implements `Backend` on the host; also draws the words of draws on the host."""

    def __init__(self, real: str, wire: str) -> None:
        """Float types by name, as `select` checked them."""
        self.name = "numpy"
        self.xp: Any = NUMPY
        self.device: Any = "cpu"
        self.real: Any = np.dtype(real)
        self.wire: Any = np.dtype(wire)
        self._generator = np.random.Philox(key=0)

    def to_device(self, values: HostArray) -> Array:
        """As `Backend` has it; no copy where the type fits."""
        return values.astype(self.real, copy=False) if values.dtype.kind == "f" else values

    def to_host(self, values: Array) -> HostArray:
        """As `Backend` has it; the array itself, to which callers must not write."""
        return np.asarray(values)

    if IS_NARROW:

        def take(self, values: Array, indices: Array) -> Array:
            """As `Backend` has it."""
            return values.take(as_places(indices))

    def scatter_add(self, target: Array, indices: Array, values: Array) -> None:
        """As `Backend` has it. Not by bincount: it sums apart from the target, which rounds differently."""
        np.add.at(target, indices, values)

    def sum_at(self, indices: Array, values: Array, size: int) -> Array:
        """As `Backend` has it; bincount adds in order too, but in float64 only."""
        if values.size < LONG and self.real == np.float64:
            return np.bincount(as_places(indices).ravel(), values.ravel(), size)
        return sum_at(indices, values, size, self.real)

    def sum_rows(self, values: Array) -> Array:
        """As `Backend` has it; the array's method avoids the namespace's wrapper, which costs as much as a short sum."""
        if values.ndim == 2 and values.shape[1] > 1:
            return values.sum(axis=0)
        return ordered_sum(self.xp, values)

    def top_k(self, magnitudes: Array, k: int) -> Array:
        """As `Backend` has it."""
        if not self.all_finite(magnitudes):
            magnitudes = np.where(np.isnan(magnitudes), magnitudes.dtype.type(np.inf), magnitudes)
        return top_k(magnitudes, k)

    def largest(self, vectors: Array, k: int) -> Array:
        """As `Backend` has it."""
        return largest(vectors, k)

    def top_keys(self, keys: Array, k: int) -> Array:
        """As `Backend` has it."""
        d = keys.shape[1]
        if k == d:
            return top_k(keys, k)
        kept = keys.argpartition(d - k, axis=1)[:, d - k :]
        kept.sort(axis=1)
        return kept

    def random_words(self, key: tuple[int, int], counters: HostCounters, blocks: int) -> Array:
        """As `Backend` has it; rows near one another in one counter range are cut from a single draw."""
        rows = counters.shape[0]
        if rows == 0:
            return np.empty((0, 4 * blocks), dtype=np.uint64)
        if (counters[:, 1:] == counters[0, 1:]).all():
            _, c1, c2, c3 = counters[0].tolist()
            low = int(counters[:, 0].min())
            span = int(counters[:, 0].max()) - low + blocks
            if span <= rows * (_SPAN_BLOCKS + blocks):
                words = self.consecutive_words(key, (low, c1, c2, c3), span, 1)
                return _cut_rows(words, counters[:, 0] - np.uint64(low), blocks)
        if rows > _MANY_ROWS > blocks:
            return philox(self.xp, key, counters, blocks)
        lone = [self.consecutive_words(key, start, 1, blocks) for start in map(tuple, counters.tolist())]
        return np.concatenate(lone)

    def consecutive_words(self, key: tuple[int, int], counter: Counter, rows: int, blocks: int) -> Array:
        """As `Backend` has it, in one call of NumPy's generator or of numba's."""
        return unbroken_words(self._generator, key, counter, rows * 4 * blocks).reshape(rows, 4 * blocks)

    def words_of_each(
        self, key: tuple[int, int], counters: Sequence[Counter], rows: int, blocks: int
    ) -> Array:
        """As `Backend` has it; streams of which there are several are short, and drawn by NumPy's generator alone."""
        count = rows * 4 * blocks
        if len(counters) == 1:
            return self.consecutive_words(key, counters[0], rows, blocks)[None, ...]
        words = np.empty((len(counters), count), np.uint64)
        for place, counter in enumerate(counters):
            words[place] = _at_counter(self._generator, key, counter).random_raw(count)
        return words.reshape(len(counters), rows, 4 * blocks)

    def halves(self, words: Array, count: int) -> Array:
        """As `Backend` has it; a view."""
        return words.astype("<u8", copy=False).view("<u4")[:, :count]

    def levels(self, vectors: Array, norms: Array, words: Array | PendingWords, grid: Grid) -> Array:
        """As `Backend` has it; words that are not drawn yet are drawn tile by tile."""
        d = vectors.shape[1]
        if d < TILED:
            halves = self.halves(drawn(self, words), d)
            return levels_at_once(self.xp, vectors, norms, halves, grid)
        if isinstance(words, PendingWords):
            return drawn_levels(self._generator, vectors, norms, words, grid)
        return levels_by_tiles(vectors, norms, self.halves(words, d), grid)

    def signed(self, magnitudes: Array, negative: Array) -> Array:
        """As `Backend` has it."""
        if magnitudes.shape[1] != 1 or negative.shape[1] < TILED:
            return np.where(negative, -magnitudes, magnitudes)
        return signed_rows(np.ascontiguousarray(magnitudes[:, 0]), negative)

    def first_word(self, key: tuple[int, int], counter: Counter) -> int:
        """Word 0 of the block at `counter`, as an int, for one scalar draw."""
        word: int = _at_counter(self._generator, key, counter).random_raw()
        return word

    def all_finite(self, values: Array) -> bool:
        """As `Backend` has it. A finite sum of squares has finite terms; one that overflows needs the second test."""
        if values.dtype.kind != "f" or math.isfinite(np.vdot(values, values)):
            return True
        return bool(np.isfinite(values).all())


@dispatched(lambda generator, key, counter, count: count)
def unbroken_words(generator: np.random.Philox, key: tuple[int, int], counter: Counter, count: int) -> Array:
    """The first words (count,) of the stream that starts at `counter`; moves the generator."""
    return _at_counter(generator, key, counter).random_raw(count)


@dispatched(lambda generator, vectors, norms, pending, grid: vectors.size)
def drawn_levels(
    generator: np.random.Philox, vectors: HostArray, norms: HostArray, pending: PendingWords, grid: Grid
) -> HostArray:
    """`levels_by_tiles` with pending words, of which no more than a tile's are held."""

    def halves(row: int, entries: slice) -> HostArray:
        count = words_for(entries.stop - entries.start)
        words = _at_counter(generator, pending.key, pending.block(row, entries.start)).random_raw(count)
        return words.astype("<u8", copy=False).view("<u4")[: entries.stop - entries.start]

    return levels_from_halves(vectors, norms, halves, grid)


def _at_counter(generator: np.random.Philox, key: tuple[int, int], counter: Counter) -> np.random.Philox:
    """The generator, set to draw the words of `counter` next; NumPy's adds 1 to its counter before each block.

    Setting the state from tuples takes 0.7 us, from arrays 1.7, building a generator 9.
    """
    state: Any = {
        "bit_generator": "Philox",
        "state": {"counter": _preceding(counter), "key": key},
        "buffer": _NO_BUFFER,
        "buffer_pos": 4,
        "has_uint32": 0,
        "uinteger": 0,
    }
    generator.state = state
    return generator


def _preceding(counter: Counter) -> Counter:
    """The 256-bit counter minus 1."""
    c0, c1, c2, c3 = counter
    if c0:
        return c0 - 1, c1, c2, c3
    whole = (c1 << 64 | c2 << 128 | c3 << 192) - 1
    mask = 2**64 - 1
    return whole & mask, whole >> 64 & mask, whole >> 128 & mask, whole >> 192 & mask


def _cut_rows(words: Array, starts: Array, blocks: int) -> Array:
    """Cut rows out of one draw: words (span, 4), starts (rows,) in blocks -> (rows, 4 * blocks)."""
    rows = starts.shape[0]
    if rows * blocks == words.shape[0] and (starts == np.arange(0, rows * blocks, blocks)).all():
        return words.reshape(rows, 4 * blocks)
    taken = words[starts[:, None] + np.arange(blocks, dtype=np.uint64)]
    return taken.reshape(rows, 4 * blocks)
