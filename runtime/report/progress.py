"""Progress of runs: a bar a run with its rate, the leading metric and its trend, bits sent; on standard error, only on a
terminal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from math import isfinite, log
from types import TracebackType
from typing import TYPE_CHECKING

from ..execute.interface import Header, Point, Summary, Watcher
from .metrics import leading, words
from .units import bits_text, metric_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

_BAR, _RATE, _REMAINING, _GAPS = (
    8,
    10,
    7,
    5,
)  # characters of the shortest bar, a rate, a time, between columns
_WIDE = 100  # characters of a terminal that has room for rates
_ROWS = 6  # bars shown at once, the newest, and those of all runs that go on
_HEIGHTS = "▁▂▃▄▅▆▇█"
TREND = 12  # points of a trend
PAUSE = 0.05  # seconds between two drawings of a run's points, at least


class ProgressBars:
    """The bars of runs, in turn or at once, and one for all where there are several; as a context manager it leaves the
    terminal tidy however the runs end."""

    def __init__(self, console: Console, runs: int = 1) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.table import Column

        self.rows = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(
                bar_width=None, table_column=Column(ratio=1, min_width=_BAR)
            ),  # takes what the texts leave
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            expand=True,
        )
        self.width = console.width
        self.rate_room = _RATE if console.width >= _WIDE else 0  # characters for a rate
        self.draws_trends = console.encoding.startswith("utf")
        self._shown: list[RunBar] = []
        self._all = self.rows.add_task("runs", total=runs, state="", rate="", visible=runs > 1)

    def __enter__(self) -> ProgressBars:
        self.rows.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bar in self._shown:
            bar.draw()
        self.rows.stop()

    def of_run(self) -> list[Watcher]:
        """The bar of one more run, as a watcher."""
        return [RunBar(self)]

    def add(self, bar: RunBar) -> None:
        """Show a bar; where there are many the oldest of a run that ended makes room for it."""
        self._shown.append(bar)
        ended = [each for each in self._shown if each.has_ended]
        if len(self._shown) > _ROWS and ended:
            self._shown.remove(ended[0])
            ended[0].hide()

    def count(self) -> None:
        """Count a run that ended."""
        self.rows.advance(self._all)


class RunBar:
    """A watcher of one run that draws its bar."""

    def __init__(self, bars: ProgressBars) -> None:
        self._bars = bars
        self._row: TaskID | None = None
        self._room = 0  # characters for the state
        self._nodes = 1
        self._trend = deque[float](maxlen=TREND)
        self._waits: Point | None = None  # the last point, if it is not drawn yet
        self._due = 0.0
        self.has_ended = False

    def begin(self, header: Header) -> None:
        """Draw the bar."""
        self._nodes = header.n
        counted = 2 * len(str(header.rounds)) + 1
        taken = len(header.algorithm) + counted + _BAR + self._bars.rate_room + _REMAINING + _GAPS
        self._room = self._bars.width - taken
        self._row = self._bars.rows.add_task(header.algorithm, total=header.rounds, state="", rate="")
        self._bars.add(self)

    def tick(self, rounds_done: int) -> None:
        """Move the bar."""
        self.draw()
        self._move(rounds_done)

    def point(self, point: Point) -> None:
        """Move the bar and show the metric, its trend and the bits so far: a drawing takes as long as some short rounds."""
        name = leading(point.metrics)
        if name:
            self._trend.append(point.metrics[name])
        self._waits = point
        if time.monotonic() >= self._due:
            self.draw()

    def draw(self) -> None:
        """Show the last point."""
        point, self._waits = self._waits, None
        if point is not None:
            self._due = time.monotonic() + PAUSE
            self._move(point.round, state=self._state(point))

    def end(self, summary: Summary) -> None:
        """Leave the bar at the last point and count the run; the closing table has the rest."""
        self.draw()
        self.has_ended = True
        self._bars.count()

    def hide(self) -> None:
        """Make room for another bar."""
        if self._row is not None:
            self._bars.rows.remove_task(self._row)
            self._row = None

    def _move(self, rounds: int, state: str | None = None) -> None:
        row = next((known for known in self._bars.rows.tasks if known.id == self._row), None)
        if row is None:
            return
        shown = row.fields["state"] if state is None else state
        rate = rate_text(row.speed) if row.speed and self._bars.rate_room else ""
        self._bars.rows.update(row.id, completed=rounds, rate=rate, state=shown)

    def _state(self, point: Point) -> str:
        """The metric, its trend and the bits so far, as far as there is room for them."""
        metric, sent = state_texts(point, self._nodes)
        drawn = f"{metric} {trend(self._trend)}" if self._bars.draws_trends and metric else metric
        texts = (f"{drawn}  {sent}".lstrip(), f"{metric}  {sent}".lstrip(), metric, sent)
        return next((text for text in texts if 0 < len(text) <= self._room), "")


def state_texts(point: Point, nodes: int) -> tuple[str, str]:
    """The leading metric of a point, empty where nothing is measured, and the bits that a node has sent up."""
    name = leading(point.metrics)
    metric = f"{words(name)} {metric_text(point.metrics[name])}" if name else ""
    return metric, f"{bits_text(point.bits_up / nodes)}/node up"


def trend(values: Collection[float]) -> str:
    """The values as bars of eight heights, logarithmic where all are positive: a straight fall is a linear rate."""
    finite = [value for value in values if isfinite(value)]
    heights = [log(value) for value in finite] if finite and min(finite) > 0 else finite
    if not heights:
        return ""
    low, span = min(heights), max(heights) - min(heights)
    return "".join(
        _HEIGHTS[round((height - low) / span * (len(_HEIGHTS) - 1)) if span else 0] for height in heights
    )


def rate_text(speed: float) -> str:
    """Rounds a second, or seconds a round where that is slow: `1,204/s`, `0.6/s`, `12 s each`."""
    if speed < 0.1:
        return f"{1 / speed:,.0f} s each"
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"
