"""Uniform k-subsets of range(m), one per row, from given words; the same subsets on every library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .uniforms import below

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend

# With so few items, or so few for each one drawn, m random keys cost less than Floyd's sorting, measured on draws for
# many rounds in one go.
_FEW = 32
_FEW_EACH = 4


def crowded(m: int, k: int) -> bool:
    """Whether k of m are drawn by keys: m words a row, not k."""
    return m <= max(_FEW, _FEW_EACH * k)


def words_needed(m: int, k: int) -> int:
    """Words a row that a draw of k out of m takes, 1 <= k <= m. (All of m need none; one keeps the shape.)"""
    if k == m:
        return 1
    return m if crowded(m, k) else k


def distinct(backend: Backend, words: Array, m: int, k: int) -> Array:
    """words (rows, words_needed(m, k)) uint64 -> int64 indices (rows, k) on the device, each row ascending.

    To draw from the same m and k again and again, keep a `Subsets`.
    """
    return Subsets(backend, m, k).draw(words)


class Subsets:
    """Draws of k out of range(m), with what does not depend on the words made ready.

    `words` is how many a row takes; `draw` maps words (rows, words) uint64 to indices (rows, k) int64, ascending
    in each row, on the device.
    """

    def __init__(self, backend: Backend, m: int, k: int) -> None:
        """1 <= k <= m < 2**40, k < 2**23."""
        self._backend, self._m, self._k = backend, m, k
        self.words = words_needed(m, k)
        self.draw: Callable[[Array], Array] = self._way()

    def _way(self) -> Callable[[Array], Array]:
        if self._k == self._m:
            return self._everything
        if crowded(self._m, self._k):
            return self._by_keys
        return Floyd(self._backend, self._m - self._k, self._k).draw

    def _everything(self, words: Array) -> Array:
        xp = self._backend.xp
        indices = xp.arange(self._m, dtype=xp.int64, device=self._backend.device)
        return xp.broadcast_to(indices, (words.shape[0], self._m))

    def _by_keys(self, words: Array) -> Array:
        return self._backend.top_keys(words, self._k)


class Floyd:
    """R. Floyd's algorithm (Bentley and Floyd, CACM 30(9), 1987) for all rows at once, exactly k words a row.

    In sequence, t_j is uniform on range(m - k + j + 1) for j = 0 .. k - 1, and is taken, unless it was
    taken before: then m - k + j is, which cannot have been. All k-subsets come out with the same chance.

    Here all t_j are drawn first. Then, as long as a value occurs twice in a row, all but its first
    occurrence (by j) give way to their m - k + j. A value once held among the first j remains so, since its
    holder gives way only to an earlier one; hence who gives way here does so in the sequence too, and at
    the end, when all values differ, nobody is left who ought to. About log k turns at worst.
    """

    def __init__(self, backend: Backend, spare: Array | int, k: int) -> None:
        """`spare` is m - k: a number, or int64 (rows, 1) on the device where m differs by row."""
        xp = self._xp = backend.xp
        positions = xp.arange(k, dtype=xp.int64, device=backend.device)
        self._bits = max(1, (k - 1).bit_length())
        self._mask = (1 << self._bits) - 1
        self._positions = positions
        self._spare = spare
        self._bounds = xp.astype(positions + spare + 1, xp.float64)

    def draw(self, words: Array) -> Array:
        """words (rows, k) uint64 -> indices (rows, k) int64, ascending in each row."""
        xp = self._xp
        # Value and position in one integer: one sort orders by both. No two are equal, and so none need be stable.
        pairs = below(xp, words, self._bounds) << self._bits | self._positions
        while True:
            pairs = xp.sort(pairs, axis=-1, stable=False)
            values = pairs >> self._bits
            again = values[:, 1:] == values[:, :-1]
            if not xp.any(again):
                return values
            pairs = self._give_way(pairs, again)

    def _give_way(self, pairs: Array, again: Array) -> Array:
        xp: Any = self._xp
        later = pairs[:, 1:]
        positions = later & self._mask
        moved = ((positions + self._spare) << self._bits) | positions
        return xp.concat((pairs[:, :1], xp.where(again, moved, later)), axis=-1)
