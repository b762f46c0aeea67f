"""The progress bar of a run: rounds, the leading metric, bits sent; on standard error, only on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ..execute.interface import Header, Point, Summary
from .metrics import leading, words
from .units import bits_text, metric_text

if TYPE_CHECKING:
    from rich.console import Console

_BAR, _REMAINING, _GAPS = 8, 7, 4  # characters of the shortest bar, of the time that remains, between columns


class ProgressBar:
    """A watcher that draws a bar; as a context manager it leaves the terminal tidy however the run ends."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.table import Column

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(
                bar_width=None, table_column=Column(ratio=1, min_width=_BAR)
            ),  # takes what the texts leave
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            expand=True,
        )
        self._width = console.width
        self._room = 0  # characters for the state
        self._task = self._bar.add_task("", total=None, state="", visible=False)
        self._nodes = 1

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, header: Header) -> None:
        """Start a run's bar."""
        self._nodes = header.n
        counted = 2 * len(str(header.rounds)) + 1
        self._room = self._width - len(header.algorithm) - counted - _BAR - _REMAINING - _GAPS
        self._bar.reset(self._task, description=header.algorithm, total=header.rounds, visible=True, state="")

    def tick(self, rounds_done: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=rounds_done)

    def point(self, point: Point) -> None:
        """Move the bar and show the metric and the bits so far."""
        self._bar.update(self._task, completed=point.round, state=self._state(point))

    def _state(self, point: Point) -> str:
        """The metric and the bits so far, as far as there is room for them."""
        name, sent = leading(point.metrics), f"{bits_text(point.bits_up / self._nodes)}/node up"
        metric = f"{words(name)} {metric_text(point.metrics[name])}" if name else ""
        texts = (f"{metric}  {sent}".lstrip(), metric, sent)
        return next((text for text in texts if 0 < len(text) <= self._room), "")

    def end(self, summary: Summary) -> None:
        """Show nothing more: the closing table has the rest."""
