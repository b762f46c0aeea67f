"""Uniform k-subsets of range(m), one per row, from given words; the same words give the same on every library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.numba_dispatch import dispatched
from ..arrays.row_forms import RowForm
from .uniforms import UNIT, scaled

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend

# Up to m = _FEW, or m / k = _FEW_EACH, m random keys cost less than Floyd's sorting, measured on draws for many rounds
# at once.
_FEW = 32
_FEW_EACH = 4
_SHORT = 32  # k up to which a compiled loop puts each value in its place
_LONG = 1 << 12  # k from which on Floyd's later turns go row by row, measured


def crowded(m: int, k: int) -> bool:
    """True where k of m are drawn by random keys: m words a row, not k."""
    return m <= max(_FEW, _FEW_EACH * k)


def words_needed(m: int, k: int) -> int:
    """Words per row that a draw of k out of m takes, 1 <= k <= m. (All of m need none; one keeps the shape.)"""
    if k == m:
        return 1
    return m if crowded(m, k) else k


def distinct(backend: Backend, words: Array, m: int, k: int) -> Array:
    """words (rows, words_needed(m, k)) uint64 -> int64 indices (rows, k) on the device, each row ascending.

    To draw from the same m and k again and again, keep a `Subsets`.
    """
    return Subsets(backend, m, k).draw(words)


class Subsets:
    """Draws of k out of range(m), with everything prepared that does not depend on the words.

    `words` is the number that a row takes; `draw` maps words (rows, words) uint64 to indices (rows, k) int64, ascending
    in each row, on the device.
    """

    def __init__(self, backend: Backend, m: int, k: int) -> None:
        """1 <= k <= m < 2**40, k < 2**23."""
        self._backend, self._m, self._k = backend, m, k
        self.words = words_needed(m, k)
        self.draw: Callable[[Array], Array] = self._drawing()

    def _drawing(self) -> Callable[[Array], Array]:
        if self._k == self._m:
            return self._everything
        if crowded(self._m, self._k):
            return self._by_keys
        return Floyd(self._backend, self._m - self._k, self._k).draw

    @property
    def of_row(self) -> RowForm:
        """The draw of one row in fused rounds."""
        m, k, none = self._m, self._k, np.empty(0)
        if k == m:
            return RowForm("everything", k, none)
        if crowded(m, k):
            return RowForm("by_keys", k, none)
        return RowForm("by_floyd", k, np.asarray(Floyd(self._backend, m - k, k).units), m - k)

    def _everything(self, words: Array) -> Array:
        xp = self._backend.xp
        indices = xp.arange(self._m, dtype=xp.int64, device=self._backend.device)
        return xp.broadcast_to(indices, (words.shape[0], self._m))

    def _by_keys(self, words: Array) -> Array:
        return self._backend.top_keys(words, self._k)


class Floyd:
    """R. Floyd's algorithm (Bentley and Floyd, CACM 30(9), 1987) for all rows at once, exactly k words per row.

    In sequence, t_j is uniform on range(m - k + j + 1) for j = 0 .. k - 1, and is taken, unless it was
    taken before: then m - k + j is, which cannot have been. All k-subsets come out with the same chance.

    Here all t_j are drawn first. Then, as long as a value occurs twice in a row, all but its first
    occurrence (by j) give way to their m - k + j. A value once held among the first j remains so, since its
    holder gives way only to an earlier one; hence each t_j that gives way here does so in the sequence too, and at
    the end, when all values differ, none is left that ought to. About log k turns at worst.
    """

    def __init__(self, backend: Backend, spare: Array | int, k: int) -> None:
        """`spare` is m - k: a number, or int64 (rows, 1) on the device where m differs by row."""
        xp = self._xp = backend.xp
        self._backend = backend
        positions = xp.arange(k, dtype=xp.int64, device=backend.device)
        self._bits = max(1, (k - 1).bit_length())
        self._mask = (1 << self._bits) - 1
        self._positions = positions
        self.spare = spare
        self.units = xp.astype(positions + spare + 1, xp.float64) * UNIT
        self._few = backend.name == "numpy" and isinstance(spare, int) and k <= _SHORT
        self._by_row = isinstance(spare, int) and k >= _LONG and backend.name != "cupy"

    def draw(self, words: Array) -> Array:
        """words (rows, k) uint64 -> indices (rows, k) int64, ascending in each row."""
        return few_of_each(self, words) if self._few else self.by_sorting(words)

    def by_sorting(self, words: Array) -> Array:
        """The same in turns, as above."""
        xp = self._xp
        # Value and position in one integer: one sort orders by both. No two are equal, and so none need be stable.
        pairs = scaled(xp, words, self.units) << self._bits | self._positions
        pairs = xp.sort(pairs, axis=-1, stable=False)
        if self._by_row and pairs.shape[0]:
            rows = [self._settled(pairs[row, :])[None, :] for row in range(pairs.shape[0])]
            return rows[0] if len(rows) == 1 else xp.concat(rows)
        while True:
            values = pairs >> self._bits
            again = values[:, 1:] == values[:, :-1]
            if not xp.any(again):
                return values
            pairs = xp.sort(self._give_way(pairs, again), axis=-1, stable=False)

    def _give_way(self, pairs: Array, again: Array) -> Array:
        xp, later = self._xp, pairs[:, 1:]
        moved = (self._moved(later) << self._bits) | (later & self._mask)
        return xp.concat((pairs[:, :1], xp.where(again, moved, later)), axis=-1)

    def _moved(self, pairs: Array) -> Array:
        """The value m - k + j of each pair, to which it gives way."""
        return (pairs & self._mask) + self.spare

    def _settled(self, pairs: Array) -> Array:
        """The same turns for one long row, sorted: each looks only at the values just moved to.

        No two pairs move to the same value, and the one that moves is its first holder: a pair that gives way to it has
        not moved yet.
        """
        xp, backend = self._xp, self._backend
        values = pairs >> self._bits
        later = xp.nonzero(values[1:] == values[:-1])[0] + 1
        left, moved = [later], [self._moved(xp.take(pairs, later))]
        while moved[-1].shape[0]:
            places = xp.searchsorted(values, moved[-1])
            inside = places < values.shape[0]
            places = places[inside]
            places = places[xp.take(values, places) == moved[-1][inside]]
            left.append(places)
            moved.append(self._moved(xp.take(pairs, places)))
        backend.put(values, xp.concat(left), xp.concat(moved))
        return xp.sort(values, stable=False) if len(left) > 1 else values


@dispatched(lambda floyd, words: words.size, short=True)
def few_of_each(floyd: Floyd, words: Array) -> Array:
    """`Floyd.draw` of few values a row, each of as many, on the host."""
    return floyd.by_sorting(words)
