"""CSV files: a row a sample, one column the target; a column of texts becomes one of 0 and 1 for each text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import errors
from .stored import Reading, Samples, Stored
from .text_files import text_of

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

MOST_TEXTS = 100
"""Distinct texts of a column that is taken for a category; more are names or prose."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Cells by column, the lines of their rows, and the columns' names: the heading's, or numbers from 1."""

    file: str
    names: Sequence[str]
    columns: Sequence[tuple[str, ...]]
    lines: Sequence[int]


def load_csv(path: Path, name: str, how: Reading) -> Stored:
    """Samples (m, features), float64, and targets (m,), float64 or texts; the features in the order of their columns.

    The first row is a heading if no cell in it is a number. The target is the last column, or the one that `how` names.
    A column is of numbers if its first cell is one. A text column's samples are 1 in the column of their text, in
    alphabetical order. SetupError names line and column.
    """
    table = _table(text_of(path, name), name)
    target = _place(table, how.target) if how.target else len(table.names) - 1
    left_out = {target, *(_place(table, each) for each in how.without)}
    if len(left_out) == len(table.names):
        raise errors.no_features(name)
    values = {place: _values(table, place) for place in range(len(table.names))}
    columns = {table.names[place]: value for place, value in values.items()}
    features = [
        _one_hot(table, place) if value.dtype.kind == "U" else value[:, None]
        for place, value in values.items()
        if place not in left_out
    ]
    return Stored(Samples(np.hstack(features), values[target], columns))


def _table(text: str, file: str) -> _Table:
    lines, rows = [], []
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                lines.append(reader.line_num)
                rows.append([cell.strip() for cell in row])
    except csv.Error as reason:
        raise errors.broken_row(file, reader.line_num, str(reason)) from None
    if not rows:
        raise errors.empty_data(file)
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(rows[0]):
            raise errors.ragged(file, line, len(row), len(rows[0]), lines[0])
    names = [str(place) for place in range(1, len(rows[0]) + 1)]
    if not any(map(_is_number, rows[0])):
        names, rows, lines = rows[0], rows[1:], lines[1:]
    twice = next((each for each in names if names.count(each) > 1), None)
    if twice is not None:
        raise errors.column_twice(file, twice)
    if not rows:
        raise errors.empty_data(file)
    return _Table(file, names, list(zip(*rows, strict=True)), lines)


def _delimiter(line: str) -> str:
    """The sign that separates cells: the one of these that the first line has most often."""
    return max((",", ";", "\t"), key=line.count)


def _place(table: _Table, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    if name.isdigit() and 1 <= int(name) <= len(table.names):
        return int(name) - 1
    raise errors.no_column(table.file, name, table.names)


def _values(table: _Table, place: int) -> HostArray:
    """A column's numbers, float64, or its texts."""
    cells = table.columns[place]
    empty = next((row for row, cell in enumerate(cells) if not cell), None)
    if empty is not None:
        raise errors.empty_cell(table.file, table.lines[empty], table.names[place])
    if not _is_number(cells[0]):
        return np.array(cells)
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        row = next(row for row, cell in enumerate(cells) if not _is_number(cell))
        raise errors.no_number_in_column(
            table.file, table.lines[row], table.names[place], table.lines[0]
        ) from None


def _one_hot(table: _Table, place: int) -> HostArray:
    """(m, texts): 1 in the column of each sample's text."""
    texts, codes = np.unique(np.array(table.columns[place]), return_inverse=True)
    if len(texts) > MOST_TEXTS:
        raise errors.too_many_texts(table.file, table.names[place], len(texts), MOST_TEXTS)
    return np.asarray(codes[:, None] == np.arange(len(texts)), dtype=np.float64)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
