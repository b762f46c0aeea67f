"""Random words that are drawn when needed: a kernel that takes those of a long row in order need not hold them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cablese.dsl.text.records import record

if TYPE_CHECKING:
    from .backend import Array, Counter


class Source(Protocol):
    """A backend, as far as it draws words."""

    def consecutive_words(self, key: tuple[int, int], counter: Counter, rows: int, blocks: int) -> Array:
        """As `Backend` has it."""


@record
class PendingWords:
    """The first `count` words of each of `rows` rows of `Backend.consecutive_words`."""

    key: tuple[int, int]
    counter: Counter
    rows: int
    blocks: int
    count: int

    def drawn(self, backend: Source) -> Array:
        """(rows, count) uint64 on the device."""
        return backend.consecutive_words(self.key, self.counter, self.rows, self.blocks)[:, : self.count]

    def of_rows(self, first: int, last: int) -> PendingWords:
        """Words of some neighbouring rows."""
        return PendingWords(self.key, self.block(first, 0), last - first, self.blocks, self.count)

    def block(self, row: int, entry: int) -> Counter:
        """The counter of the block that holds an entry's half word; a block has 8 of them."""
        return self.block_of_word(row, entry // 2)

    def block_of_word(self, row: int, word: int) -> Counter:
        """The counter of the block that holds a word of a row; a block has 4 of them."""
        c0, c1, c2, c3 = self.counter
        return c0 + row * self.blocks + word // 4, c1, c2, c3


def drawn(backend: Source, words: Array | PendingWords) -> Array:
    """The words as an array, drawn now unless they already were."""
    return words.drawn(backend) if isinstance(words, PendingWords) else words
