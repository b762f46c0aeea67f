"""Vocabularies of texts: the most frequent words of a training part, and texts as counts or places of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")

PADDING, UNKNOWN, FIRST = 0, 1, 2
"""Places of no word, of a word that is not in the vocabulary, and of the vocabulary's first word."""


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters: runs of letters and digits, perhaps with an apostrophe within."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words, the most frequent first."""

    words: tuple[str, ...]
    _place: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {word: place for place, word in enumerate(self.words)})

    @classmethod
    def of(cls, texts: Iterable[str], size: int) -> Vocabulary:
        """The `size` most frequent words; among equally frequent ones the alphabetically first."""
        counts = Counter(word for text in texts for word in words_of(text))
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return cls(tuple(word for word, _ in ranked[:size]))

    def counts(self, texts: Sequence[str]) -> Any:
        """A bag of words: csr_array (texts, words), how often each word occurs in each text, float64."""
        from scipy.sparse import csr_array

        columns, values, starts = [], [], [0]
        for text in texts:
            found = Counter(place for word in words_of(text) if (place := self._place.get(word)) is not None)
            columns += sorted(found)
            values += [float(found[place]) for place in sorted(found)]
            starts.append(len(columns))
        parts = (np.array(values), np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int32))
        return csr_array(parts, shape=(len(texts), len(self.words)))

    def places(self, texts: Sequence[str], length: int) -> HostArray:
        """The first `length` words of each text, (texts, length) int64: FIRST + its place, UNKNOWN, PADDING at the end."""
        result = np.full((len(texts), length), PADDING, dtype=np.int64)
        for row, text in zip(result, texts, strict=True):
            found = [self._place.get(word, UNKNOWN - FIRST) + FIRST for word in words_of(text)[:length]]
            row[: len(found)] = found
        return result
