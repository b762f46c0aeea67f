"""Watchers made of watchers, and of functions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

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


class InTurn:
    """A watcher of one of several runs at once that passes on what it is told when the run's turn comes, for files that hold
    one run after another."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._held: list[Callable[[], None]] = []
        self._is_on = self.has_ended = False
        self.next: InTurn | None = None

    def turn(self) -> None:
        """Pass on what was held back, and from now on everything at once; then it is the turn of those behind runs that have
        ended."""
        each: InTurn | None = self
        while each is not None:
            each.open()
            each = each.next if each.has_ended else None

    def open(self) -> None:
        """Pass on what was held back, and from now on everything at once."""
        self._is_on = True
        for call in self._held:
            call()
        self._held.clear()

    def begin(self, header: Header) -> None:
        """Pass the header on."""
        self._pass(lambda: self._watcher.begin(header))

    def tick(self, rounds_done: int) -> None:
        """Pass nothing on."""

    def point(self, point: Point) -> None:
        """Pass the point on."""
        self._pass(lambda: self._watcher.point(point))

    def end(self, summary: Summary) -> None:
        """Pass the summary on; it is the next one's turn."""
        self._pass(lambda: self._watcher.end(summary))
        self.has_ended = True
        if self._is_on and self.next is not None:
            self.next.turn()

    def _pass(self, call: Callable[[], None]) -> None:
        if self._is_on:
            call()
        else:
            self._held.append(call)


def in_turn(watcher: Watcher, runs: int) -> list[InTurn]:
    """A watcher for each of so many runs, of which the first is on."""
    turns = [InTurn(watcher) for _ in range(runs)]
    for one, following in pairwise(turns):
        one.next = following
    if turns:
        turns[0].turn()
    return turns


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
