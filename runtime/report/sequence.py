"""Drawings of message-sequence charts: everything is placed in inches, then handed to matplotlib."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, assert_never

from cablese.dsl.emit.sequence import Arrow, Box, Chart, Frame, Step
from cablese.dsl.text.records import record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_POINTS = 8.5  # size of the text
_CHARACTER = _POINTS * 0.615 / 72  # inches: DejaVu Sans Mono is 0.602 em wide, its bold a little more
_LINE = 0.165
_PAD, _GAP, _EDGE = 0.09, 0.13, 0.25
_INSET = 0.13  # distance of a frame from the one around it
_LONGEST = 58  # characters of a line

_INK, _FAINT = "#222222", "#9a9a9a"
_LOCAL, _FRAME = "#eef3f8", "#555555"
_COMPRESSED, _DENSE = "#009E73", "#D55E00"


@record
class _Columns:
    """Places of the lanes, and the outer ends of the chart, in inches."""

    lanes: dict[str, float]
    left: float
    right: float


def chart_figure(chart: Chart) -> Figure:
    """The chart as a figure, as large as its text asks for."""
    from .shown_figure import ShownFigure

    columns = _columns(chart)
    width, height = columns.right + _EDGE, _EDGE + 0.75 + _height(chart.steps) + 0.45
    figure = ShownFigure(figsize=(width, height), dpi=150)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    _Drawing(axes, columns).chart(chart, height)
    return figure


# --- measures --------------------------------------------------------------------------------------------------


def _rows(step: Box | Arrow) -> list[str]:
    """The lines of a step, the long ones broken."""
    rows = [step.title] if step.title else []
    for line in step.lines:
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        rows += wrap(line, _LONGEST, subsequent_indent=indent, break_long_words=False) or [line]
    return rows


def _width(step: Box | Arrow) -> float:
    return max((len(row) for row in _rows(step)), default=0) * _CHARACTER + 2 * _PAD


def _height(steps: Iterable[Step]) -> float:
    return sum(_step_height(step) for step in steps)


def _step_height(step: Step) -> float:
    match step:
        case Box():
            return len(_rows(step)) * _LINE + 2 * _PAD + _GAP
        case Arrow():
            return len(_rows(step)) * _LINE + _PAD + 0.12 + _GAP
        case Frame():
            other = _LINE + _GAP + _height(step.otherwise) if step.otherwise else 0
            return _LINE + 2 * _PAD + _height(step.then) + other + 2 * _GAP
        case _:
            assert_never(step)


def _flat(steps: Sequence[Step], depth: int = 1) -> Iterable[tuple[Box | Arrow, int]]:
    """Every box and arrow, with 1 + the number of frames around it."""
    for step in steps:
        if isinstance(step, Frame):
            yield from _flat((*step.then, *step.otherwise), depth + 1)
        else:
            yield step, depth


def _columns(chart: Chart) -> _Columns:
    steps = list(_flat(chart.steps))
    depth = max((depth for _, depth in steps), default=1)
    half = {lane: (len(lane) * _CHARACTER + 4 * _PAD) / 2 for lane in chart.lanes}
    between = 1.6
    for step, _ in steps:
        if isinstance(step, Box) and len(step.lanes) == 1:
            half[step.lanes[0]] = max(half[step.lanes[0]], _width(step) / 2)
        else:
            between = max(between, _width(step) + 0.3)
    first, second = chart.lanes
    between = max(between, half[first] + half[second] + 0.3)
    left = _EDGE + depth * _INSET
    places = {first: left + half[first], second: left + half[first] + between}
    return _Columns(places, _EDGE, places[second] + half[second] + depth * _INSET)


# --- drawing ---------------------------------------------------------------------------------------------------


class _Drawing:
    def __init__(self, axes: Axes, columns: _Columns) -> None:
        self.axes, self.columns = axes, columns

    def chart(self, chart: Chart, height: float) -> None:
        top = _EDGE + 0.1
        self.axes.text(
            self.columns.left, top, chart.title, fontsize=11, weight="bold", color=_INK, va="center"
        )
        for name, x in self.columns.lanes.items():
            self.axes.plot([x, x], [top + 0.45, height - 0.4], color=_FAINT, lw=1, ls=(0, (4, 3)), zorder=0)
            self.rectangle(x, top + 0.27, len(name) * _CHARACTER + 4 * _PAD, 0.27, face="#ffffff", edge=_INK)
            self.text(x, top + 0.405, name, weight="bold")
        self.steps(chart.steps, _EDGE + 0.75, 0)
        self.legend(height - 0.2)

    def legend(self, y: float) -> None:
        x = self.columns.left
        for colour, what in ((_COMPRESSED, "compressed"), (_DENSE, "not compressed")):
            self.axes.plot([x, x + 0.25], [y, y], color=colour, lw=1.8)
            self.text(x + 0.32, y, what, align="left", color=_FRAME)
            x += 0.32 + (len(what) + 3) * _CHARACTER

    def steps(self, steps: Iterable[Step], y: float, depth: int) -> float:
        for step in steps:
            match step:
                case Box():
                    self.box(step, y)
                case Arrow():
                    self.arrow(step, y)
                case Frame():
                    self.frame(step, y, depth)
                case _:
                    assert_never(step)
            y += _step_height(step)
        return y

    def box(self, box: Box, y: float) -> None:
        places = [self.columns.lanes[lane] for lane in box.lanes]
        middle, apart = (min(places) + max(places)) / 2, max(places) - min(places)
        width = max(_width(box), apart + 0.5 if apart else 0)
        self.rectangle(middle, y, width, _step_height(box) - _GAP, face=_LOCAL, edge="#b8c7d6")
        left = middle - _width(box) / 2 + _PAD
        for place, row in enumerate(_rows(box)):
            slant = "italic" if box.title and place == 0 else "normal"
            self.text(left, y + _PAD + (place + 0.5) * _LINE, row, align="left", style=slant)

    def arrow(self, arrow: Arrow, y: float) -> None:
        start, end = self.columns.lanes[arrow.sender], self.columns.lanes[arrow.receiver]
        rows, colour = _rows(arrow), _COMPRESSED if arrow.compressed else _DENSE
        for place, row in enumerate(rows):
            slant = "italic" if arrow.title and place == 0 else "normal"
            self.text((start + end) / 2, y + (place + 0.5) * _LINE, row, style=slant, behind="#ffffff")
        line = y + len(rows) * _LINE + 0.08
        head = {"arrowstyle": "-|>,head_width=0.25,head_length=0.5", "color": colour, "lw": 1.8}
        self.axes.annotate("", (end, line), (start, line), arrowprops={**head, "shrinkA": 0, "shrinkB": 0})

    def frame(self, frame: Frame, y: float, depth: int) -> None:
        left, right = self.columns.left + depth * _INSET, self.columns.right - depth * _INSET
        tall = _step_height(frame) - _GAP
        middle = (left + right) / 2
        self.rectangle(middle, y, right - left, tall, face="none", edge=_FRAME)
        self.label(frame.label, left, y)
        below = self.steps(frame.then, y + _LINE + 2 * _PAD, depth + 1)
        if frame.otherwise:
            self.axes.plot([left, right], [below, below], color=_FRAME, lw=1, ls=(0, (4, 3)))
            self.label("else", left, below)
            self.steps(frame.otherwise, below + _LINE + _GAP, depth + 1)

    def label(self, text: str, left: float, y: float) -> None:
        width = len(text) * _CHARACTER + 2 * _PAD
        self.rectangle(left + width / 2, y, width, _LINE + 0.06, face="#e9e9e9", edge=_FRAME)
        self.text(left + _PAD, y + _LINE / 2 + 0.03, text, align="left", weight="bold")

    def rectangle(self, middle: float, y: float, width: float, height: float, face: str, edge: str) -> None:
        from matplotlib.patches import Rectangle

        corner = (middle - width / 2, y)
        self.axes.add_patch(Rectangle(corner, width, height, facecolor=face, edgecolor=edge, lw=1, zorder=1))

    def text(
        self, x: float, y: float, text: str, align: str = "center", behind: str = "", **look: Any
    ) -> None:
        settings: dict[str, Any] = {"color": _INK, "fontsize": _POINTS, "family": "monospace"} | look
        if behind:
            settings["bbox"] = {"facecolor": behind, "edgecolor": "none", "pad": 0.6}
        # a dollar sign in a spec's text is no mathematics
        self.axes.text(x, y, text, ha=align, va="center", zorder=3, parse_math=False, **settings)
