"""The progress bar of a run: rounds, the leading metric, bits sent; on standard error, only on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ..execute.interface import Header, Point, Summary
from .metrics import leading, words
from .units import bits_text, metric_text

if TYPE_CHECKING:
    from rich.console import Console


class ProgressBar:
    """A watcher that draws a bar; as a context manager it leaves the terminal tidy however the run ends."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
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
        self._bar.reset(self._task, description=header.algorithm, total=header.rounds, visible=True, state="")

    def tick(self, rounds_done: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=rounds_done)

    def point(self, point: Point) -> None:
        """Move the bar and show the metric and the bits so far."""
        name = leading(point.metrics)
        metric = f"{words(name)} {metric_text(point.metrics[name])}  " if name else ""
        state = f"{metric}{bits_text(point.bits_up / self._nodes)}/node up"
        self._bar.update(self._task, completed=point.round, state=state)

    def end(self, summary: Summary) -> None:
        """Nothing more to show: the closing table says the rest."""
