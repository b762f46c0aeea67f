"""The figure of a run or of several: each metric against rounds and against bits that a node sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.printable import printable

from .. import output_errors
from ..execute.interface import Header, Point
from ..files.whole import write_whole
from .metrics import formula, plotted
from .table import Labelled
from .units import bit_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".pdf", ".svg")
_SIGNS = {
    ".png": re.compile(rb"\x89PNG\r\n"),
    ".pdf": re.compile(rb"%PDF-"),
    ".svg": re.compile(rb"(?s)(\xef\xbb\xbf)?\s*<([?!].*<)?svg"),
}
_LOOKED_AT = 4096  # bytes of a file by which its format is recognised

# Okabe and Ito's colours, which stay apart for colour-blind readers, then line styles for a second turn
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES = ("-", "--", ":", "-.")
_LOG_SPAN = 30.0  # an axis whose positive values span more than this is logarithmic
_LOOK: dict[Any, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "font.size": 10,
    "legend.frameon": False,
}
# text stays text, and names inside the file do not differ each time
_FILES: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "cablese"}


@dataclass(frozen=True, slots=True)
class _Axis:
    """A horizontal axis: its value at a point, to be divided by `scale`, and its label."""

    value: Callable[[Point, Header], float]
    label: str
    scale: float = 1.0


def figure(runs: Sequence[Labelled], clock: str = "") -> Figure:
    """The figure of the runs with at least one point; seconds are a third column if there are several runs, or under the
    name `clock` where it is given."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    runs = [run for run in runs if run.recording.points]

    axes = _axes(runs, clock or ("time (s)" if len(runs) > 1 else ""))
    names = plotted({name for run in runs for name in run.recording.points[-1].metrics}) or ("",)
    with mpl.rc_context(_LOOK):
        drawn = Figure(figsize=(1.2 + 3.9 * len(axes), 0.9 + 2.6 * len(names)), layout="constrained", dpi=150)
        grid = drawn.subplots(len(names), len(axes), squeeze=False, sharex="col", sharey="row")
        for name, row in zip(names, grid, strict=True):
            for axis, panel in zip(axes, row, strict=True):
                _draw(panel, name, axis, runs)
            row[0].set_ylabel(formula(name))
        for axis, panel in zip(axes, grid[-1], strict=True):
            panel.set_xlabel(axis.label)
        drawn.align_ylabels()
        _caption(drawn, grid[0][0], runs)
    return drawn


def save_figure(drawn: Figure, path: Path) -> None:
    """Write a figure as PNG, PDF or SVG by the file's suffix, at once; equal runs give equal files.

    Raises UsageError where the file is no figure, OutputFailed where it cannot be written.
    """
    import matplotlib as mpl

    check_replaces_figure(path)
    suffix, stream = path.suffix.lower(), BytesIO()
    dates = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    with mpl.rc_context(_FILES):
        drawn.savefig(stream, format=suffix[1:], metadata=dates.get(suffix))
    try:
        write_whole(path, stream.getvalue())
    except OSError as error:
        raise output_errors.failed(path, error) from None


def check_replaces_figure(path: Path) -> None:
    """Raise UsageError unless a figure replaces one of its format, or nothing, in a folder that exists."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise output_errors.no_figure(path, SUFFIXES)
    if not path.parent.is_dir():
        raise output_errors.no_folder(path)
    if not path.is_file():
        return
    try:
        with path.open("rb") as stream:
            beginning = stream.read(_LOOKED_AT)
    except OSError as error:
        raise output_errors.not_writable(f"the plot {path}", error) from None
    if beginning and not _SIGNS[suffix].match(beginning):
        raise output_errors.not_a_picture(f"the plot {path}", suffix)


def _axes(runs: Sequence[Labelled], clock: str) -> list[_Axis]:
    most = max(_bits_per_node(run.recording.points[-1], run.recording.header) for run in runs)  # type: ignore[arg-type]
    scale, unit = bit_scale(most)
    axes = [
        _Axis(lambda point, _: point.round, "rounds"),
        _Axis(_bits_per_node, f"sent per node ({unit})", scale),
    ]
    if clock:
        axes.append(_Axis(lambda point, _: point.seconds, clock))
    return axes


def _bits_per_node(point: Point, header: Header) -> float:
    return point.bits_up / header.n


def _draw(panel: Axes, name: str, axis: _Axis, runs: Sequence[Labelled]) -> None:
    reached, heights = [], []
    for i, run in enumerate(runs):
        header, points = run.recording.header, [p for p in run.recording.points if name in p.metrics]
        assert header is not None, "a recording starts with a header"
        xs = [axis.value(point, header) / axis.scale for point in points]
        ys = [point.metrics[name] for point in points]
        style = _STYLES[i // len(_COLOURS) % len(_STYLES)]
        marker = "o" if len(points) == 1 else None
        panel.plot(xs, ys, style, marker=marker, color=_COLOURS[i % len(_COLOURS)], label=run.label)
        reached += xs[-1:]
        heights += ys
    if _spans_decades(heights):
        panel.set_yscale("log")
    if _spans_decades(reached):
        panel.set_xscale("symlog", linthresh=min(x for x in reached if x > 0) / 10)
    else:
        panel.locator_params(axis="x", nbins=6)


def _spans_decades(values: Sequence[float]) -> bool:
    """True where a logarithmic axis suits: all values positive (an exact zero at the end aside), over a wide range."""
    positive = [value for value in values if value > 0]
    return bool(positive) and min(values) >= 0 and max(positive) / min(positive) > _LOG_SPAN


def _caption(drawn: Figure, panel: Axes, runs: Sequence[Labelled]) -> None:
    header = runs[0].recording.header
    assert header is not None, "a recording starts with a header"
    setting = f"{header.problem},  n = {header.n},  d = {header.d}"
    title = setting if len(runs) > 1 else f"{runs[0].label} on {setting}"
    drawn.suptitle(printable(title), fontsize="medium", parse_math=False)
    if len(runs) > 1:
        handles, _ = panel.get_legend_handles_labels()
        labels = [printable(run.label) for run in runs]
        legend = drawn.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 5))
        for text in legend.get_texts():
            text.set_parse_math(False)


def lines_figure(xs: Sequence[float], curves: Mapping[str, Sequence[float]], across: str, up: str) -> Figure:
    """Curves over the same values, by their names, on logarithmic axes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_LOOK):
        drawn = Figure(figsize=(6.4, 4.0), layout="constrained", dpi=150)
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
    return drawn
