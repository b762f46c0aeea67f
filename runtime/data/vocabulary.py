"""Vocabularies of texts: the most frequent words of a training part, and texts as counts or places of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import record

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")

PADDING, UNKNOWN, FIRST = 0, 1, 2
"""Places of no word, of a word that is not in the vocabulary, and of the vocabulary's first word."""


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters: runs of letters and digits, perhaps with an apostrophe within."""
    return _WORD.findall(text.lower())


@record
class Tokens:
    """Texts taken apart once: the distinct words, the number of each word of all texts, one after another, (tokens,)
    int32, and how many each text has."""

    words: tuple[str, ...]
    numbers: HostArray
    lengths: HostArray

    @classmethod
    def of(cls, texts: Iterable[str]) -> Tokens:
        """The words of each text, as `words_of` has them."""
        number: defaultdict[str, int] = defaultdict(count().__next__)
        found = [np.array([number[word] for word in words_of(text)], dtype=np.int32) for text in texts]
        lengths = np.array([len(each) for each in found], dtype=np.int64)
        return cls(tuple(number), np.concatenate([np.empty(0, np.int32), *found]), lengths)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words, the most frequent first."""

    words: tuple[str, ...]
    _place: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {word: place for place, word in enumerate(self.words)})

    @classmethod
    def of(cls, tokens: Tokens, size: int) -> Vocabulary:
        """The `size` most frequent words; among equally frequent ones the alphabetically first."""
        counts = np.bincount(tokens.numbers, minlength=len(tokens.words)).tolist()
        ranked = sorted(zip(counts, tokens.words, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return cls(tuple(word for _, word in ranked[:size]))

    def counts(self, tokens: Tokens) -> Any:
        """A bag of words: csr_array (texts, words), how often each word occurs in each text, float64."""
        from scipy.sparse import csr_array

        width, texts = len(self.words), len(tokens.lengths)
        places = np.array([self._place.get(word, width) for word in tokens.words], dtype=np.int64)
        keys = np.repeat(np.arange(texts), tokens.lengths) * (width + 1)
        if len(keys):
            keys += places[tokens.numbers]
        cells, values = np.unique(keys, return_counts=True)
        rows, columns = np.divmod(cells, width + 1)
        known = columns < width
        starts = np.searchsorted(rows[known], np.arange(texts + 1))
        parts = (values[known].astype(np.float64), columns[known].astype(np.int32), starts.astype(np.int32))
        return csr_array(parts, shape=(texts, width))

    def places(self, texts: Sequence[str], length: int) -> HostArray:
        """The first `length` words of each text, (texts, length) int64: FIRST + its place, UNKNOWN, PADDING at the end."""
        result = np.full((len(texts), length), PADDING, dtype=np.int64)
        for row, text in zip(result, texts, strict=True):
            found = [self._place.get(word, UNKNOWN - FIRST) + FIRST for word in words_of(text)[:length]]
            row[: len(found)] = found
        return result
