"""CSV files: a row a sample, one column the target; a column of texts becomes one of 0 and 1 for each text."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from . import errors
from .cells import CELLS_OF_NAMES, has_comma, is_marker, is_number, number_in, with_points
from .stored import Reading, Samples, Stored
from .text_files import text_of

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

MOST_TEXTS = 100
"""Distinct texts of a column that is taken for a category; more are names or prose."""

_QUOTED = re.compile(r'"[^"]*"')


@record
class _Table:
    """The columns' names, the heading's or numbers from 1, and their values: numbers (float64) if all cells are, else texts.

    `cells` are the columns as they are written, and `lines` those on which they stand.
    """

    file: str
    names: Sequence[str]
    values: Sequence[HostArray]
    cells: Sequence[Sequence[str]] = ()
    lines: Sequence[int] = ()


def load_csv(path: Path, name: str, how: Reading) -> Stored:
    """Samples (m, features), float64, and targets (m,), float64 or texts; the features in the order of their columns.

    The first row is a heading if no cell in it is a number. The target is the last column, or the one that `how` names.
    A column is of numbers if its first cell is one, unless `how` counts it among the categories. A text column's samples are
    1 in the column of their text, in alphabetical order. SetupError names line and column.
    """
    table = _table(text_of(path, name), name, as_written=bool(how.categories))
    target = _place(table, how.target) if how.target else len(table.names) - 1
    left_out = {target, *(_place(table, each) for each in how.without)}
    categories = {_place(table, each) for each in how.categories}
    kept = [place for place in range(len(table.names)) if place not in left_out]
    if not kept:
        raise errors.no_features(name)
    features, words = zip(*(_features(table, place, place in categories) for place in kept), strict=True)
    targets = _texts(table, target) if target in categories else _values(table, target)
    columns = dict(zip(table.names, table.values, strict=True))
    return Stored(Samples(np.hstack(features), targets, columns, tuple(chain(*words))))


def _table(text: str, file: str, *, as_written: bool) -> _Table:
    """The table of a text; `as_written`: with its cells, even where all are numbers."""
    number, first = _first_line(text)
    delimiter = _delimiter(first)
    found = None if as_written else _numbers(text, delimiter, number, first)
    if found is not None:
        names, _ = _named(first.split(delimiter), file)
        return _Table(file, names, list(found.T))
    lines, rows = _rows(text, delimiter, file)
    if delimiter != ",":
        rows = with_points(rows, lines, file)
    names, headings = _named(rows[0], file)
    lines, rows = lines[headings:], rows[headings:]
    if not rows:
        raise errors.empty_data(file)
    columns = list(zip(*rows, strict=True))
    return _Table(file, names, list(map(_parsed, columns)), columns, lines)


def _named(cells: Sequence[str], file: str) -> tuple[list[str], int]:
    """The columns' names by the first row, and the number of its rows that are a heading: one or none."""
    bare = [cell.strip() for cell in cells]
    if any(map(is_number, bare)):
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
            above = 0 if any(map(is_number, cells)) else number
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
    """The sign that separates cells: one between numbers with decimal commas, or that of these that the first line has most
    often outside of quotes."""
    bare = _QUOTED.sub("", line)
    for sign in (";", "\t"):
        cells = bare.split(sign)
        if len(cells) > 1 and all(number_in(cell) for cell in cells):
            return sign
    return max((",", ";", "\t"), key=bare.count)


def _place(table: _Table, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    if name.isdigit() and 1 <= int(name) <= len(table.names):
        return int(name) - 1
    raise errors.no_column(table.file, name, table.names)


def _parsed(cells: Sequence[str]) -> HostArray:
    """Numbers, float64, if all cells are, else the cells as texts."""
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return np.array(cells)


def _texts(table: _Table, place: int) -> HostArray:
    """The cells of a column as they are written; none is empty."""
    cells, name = table.cells[place], table.names[place]
    if "" in cells:
        raise errors.empty_cell(table.file, table.lines[cells.index("")], name)
    return np.array(cells)


def _values(table: _Table, place: int) -> HostArray:
    """A column's numbers, or its texts if these are words."""
    values = table.values[place]
    if values.dtype.kind != "U":
        return values
    texts = _texts(table, place)
    _check_words(table, place)
    return texts


def _check_words(table: _Table, place: int) -> None:
    """Raise SetupError where a column's cells are numbers but for some, or have decimal commas."""
    cells, name, lines = table.cells[place], table.names[place], table.lines
    others = [row for row, cell in enumerate(cells) if not is_number(cell)]
    numbers, odd = len(cells) - len(others), lines[others[0]]
    if others[0] > 0:
        raise errors.no_number_in_column(table.file, odd, name, lines[0])
    if numbers > len(others) or (numbers and all(is_marker(cells[row]) for row in others)):
        raise errors.numbers_but_for_some(table.file, odd, name, cells[0], numbers, len(cells))
    commas = [row for row in others if has_comma(cells[row])]
    if 2 * (len(commas) + numbers) > len(cells):
        raise errors.decimal_commas(table.file, lines[commas[0]], name)


def _features(table: _Table, place: int, is_category: bool) -> tuple[HostArray, tuple[str, ...]]:
    """A column of numbers (m, 1), or for texts (m, texts): 1 in the column of each sample's text; and these texts."""
    values = _texts(table, place) if is_category else _values(table, place)
    if values.dtype.kind != "U":
        return values[:, None], ("",)
    texts, codes = np.unique(values, return_inverse=True)
    name = table.names[place]
    if len(texts) > MOST_TEXTS:
        raise errors.too_many_texts(table.file, name, len(texts), MOST_TEXTS)
    if not is_category and len(values) >= CELLS_OF_NAMES and 2 * len(texts) > len(values):
        raise errors.texts_of_their_own(table.file, name, len(texts), len(values))
    features = np.asarray(codes[:, None] == np.arange(len(texts)), dtype=np.float64)
    return features, tuple(f"{name} = {text}" for text in texts.tolist())
