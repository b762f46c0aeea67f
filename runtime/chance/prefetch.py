"""Draws for rounds ahead: as functions of the round, many drawn at once cost little more than one alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from .streams import NodeRange, Stream, repeat_word

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend

MOST_ROUNDS = 64
MOST_WORDS = 1 << 14  # words of all rounds drawn together, which fit the caches beside the data

Draw = TypeVar("Draw")


def rounds_ahead(words: int) -> int:
    """The most rounds to draw at once, if one takes this number of words."""
    return max(1, min(MOST_ROUNDS, MOST_WORDS // max(words, 1)))


class PrefetchedDraws(Generic[Draw]):
    """Draws by round, made for several rounds at once: `make(first, rounds)` gives those of rounds first, first + 1, …

    The number of rounds grows while most draws get used, and shrinks where a site draws in few rounds.
    """

    __slots__ = ("_end", "_first", "_made", "_make", "_most", "_used")

    def __init__(self, make: Callable[[int, int], Sequence[Draw]], most: int) -> None:
        self._make, self._most = make, most
        self._made: Sequence[Draw] = ()
        self._first = self._end = self._used = 0

    def __call__(self, round: int) -> Draw:
        """The draw of a round, -1 or more."""
        if not self._first <= round < self._end:
            length = self._next_length()
            self._made, self._first, self._end = (), round, round  # those of other rounds take memory
            self._made = self._make(round, length)
            self._end, self._used = round + len(self._made), 0
        self._used += 1
        return self._made[round - self._first]

    def _next_length(self) -> int:
        length = len(self._made)
        return max(1, min(2 * length, self._most) if 2 * self._used >= length else length // 2)


class PrefetchedWords:
    """`Stream.words` of a range of nodes, the same count in every round: outside of loops drawn for rounds ahead."""

    __slots__ = ("_ahead", "_backend", "_count", "_rows", "_stream", "most")

    def __init__(self, stream: Stream, backend: Backend, count: int, rows: NodeRange) -> None:
        self._stream, self._backend, self._count, self._rows = stream, backend, count, rows
        self.most = rounds_ahead(count * (rows.last - rows.first))
        self._ahead: PrefetchedDraws[Array] = PrefetchedDraws(self._one_by_one, self.most)

    def __call__(self, round: int, repeats: tuple[int, ...]) -> Array:
        """(rows, count) uint64 on the device."""
        if repeats:
            return self._stream.words(self._backend, self._count, round, repeats, self._rows)
        return self._ahead(round)

    def _one_by_one(self, first: int, rounds: int) -> list[Array]:
        together = self.of_rounds(first, rounds)
        return [together[place, ...] for place in range(rounds)]

    def of_rounds(self, first: int, rounds: int) -> Array:
        """Words of rounds first, first + 1, …: (rounds, rows, count)."""
        blocks, outside = -(-self._count // 4), repeat_word(())
        start, many = self._rows.first * blocks, self._rows.last - self._rows.first
        counters = [(start, round + 1, outside, 0) for round in range(first, first + rounds)]
        together = self._backend.words_of_each(self._stream.key, counters, many, blocks)
        return together[:, :, : self._count]
