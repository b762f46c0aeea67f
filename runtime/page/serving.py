"""Runs with their page served while they go on, for the command line and Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..errors import UsageError
from ..execute.interface import Recording
from ..folders.starts import OpenRun
from .document import Page
from .live import LivePage
from .runs import runs_page


@contextmanager
def serving(
    runs: Sequence[OpenRun], finished: Callable[[Sequence[Recording]], Page], told: Callable[[str], object]
) -> Iterator[None]:
    """The block in which runs go on: `told` hears the address of their page, `finished` makes the report at the end. Raises
    UsageError where no port can be opened."""
    recordings = [run.recording for run in runs]
    headers = [run.entry.prepared.header for run in runs]
    try:
        page = LivePage(headers, recordings, lambda: finished(recordings))
    except OSError as error:
        raise UsageError(f"--live: no port can be opened on this machine: {error.strerror}.") from None
    page.start()
    told(f"live: {page.address}")
    _open_browser(page)
    try:
        yield
    finally:
        page.stop()


def report_so_far(recordings: Sequence[Recording]) -> Page:
    """The page of the runs that began."""
    return runs_page([recording for recording in recordings if recording.header])


def _open_browser(page: LivePage) -> None:
    """Open the page where somebody looks on, and has a screen that browsers draw on."""
    has_screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen and sys.stderr.isatty():
        import webbrowser

        page.await_browser()
        webbrowser.open(page.address)
