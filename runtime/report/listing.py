"""Two specs side by side: lines that say the same in one row, lines alike in one row with a mark, the rest alone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from cablese.dsl.text.records import record

ALIKE = 0.55
MOST_MARKED = 0.6  # of a line: beyond that it is another line, and its parts are not marked

_SKELETON = ("algorithm", "problem", "init:", "round:", "round", "output")
"""First words of the lines that every spec has once."""

_NOTES = ("algorithm", "param", "problem")
"""First words of lines that are told apart as a whole."""

_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


@record
class Cell:
    """A line of one spec, and the stretches of it that the other does not have."""

    text: str
    changed: tuple[tuple[int, int], ...] = ()


@record
class Row:
    """A line of either spec, or of both: the same, alike or of one alone."""

    left: Cell | None
    right: Cell | None

    @property
    def sign(self) -> str:
        """`|` between lines that are not the same, `<` and `>` at a line of one spec only."""
        if self.right is None:
            return "<"
        if self.left is None:
            return ">"
        return " " if self.left.text == self.right.text else "|"


def rows(one: Sequence[str], other: Sequence[str]) -> list[Row]:
    """The rows of two texts, the parts marked in which alike lines differ."""
    return [_row(left, right) for left, right in aligned(one, other)]


def _row(left: str | None, right: str | None) -> Row:
    if left is None or right is None or left == right or left.startswith(_NOTES):
        return Row(*(None if text is None else Cell(text) for text in (left, right)))
    words, others = _TOKENS.findall(left), _TOKENS.findall(right)
    blocks = SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
    ours = _stretches(words, [(i, j) for tag, i, j, _, _ in blocks if tag != "equal"])
    theirs = _stretches(others, [(i, j) for tag, _, _, i, j in blocks if tag != "equal"])
    if max(_share(ours, left), _share(theirs, right)) > MOST_MARKED:
        return Row(Cell(left), Cell(right))
    return Row(Cell(left, ours), Cell(right, theirs))


def _stretches(tokens: Sequence[str], spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Places of characters from places of tokens, without blanks at either end."""
    found = []
    for first, last in spans:
        start = len("".join(tokens[:first]))
        text = "".join(tokens[first:last])
        own = text.strip()
        if own:
            start += len(text) - len(text.lstrip())
            found.append((start, start + len(own)))
    return tuple(found)


def _share(stretches: Sequence[tuple[int, int]], text: str) -> float:
    return sum(end - start for start, end in stretches) / len(text.strip())


# --- columns of text -------------------------------------------------------------------------------------------


def wrapped(cell: Cell | None, width: int) -> list[Cell]:
    """The lines of a cell in so many columns, each with its own stretches."""
    if cell is None:
        return [Cell("")]
    indent = " " * (len(cell.text) - len(cell.text.lstrip()) + 4)
    lines = textwrap.wrap(cell.text, width, subsequent_indent=indent, drop_whitespace=False) or [""]
    found, done = [], 0
    for place, line in enumerate(lines):
        shift = len(indent) if place else 0
        size = len(line) - shift
        own = [
            (max(start, done) - done + shift, min(end, done + size) - done + shift)
            for start, end in cell.changed
            if start < done + size and end > done
        ]
        found.append(Cell(line, tuple(own)))
        done += size
    return found


def columns_of(row: Row, width: int) -> Iterator[tuple[Cell, str, Cell]]:
    """The lines of a row in two columns that fill a width, with the sign between them."""
    column = max(24, (width - 3) // 2)
    left, right = wrapped(row.left, column), wrapped(row.right, column)
    for k in range(max(len(left), len(right))):
        a, b = (part[k] if k < len(part) else Cell("") for part in (left, right))
        yield Cell(f"{a.text:<{column}}", a.changed), row.sign, b


def underlined(left: Cell, right: Cell) -> str:
    """A line of carets below the stretches of two columns; empty where there are none."""
    marks = [" "] * (len(left.text) + 3 + len(right.text))
    for start, end in left.changed:
        marks[start:end] = "^" * (end - start)
    for start, end in right.changed:
        shift = len(left.text) + 3
        marks[shift + start : shift + end] = "^" * (end - start)
    return "".join(marks).rstrip()


# --- rows --------------------------------------------------------------------------------------------------------


def aligned(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
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
    matcher = SequenceMatcher(None, a.strip(), b.strip(), autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:  # bounds that cost less
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= ALIKE else 0.0
