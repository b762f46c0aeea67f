"""Two specs side by side: lines that say the same in one row, lines alike in one row with a mark, the rest alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

ALIKE = 0.55

_SKELETON = ("algorithm", "problem", "init:", "round:", "round", "output")
"""First words of the lines that every spec has once."""

Row = tuple[str | None, str | None]


def listing(one: Sequence[str], other: Sequence[str], width: int) -> Iterator[str]:
    """Rows of two columns: `|` between lines that are not the same, `<` and `>` at a line of one spec only."""
    column = max(24, (width - 3) // 2)
    for left, right in aligned(one, other):
        sign = "<" if right is None else ">" if left is None else " " if left == right else "|"
        parts = [_wrapped(text or "", column) for text in (left, right)]
        for k in range(max(map(len, parts))):
            a, b = (part[k] if k < len(part) else "" for part in parts)
            yield f"{a:<{column}} {sign} {b}".rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 4)
    return textwrap.wrap(text, width, subsequent_indent=indent, drop_whitespace=False) or [""]


def aligned(one: Sequence[str], other: Sequence[str]) -> Iterator[Row]:
    """Rows in the order of both: the alignment of greatest likeness, lines of nothing in common in rows of their own."""
    weights = [[_likeness(a, b) for b in other] for a in one]
    best = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(other) - 1, -1, -1):
            best[i][j] = max(
                best[i + 1][j], best[i][j + 1], weights[i][j] + best[i + 1][j + 1] if weights[i][j] else 0.0
            )
    i = j = 0
    while i < len(one) or j < len(other):
        if (
            i < len(one)
            and j < len(other)
            and weights[i][j]
            and best[i][j] == weights[i][j] + best[i + 1][j + 1]
        ):
            yield one[i], other[j]
            i, j = i + 1, j + 1
        elif i < len(one) and (j == len(other) or best[i][j] == best[i + 1][j]):
            yield one[i], None
            i += 1
        else:
            yield None, other[j]
            j += 1


def _likeness(a: str, b: str) -> float:
    """How alike two lines are, 0 where they are too unlike for one row; lines of different keywords are."""
    if a.split()[:1] == b.split()[:1] and a.split()[0] in _SKELETON and a[0] != " ":
        return 10.0
    if a == b:
        return 1.0
    if a.split()[0] != b.split()[0] and "=" not in a:
        return 0.0
    if a.split()[:2] == b.split()[:2] and a[0] != " ":
        return 1.0 - 1e-3  # declarations of one name
    ratio = SequenceMatcher(None, a.strip(), b.strip(), autojunk=False).ratio()
    return ratio if ratio >= ALIKE else 0.0
