"""The heat map of a sweep over two names: a panel a method, a colour and a number for what each pair reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cablese.dsl.text.printable import printable

from .best import Budget, metric_of
from .grids import Axes, Grid, grids
from .labels import Curve
from .metrics import with_signs, words
from .plot import LOOK

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Panel
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_COLOURS = "viridis_r"  # the least is bright; lightness is monotone, for colour-blind readers and for print
_DARK = 0.5  # of the colour scale: cells above it have light numbers


def heat_map(curves: Sequence[Curve], axes: Axes, metric: str | None, budget: Budget) -> Figure:
    """The heat maps of each method that has both names, on one scale of colours, logarithmic where all medians are positive.
    Raises UsageError as `grids` does."""
    import matplotlib as mpl

    from .shown_figure import ShownFigure

    found, by = grids(curves, axes, metric, budget), metric_of(curves, metric)
    scale = _scale(found)
    wide = sum(1.2 + _cell_width(grid) * len(grid.columns) for grid in found)
    tall = 1.3 + 0.45 * max(len(grid.rows) for grid in found)
    with mpl.rc_context(LOOK | {"axes.grid": False}):
        drawn = ShownFigure(figsize=(1.5 + wide, max(2.6, tall)), layout="constrained", dpi=150)
        ratios = [_cell_width(grid) * len(grid.columns) for grid in found]
        panels = drawn.subplots(1, len(found), squeeze=False, width_ratios=ratios)[0]
        for grid, panel in zip(found, panels, strict=True):
            _draw(panel, grid, axes, scale)
        colours = mpl.cm.ScalarMappable(scale, _COLOURS)
        bar = drawn.colorbar(colours, ax=list(panels))
        assert bar.solids is not None, "a colour bar has colours"
        bar.solids.set_rasterized(False)  # a .pgf holds no pixels
        bar.ax.set_ylabel(with_signs(words(by)) + budget.words, parse_math=False)
    return drawn


def _cell_width(grid: Grid) -> float:
    """Inches across a cell: as many as its number and the text below it need."""
    return max(0.8, 0.25 + 0.075 * max(map(len, grid.columns)))


def _scale(found: Sequence[Grid]) -> Normalize:
    """The scale of colours over the medians of all grids."""
    from matplotlib.colors import LogNorm, Normalize

    values = [cell.value for grid in found for cell in grid.cells.values() if cell.value is not None]
    if not values:
        return Normalize(0.0, 1.0)
    return LogNorm(min(values), max(values)) if min(values) > 0 else Normalize(min(values), max(values))


def _draw(panel: Panel, grid: Grid, axes: Axes, scale: Normalize) -> None:
    medians = [
        [grid.cells[row, column].value if (row, column) in grid.cells else None for column in grid.columns]
        for row in grid.rows
    ]
    panel.pcolormesh(_numbers(medians), cmap=_COLOURS, norm=scale, edgecolors="white", linewidth=1.5)
    for y, row in enumerate(grid.rows):
        for x, column in enumerate(grid.columns):
            value = medians[y][x]
            dark = value is not None and float(scale(value)) > _DARK
            panel.text(
                x + 0.5,
                y + 0.5,
                grid.text(row, column),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else "black",
            )
    panel.set_xticks(
        [x + 0.5 for x in range(len(grid.columns))], list(map(printable, grid.columns)), parse_math=False
    )
    panel.set_yticks(
        [y + 0.5 for y in range(len(grid.rows))], list(map(printable, grid.rows)), parse_math=False
    )
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    panel.set_xlabel(axes.column, parse_math=False)
    panel.set_ylabel(axes.row, parse_math=False)
    panel.set_title(printable(grid.algorithm), fontsize="medium", parse_math=False)


def _numbers(medians: Sequence[Sequence[float | None]]) -> list[list[float]]:
    """The medians with nan, which has no colour, for those that there are not."""
    return [[float("nan") if value is None else value for value in row] for row in medians]
