"""Grids of a sweep over two names: what each method reached at every pair of their values, for heat maps and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING

from cablese.dsl.text.nearest import meant
from cablese.dsl.text.records import record

from ..errors import UsageError
from ..execute.options import setting_name
from .best import Budget, choose, criterion_of, metric_of, reached_by, why_not
from .fitted import FittedTable
from .labels import Curve
from .metrics import words
from .units import metric_text, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType


@record
class Cell:
    """A pair of values: the median that its runs reached; without one the reason, in a word or two."""

    value: float | None
    reason: str = ""
    is_best: bool = False


@record
class Grid:
    """A method's medians of a metric by the values of two names, as texts: numbers rise along rows and columns; pairs that
    were not run have no cell."""

    algorithm: str
    metric: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]

    def text(self, row: str, column: str) -> str:
        """A cell as tables and heat maps have it: its median, the best with a star, or the reason that there is none."""
        cell = self.cells.get((row, column), Cell(None))
        if cell.value is None:
            return cell.reason
        return metric_text(cell.value) + "*" * cell.is_best


@record
class Axes:
    """The two names of a grid: of its rows and of its columns, params or compressors."""

    row: str
    column: str


def read_axes(text: str) -> Axes:
    """The names that `gamma, Q` states. Raises UsageError."""
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise UsageError(f"--heat takes two names that a sweep set, such as 'gamma, p', not {text!r}.")
    return Axes(*names)


def grids(curves: Sequence[Curve], axes: Axes, metric: str | None, budget: Budget) -> list[Grid]:
    """The grid of each method that has both names, in order. Raises UsageError where none has, for a metric that no run
    has, and for two curves in one cell, of which a third setting decides."""
    criterion, found = criterion_of(curves, metric), dict[str, dict[tuple[str, str], Curve]]()
    values: dict[str, float] = {}
    for curve in curves:
        row, column = (_text(curve, name, values) for name in (axes.row, axes.column))
        if row is None or column is None:
            continue
        own = found.setdefault(curve.header.algorithm, {})
        if (row, column) in own:
            raise UsageError(
                f"--heat {axes.row}, {axes.column}: several runs of {curve.header.algorithm} have {axes.row} = {row} and "
                f"{axes.column} = {column}, and differ in something else; give the runs of one sweep."
            )
        own[row, column] = curve
    if not found:
        known = {name for curve in curves for name in (*curve.header.params, *curve.header.compressors)}
        raise UsageError(
            f"--heat {axes.row}, {axes.column}: no run has both; runs have {', '.join(sorted(known))}."
            f"{''.join(meant(name, known) for name in (axes.row, axes.column) if name not in known)}"
        )
    drawn: list[Grid] = []
    for name, own in found.items():
        best = choose(list(own.values()), criterion, budget).equals
        cells = {place: _cell(curve, criterion.metric, budget, best) for place, curve in own.items()}
        drawn.append(_grid(name, criterion.metric, cells, values))
    return drawn


def _cell(curve: Curve, by: str, budget: Budget, best: Sequence[Curve]) -> Cell:
    found = reached_by(curve, by, budget)
    if found is None:
        return Cell(None, why_not(curve, by, budget))
    return Cell(found.value, is_best=curve in best)


def _text(curve: Curve, name: str, values: dict[str, float]) -> str | None:
    """The value of a name in a curve's runs: as it was set, for what it comes to may differ over the grid, else its number;
    the least number of each text is kept for the order."""
    header = curve.header
    set_to = {setting_name(setting): setting.partition("=")[2].strip() for setting in header.settings}
    if name not in header.params:
        return set_to.get(name, header.compressors[name]) if name in header.compressors else None
    text = set_to.get(name, value_text(header.params[name]))
    values[text] = min(values.get(text, inf), header.params[name])
    return text


def _grid(
    algorithm: str, metric: str, cells: Mapping[tuple[str, str], Cell], values: Mapping[str, float]
) -> Grid:
    rows, columns = (_ordered(texts, values) for texts in zip(*cells, strict=True))
    return Grid(algorithm, metric, rows, columns, cells)


def _ordered(texts: Sequence[str], values: Mapping[str, float]) -> tuple[str, ...]:
    """Texts each once: numbers as they rise, others as they came."""
    distinct = tuple(dict.fromkeys(texts))
    return tuple(sorted(distinct, key=values.__getitem__)) if values.keys() >= set(distinct) else distinct


def grid_reports(
    curves: Sequence[Curve], axes: Axes, metric: str | None, budget: Budget
) -> Iterator[RenderableType]:
    """The grid of each method as a table, the best of its medians with a star."""
    by = metric_of(curves, metric)
    for grid in grids(curves, axes, metric, budget):
        title = f"{grid.algorithm}: {words(by)}{budget.words}, {axes.row} down, {axes.column} across"
        table = FittedTable((title, *grid.columns), right=range(1, len(grid.columns) + 1))
        for row in grid.rows:
            table.add_row(row, *(grid.text(row, column) for column in grid.columns))
        yield table
