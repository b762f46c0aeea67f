"""Watchers made of watchers, and of functions."""

from __future__ import annotations

from collections.abc import Callable

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


class EachPoint:
    """A watcher that calls a function with the header and every point, as it is measured."""

    def __init__(self, function: Callable[[Header, Point], object]) -> None:
        self._function = function
        self._header: Header | None = None

    def begin(self, header: Header) -> None:
        """Keep the header."""
        self._header = header

    def tick(self, rounds_done: int) -> None:
        """Nothing is measured."""

    def point(self, point: Point) -> None:
        """Call the function."""
        assert self._header is not None, "a run begins with its header"
        self._function(self._header, point)

    def end(self, summary: Summary) -> None:
        """Nothing is left to tell."""
