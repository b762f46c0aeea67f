"""Cells of tables: numbers with decimal points or commas, and signs of a missing value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import errors

CELLS_OF_NAMES = 10
"""Cells of a column from which on texts that differ in more than half of them are names, no categories."""

_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.IGNORECASE)
_POINT = re.compile(r"[+-]?(\d+\.\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MARKERS = frozenset(
    {"?", "-", "--", ".", "*", "na", "n/a", "#n/a", "null", "none", "nil", "missing", "unknown"}
)


def is_number(cell: str) -> bool:
    """True of a number as programs write it, with a decimal point if any."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def has_comma(cell: str) -> bool:
    """True of a number with a decimal comma."""
    return _COMMA.fullmatch(cell.strip()) is not None


def number_in(cell: str) -> bool:
    """True of a number with a decimal point, a decimal comma, or neither."""
    return is_number(cell) or has_comma(cell)


def is_marker(cell: str) -> bool:
    """True of a sign that stands where a value is missing."""
    return cell.lower() in _MARKERS


def with_points(rows: list[list[str]], lines: Sequence[int], file: str) -> list[list[str]]:
    """The rows with decimal points, where their numbers have decimal commas; SetupError where some have both."""
    comma = _first(rows, _COMMA)
    if comma is None:
        return rows
    point = _first(rows, _POINT)
    if point is not None:
        raise errors.both_signs(file, lines[comma[0]], comma[1], lines[point[0]], point[1])
    return [[cell.replace(",", ".") if has_comma(cell) else cell for cell in row] for row in rows]


def _first(rows: list[list[str]], form: re.Pattern[str]) -> tuple[int, str] | None:
    """The row and the text of the first cell of a form."""
    found = ((row, cell) for row, cells in enumerate(rows) for cell in cells if form.fullmatch(cell))
    return next(found, None)
