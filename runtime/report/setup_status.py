"""The status of a set-up on a terminal: a line with the step that goes on, if it takes long, gone when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

PAUSE = 0.5
"""Seconds of a step before it is shown."""


class SetupStatus:
    """A watcher of set-ups that shows the innermost step on a console, which is made when it is needed."""

    def __init__(self, console: Callable[[], Console], pause: float = PAUSE) -> None:
        self._console, self._pause = console, pause
        self._steps: list[str] = []
        self._lock = Lock()  # of steps and what is shown, against the timer's thread
        self._timer: Timer | None = None
        self._shown: Status | None = None

    def begin(self, what: str) -> None:
        """Show the step if it takes long; at once where the one around it is shown."""
        with self._lock:
            self._steps.append(what)
            if self._shown is not None:
                self._shown.update(_line(what))
                return
            self._wait()

    def end(self) -> None:
        """Take away what is shown; a step around this one is waited for anew."""
        with self._lock:
            self._steps.pop()
            self._hide()
            if self._steps:
                self._wait()

    def _wait(self) -> None:
        self._cancel()
        self._timer = Timer(self._pause, self._show)
        self._timer.daemon = True
        self._timer.start()

    def _show(self) -> None:
        from rich.status import Status

        console = self._console()
        with self._lock:
            if self._steps and self._shown is None:
                self._shown = Status(_line(self._steps[-1]), console=console, spinner="line")
                self._shown.start()

    def _hide(self) -> None:
        self._cancel()
        if self._shown is not None:
            self._shown.stop()
            self._shown = None

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _line(what: str) -> str:
    return f"{what} …"
