"""The places of panels in a grid whose inner panels have no labels, from sizes that are measured once.

Matplotlib's constrained layout measures every label of every panel several times, which takes longer than to draw them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS, _TITLE, _EDGE = 3.9, 2.6, 0.9
"""Heights of letters: below a panel with ticks and a label, above one with a title of the figure, at the other edges."""
_NUMBER, _TICKS = 4.5, 6  # the room of a number at a tick; the most spaces between ticks
_APART = 2.0  # between two panels: room for a factor such as 1e-5 above an axis


def arrange(drawn: Figure, grid: Sequence[Sequence[Axes]], font_size: float) -> None:
    """Give every panel of a figure its place: labels stand left of the first column and below the last row, a title above,
    a legend of the figure at the lower edge; numbers along the panels have room. `font_size` is in points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    wide, tall = drawn.bbox.width, drawn.bbox.height
    letter = font_size * drawn.dpi / 72
    renderer = FigureCanvasAgg(drawn).get_renderer()  # type: ignore[no-untyped-call]
    legend = sum(each.get_window_extent(renderer).height for each in drawn.legends)
    rows, columns = len(grid), len(grid[0])
    bottom, top = legend + _LABELS * letter, (_TITLE if drawn.get_suptitle() else _EDGE) * letter
    across, up = wide - _EDGE * letter, tall - bottom - top
    drawn.subplots_adjust(
        left=0.15,
        right=across / wide,
        bottom=bottom / tall,
        top=1 - top / tall,
        wspace=_share(_APART * letter, across - 0.15 * wide, columns),
        hspace=_share(_APART * letter, up, rows),
    )
    left = max(_outside(row[0], renderer) for row in grid) + _EDGE / 2 * letter
    drawn.subplots_adjust(left=left / wide, wspace=_share(_APART * letter, across - left, columns))
    for panel in grid[-1]:
        if panel.get_xscale() == "linear":
            most = int(panel.bbox.width / (_NUMBER * letter))
            panel.locator_params(axis="x", nbins=max(2, min(most, _TICKS)))


def _share(gap: float, room: float, panels: int) -> float:
    """A gap as a share of a panel's size, where so many share a room."""
    return gap * panels / max(1.0, room - gap * (panels - 1))


def _outside(panel: Axes, renderer: object) -> float:
    """Pixels that the vertical axis takes left of its panel."""
    box = panel.yaxis.get_tightbbox(renderer)  # type: ignore[arg-type]
    return 0.0 if box is None else max(0.0, panel.bbox.x0 - box.x0)
