"""The name that a misspelt word was meant to be; each stage's errors have the sentences."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `word` by edits, or None when none is close.

    One edit is allowed for every three letters; a difference in case or underscores alone always counts as close.
    Among equally close candidates the alphabetically first one wins.
    """
    limit = len(word) // 3
    ranked = sorted((_cost(word, other, limit), other) for other in set(candidates) if other != word)
    if not ranked or ranked[0][0] > limit:
        return None
    return ranked[0][1]


def meant(word: str, candidates: Iterable[str]) -> str:
    """The question behind a sentence that refuses a word; empty when no candidate is close."""
    near = nearest(word, candidates)
    return f" Did you mean `{near}`?" if near else ""


def _cost(word: str, other: str, limit: int) -> float:
    if _bare(word) == _bare(other):
        return 0.0
    if abs(len(word) - len(other)) > limit:
        return limit + 1.0
    return float(_edits(word.casefold(), other.casefold()))


def _bare(word: str) -> str:
    return word.casefold().replace("_", "")


def _edits(a: str, b: str) -> int:
    """Insertions, deletions, substitutions, swaps of neighbours between two words (Damerau-Levenshtein)."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, above = above, row
    return above[-1]
