"""Watchers made of watchers."""

from __future__ import annotations

from ..execute.interface import Header, Point, Summary, Watcher


class Several:
    """A watcher that passes everything on to several, in order."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def begin(self, header: Header) -> None:
        """Pass the header on."""
        for watcher in self._watchers:
            watcher.begin(header)

    def tick(self, rounds_done: int) -> None:
        """Pass the tick on."""
        for watcher in self._watchers:
            watcher.tick(rounds_done)

    def point(self, point: Point) -> None:
        """Pass the point on."""
        for watcher in self._watchers:
            watcher.point(point)

    def end(self, summary: Summary) -> None:
        """Pass the summary on."""
        for watcher in self._watchers:
            watcher.end(summary)
