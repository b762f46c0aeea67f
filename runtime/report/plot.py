"""The figure of a run or of several: metrics against what was spent, with bands over seeds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.nearest import meant
from cablese.dsl.text.printable import printable
from cablese.dsl.text.records import record

from ..errors import UsageError
from .axes import PREDICTED, Axis, axis
from .labels import Curve, header_of
from .layout import arrange
from .metrics import formula, plotted
from .series import SPREADS, series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which stay apart for colour-blind readers, then line styles for a second turn
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES = ("-", "--", ":", "-.")
_FOLDERS = re.compile(r'"[^"]*/([^"/]+)"')
_LEAST_LETTERS = 12  # of a problem in a title, however narrow the figure
_LOG_SPAN = 30.0  # an axis whose positive values span more than this is logarithmic
LOOK: dict[Any, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "font.size": 10,
    "legend.frameon": False,
}
_SMALL: dict[Any, Any] = {"font.size": 8, "lines.linewidth": 1.2}
_LETTER, _HANDLE = 0.62, 4.8  # widths in a legend, in heights of letters: a letter; a line with its space
_WIDTHS = {"screen": None, "single": 3.4, "double": 7.0}
"""Inches across, by style: as many as the panels need, or a column or two of a paper."""
STYLES = tuple(_WIDTHS)
SCALES = ("auto", "log", "linear")
PERS = ("node", "total")


@record
class View:
    """The choices of a figure; what is empty goes by the runs."""

    x: tuple[str, ...] = ()  # of axes.QUANTITIES
    y: tuple[str, ...] = ()  # metrics
    each: bool = True  # bits per node, not in total
    scale: str = "auto"  # of the vertical axes
    style: str = "screen"
    centre: str = "median"
    most: float | None = None  # the upper end of the vertical axes, where what diverges would hide the rest
    title: str = ""  # in the place of the problem
    clock: str = ""  # the name of the seconds, where they are not the time of the run


_PLAIN = View()


def read_view(
    x: str | Sequence[str], y: str | Sequence[str], per: str, scale: str, style: str, centre: str
) -> View:
    """The choices of a figure from words; axes and metrics in a list, or in a text with commas between them.

    Raises UsageError for a choice that there is not; axes and metrics are tried where the runs are known.
    """
    choices = {
        "per": (per, PERS),
        "scale": (scale, SCALES),
        "style": (style, STYLES),
        "centre": (centre, SPREADS),
    }
    for what, (given, known) in choices.items():
        if given not in known:
            raise UsageError(f"--{what} takes {', '.join(known)}, not {given}.{meant(given, known)}")
    return View(_names(x), _names(y), per == "node", scale, style, centre)


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    parts = given.split(",") if isinstance(given, str) else given
    return tuple(name.strip() for name in parts if name.strip())


def figure(curves: Sequence[Curve], view: View = _PLAIN) -> Figure:
    """The figure of curves, a panel for each metric and axis: by default value and gradient against rounds, bits sent per
    node and, for several curves, time. Raises UsageError for an axis or metric that there is not."""
    import matplotlib as mpl

    from .shown_figure import ShownFigure

    axes, names = list(axes_of(curves, view).values()), metrics_of(curves, view)
    with mpl.rc_context(LOOK | _SMALL if _WIDTHS[view.style] else LOOK):
        drawn = ShownFigure(figsize=_size(len(axes), len(names), view), dpi=150)
        grid = drawn.subplots(len(names), len(axes), squeeze=False, sharex="col", sharey="row")
        for name, row in zip(names, grid, strict=True):
            for axis, panel in zip(axes, row, strict=True):
                _draw(panel, name, axis, curves, view)
            row[0].set_ylabel(formula(name))
        for axis, panel in zip(axes, grid[-1], strict=True):
            panel.set_xlabel(axis.label)
        drawn.align_ylabels()
        _caption(drawn, grid[0][0], curves, view)
        arrange(drawn, grid.tolist(), _font_size())
    return drawn


def axes_of(curves: Sequence[Curve], view: View) -> dict[str, Axis]:
    """The horizontal axes of a figure, by name. Raises UsageError for an unknown one."""
    if PREDICTED in view.x and not view.clock:
        raise UsageError(f"--x {PREDICTED} is of runs over a network: give --network, too.")
    ends = [(run.points[-1], header_of(run)) for curve in curves for run in curve.recordings]
    timed = ("seconds",) if len(curves) > 1 or view.clock else ()
    found = {name: axis(name, ends, each=view.each) for name in view.x or ("rounds", "bits_up", *timed)}
    if view.clock and "seconds" in found:
        found["seconds"] = replace(found["seconds"], label=view.clock)
    return found


def metrics_of(curves: Sequence[Curve], view: View) -> tuple[str, ...]:
    """The metrics of a figure. Raises UsageError for one that no run has."""
    present = {name for c in curves for run in c.recordings for point in run.points for name in point.metrics}
    for name in view.y:
        if name not in present:
            names, hint = ", ".join(sorted(present)), meant(name, present)
            raise UsageError(f"--y takes what the runs measured, {names}, not {name}.{hint}")
    last = {name for curve in curves for name in curve.recordings[0].points[-1].metrics}
    return view.y or plotted(last) or ("",)


def _size(columns: int, rows: int, view: View) -> tuple[float, float]:
    width = _WIDTHS[view.style]
    if width is None:
        return 1.2 + 3.9 * columns, 0.9 + 2.6 * rows
    return width, 0.6 + 0.75 * rows * (width / columns if width / columns < 4 else 4)


def _draw(panel: Axes, name: str, axis: Axis, curves: Sequence[Curve], view: View) -> None:
    reached: list[float] = []
    heights: list[float] = []
    for i, curve in enumerate(curves):
        line = series(curve, name, axis, view.centre)
        style, colour = _STYLES[i // len(_COLOURS) % len(_STYLES)], _COLOURS[i % len(_COLOURS)]
        marker = "o" if len(line.places) == 1 else None
        panel.plot(line.places, line.values, style, marker=marker, color=colour, label=curve.label)
        if line.low:
            panel.fill_between(line.places, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
        reached += line.places[-1:]
        heights += line.values
    if view.scale == "log" or (view.scale == "auto" and spans_decades(heights)):
        panel.set_yscale("log")
    if view.most is not None:
        panel.set_ylim(top=view.most)
    knee = linear_below(reached)
    if knee is not None:
        panel.set_xscale("symlog", linthresh=knee)


def linear_below(reached: Sequence[float]) -> float | None:
    """The power of ten up to which a horizontal axis is linear, and beyond it logarithmic, where curves end decades apart;
    None for an axis that is linear. 0 and it are a decade apart, so that their numbers do not touch."""
    if not spans_decades(reached):
        return None
    return float(10.0 ** (math.ceil(math.log10(min(x for x in reached if x > 0))) - 1))


def spans_decades(values: Sequence[float]) -> bool:
    """True where a logarithmic axis suits: all values positive (an exact zero at the end aside), over a wide range."""
    positive = [value for value in values if value > 0]
    return bool(positive) and min(values) >= 0 and max(positive) / min(positive) > _LOG_SPAN


def _caption(drawn: Figure, panel: Axes, curves: Sequence[Curve], view: View) -> None:
    start = "" if len(curves) > 1 else f"{curves[0].label} on "
    room = int(drawn.get_figwidth() * 72 / (_font_size() * _LETTER)) - len(start)
    title = start + setting_of(curves, view.title, room)
    if _WIDTHS[view.style] is None:  # a paper has captions of its own
        drawn.suptitle(printable(title), fontsize="medium", parse_math=False)
    banded = any(len(curve.recordings) > 1 for curve in curves)
    if len(curves) > 1 or banded:
        handles, _ = panel.get_legend_handles_labels()
        labels = [printable(curve.label) for curve in curves]
        columns = _legend_columns(labels, drawn, most=5 if _WIDTHS[view.style] is None else 2)
        words = f"bands: {SPREADS[view.centre][1]}" if banded else None
        legend = drawn.legend(handles, labels, loc="lower center", ncols=columns, title=words)
        for text in legend.get_texts():
            text.set_parse_math(False)


def setting_of(curves: Sequence[Curve], title: str = "", letters: int | None = None) -> str:
    """The problem that curves are of, files without their folders, or a title in its place, and its size; the former is cut
    where all is longer than `letters`."""
    header = curves[0].header
    shared = {f"n = {curve.header.n}" for curve in curves}
    sizes = ",  ".join([*(shared if len(shared) == 1 else ()), f"d = {header.d}"])
    problem = _FOLDERS.sub(r'"\1"', title or header.problem)
    room = len(problem) if letters is None else max(_LEAST_LETTERS, letters - len(sizes) - 3)
    cut = problem if len(problem) <= room else f"{problem[: room - 1]}…"
    return f"{cut},  {sizes}"


def _legend_columns(labels: Sequence[str], drawn: Figure, *, most: int) -> int:
    """The most columns whose longest labels have room beside each other; a legend is filled column by column."""
    room = drawn.get_figwidth() * 72 / _font_size()  # in letters' heights
    for columns in range(min(len(labels), most), 1, -1):
        rows, longer = divmod(len(labels), columns)
        lengths, rest = [], list(labels)
        for column in range(columns):
            held = rows + (column < longer)
            lengths.append(max(map(len, rest[:held])))
            rest = rest[held:]
        if _LETTER * sum(lengths) + _HANDLE * columns <= room:
            return columns
    return 1


def _font_size() -> float:
    import matplotlib as mpl

    return float(mpl.rcParams["font.size"])


def lines_figure(xs: Sequence[float], curves: Mapping[str, Sequence[float]], across: str, up: str) -> Figure:
    """Curves over the same values, by their names, on logarithmic axes."""
    import matplotlib as mpl

    from .shown_figure import ShownFigure

    with mpl.rc_context(LOOK):
        drawn = ShownFigure(figsize=(6.4, 4.0), dpi=150)
        panel = drawn.subplots()
        for i, (label, ys) in enumerate(curves.items()):
            style = _STYLES[i // len(_COLOURS) % len(_STYLES)]
            panel.plot(xs, ys, style, color=_COLOURS[i % len(_COLOURS)], label=printable(label))
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xlabel(across)
        panel.set_ylabel(printable(up), parse_math=False)
        if curves:
            for text in panel.legend().get_texts():
                text.set_parse_math(False)
        arrange(drawn, [[panel]], _font_size())
    return drawn
