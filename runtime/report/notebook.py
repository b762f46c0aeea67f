"""Progress of runs in a notebook: a bar below the cell, with the leading metric, its trend and the bits sent."""

from __future__ import annotations

import sys
from collections import deque
from html import escape
from importlib import import_module
from typing import Any

from ..execute.interface import Header, Point, Summary, Watcher
from .metrics import leading
from .progress import TREND, state_texts, trend


def notebook_bars() -> list[Watcher]:
    """The bar of one more run, where a notebook's kernel runs this process."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return [NotebookBar()] if getattr(shell, "kernel", None) is not None else []


class NotebookBar:
    """A watcher of one run that draws its bar, and takes it away when the run has ended."""

    def __init__(self) -> None:
        self._name, self._rounds, self._nodes = "", 1, 1
        self._text = ""
        self._trend = deque[float](maxlen=TREND)
        self._shown: Any = None  # IPython's handle of what is displayed

    def begin(self, header: Header) -> None:
        """Draw the bar."""
        self._name, self._rounds, self._nodes = header.algorithm, header.rounds, header.n
        shown = _ipython()
        self._shown = shown.display(shown.HTML(self._drawn(0)), display_id=True)

    def tick(self, rounds_done: int) -> None:
        """Move the bar."""
        self._update(self._drawn(rounds_done))

    def point(self, point: Point) -> None:
        """Move the bar and show the metric, its trend and the bits so far."""
        name = leading(point.metrics)
        if name:
            self._trend.append(point.metrics[name])
        metric, sent = state_texts(point, self._nodes)
        self._text = f"{metric} {trend(self._trend)}  {sent}" if metric else sent
        self._update(self._drawn(point.round))

    def end(self, summary: Summary) -> None:
        """Take the bar away: the result shows what there is to tell."""
        self._update("")

    def _drawn(self, rounds: int) -> str:
        bar = f'<progress value="{rounds}" max="{self._rounds}"></progress>'
        return f"{escape(self._name)} {bar} {rounds:,}/{self._rounds:,} {escape(self._text)}"

    def _update(self, text: str) -> None:
        if self._shown is not None:
            self._shown.update(_ipython().HTML(text))


def _ipython() -> Any:
    """IPython's module of displays, which a notebook has."""
    return import_module("IPython.display")
