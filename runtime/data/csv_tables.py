"""CSV files: a row a sample, one column the target; a column of texts becomes one of 0 and 1 for each text."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from . import errors
from .stored import Reading, Samples, Stored
from .text_files import text_of

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

MOST_TEXTS = 100
"""Distinct texts of a column that is taken for a category; more are names or prose."""


@record
class _Table:
    """The values of columns, numbers (float64) or texts, and their names: the heading's, or numbers from 1."""

    file: str
    names: Sequence[str]
    values: Sequence[HostArray]


def load_csv(path: Path, name: str, how: Reading) -> Stored:
    """Samples (m, features), float64, and targets (m,), float64 or texts; the features in the order of their columns.

    The first row is a heading if no cell in it is a number. The target is the last column, or the one that `how` names.
    A column is of numbers if its first cell is one. A text column's samples are 1 in the column of their text, in
    alphabetical order. SetupError names line and column.
    """
    table = _table(text_of(path, name), name)
    target = _place(table, how.target) if how.target else len(table.names) - 1
    left_out = {target, *(_place(table, each) for each in how.without)}
    kept = [place for place in range(len(table.names)) if place not in left_out]
    if not kept:
        raise errors.no_features(name)
    features = np.hstack([_features(table, place) for place in kept])
    columns = dict(zip(table.names, table.values, strict=True))
    return Stored(Samples(features, table.values[target], columns))


def _table(text: str, file: str) -> _Table:
    number, first = _first_line(text)
    delimiter = _delimiter(first)
    found = _numbers(text, delimiter, number, first)
    if found is not None:
        names, _ = _named(first.split(delimiter), file)
        return _Table(file, names, list(found.T))
    lines, rows = _rows(text, delimiter, file)
    names, headings = _named(rows[0], file)
    lines, rows = lines[headings:], rows[headings:]
    if not rows:
        raise errors.empty_data(file)
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return _Table(file, names, [_values(cells, column, lines, file) for column, cells in columns])


def _named(cells: Sequence[str], file: str) -> tuple[list[str], int]:
    """The columns' names by the first row, and the number of its rows that are a heading: one or none."""
    bare = [cell.strip() for cell in cells]
    if any(map(_is_number, bare)):
        return [str(place) for place in range(1, len(bare) + 1)], 0
    twice = next((each for each in bare if bare.count(each) > 1), None)
    if twice is not None:
        raise errors.column_twice(file, twice)
    return bare, 1


def _first_line(text: str) -> tuple[int, str]:
    """The first line that is not empty, and its number from 1; an empty one where there is none."""
    found = (pair for pair in enumerate(io.StringIO(text, newline=None), 1) if pair[1].strip())
    return next(found, (0, ""))


def _numbers(text: str, delimiter: str, number: int, first: str) -> HostArray | None:
    """All cells below a heading, (rows, columns), float64; `first` is the first row, on the line `number`. None unless they
    are numbers, as many in every row, and no cell is in quotes."""
    cells = first.split(delimiter)
    if not first or '"' in first:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a text without a row
            above = 0 if any(map(_is_number, cells)) else number
            found = np.loadtxt(io.StringIO(text), delimiter=delimiter, skiprows=above, comments=None, ndmin=2)
    except (ValueError, UserWarning):
        return None
    return found if found.shape[1] == len(cells) else None


def _rows(text: str, delimiter: str, file: str) -> tuple[list[int], list[list[str]]]:
    """Rows of cells, all of one length, and the lines on which they end."""
    lines, rows = [], []
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
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
    return lines, rows


def _delimiter(line: str) -> str:
    """The sign that separates cells: the one of these that the first line has most often."""
    return max((",", ";", "\t"), key=line.count)


def _place(table: _Table, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    if name.isdigit() and 1 <= int(name) <= len(table.names):
        return int(name) - 1
    raise errors.no_column(table.file, name, table.names)


def _values(cells: tuple[str, ...], column: str, lines: Sequence[int], file: str) -> HostArray:
    """A column's numbers, float64, or its texts; `lines` are those of the cells."""
    empty = next((row for row, cell in enumerate(cells) if not cell), None)
    if empty is not None:
        raise errors.empty_cell(file, lines[empty], column)
    if not _is_number(cells[0]):
        return np.array(cells)
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        row = next(row for row, cell in enumerate(cells) if not _is_number(cell))
        raise errors.no_number_in_column(file, lines[row], column, lines[0]) from None


def _features(table: _Table, place: int) -> HostArray:
    """A column of numbers (m, 1), or for texts (m, texts): 1 in the column of each sample's text."""
    values = table.values[place]
    if values.dtype.kind != "U":
        return values[:, None]
    texts, codes = np.unique(values, return_inverse=True)
    if len(texts) > MOST_TEXTS:
        raise errors.too_many_texts(table.file, table.names[place], len(texts), MOST_TEXTS)
    return np.asarray(codes[:, None] == np.arange(len(texts)), dtype=np.float64)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
