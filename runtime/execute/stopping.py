"""Requests to a run while it goes on: to end before its last round, or to measure a point now."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import IntEnum
from types import FrameType

from cablese.dsl.text.records import structure

from ..errors import Interrupted

GRACE = 0.5
"""Seconds within which a second signal counts as the first: launchers and terminals each pass it on."""


class Cause(IntEnum):
    """The cause of an end before the last round; if ranks have different ones, the greatest counts."""

    NONE = 0
    TIME = 1
    SIGINT = signal.SIGINT
    SIGTERM = signal.SIGTERM
    RULE = 1001  # above the numbers of signals
    BITS = 1002

    @property
    def words(self) -> str:
        """The cause as summaries tell it."""
        flags = {Cause.TIME: "--max-seconds", Cause.RULE: "--stop", Cause.BITS: "--max-bits"}
        return flags.get(self, self.name)

    @property
    def is_resumable(self) -> bool:
        """True where the run is not over, and may go on another time."""
        return self.is_signal or self is Cause.TIME

    @property
    def is_signal(self) -> bool:
        """True where the whole command is asked to end, not this run alone."""
        return self in (Cause.SIGINT, Cause.SIGTERM)


@structure
class Requests:
    """Requests that are not yet met."""

    stop: Cause = Cause.NONE
    point: bool = False

    def take(self) -> tuple[Cause, bool]:
        """The cause to end, and true to measure a point now; the request for a point then counts as met."""
        point, self.point = self.point, False
        return self.stop, point


@contextmanager
def stops_heard(requests: Requests, *signals: int, told: Callable[[], None] = lambda: None) -> Iterator[None]:
    """A block in which a signal requests an end after the round and calls `told`; a second one raises Interrupted."""
    first = -GRACE

    def heard(number: int, _: FrameType | None) -> None:
        nonlocal first
        now = time.monotonic()
        if not requests.stop.is_signal:
            requests.stop, first = Cause(number), now
            told()
        elif now - first > GRACE:
            raise Interrupted(number)

    with _handled(heard, *signals):
        yield


@contextmanager
def points_heard(requests: Requests) -> Iterator[None]:
    """A block in which SIGUSR1, where a system has it, requests a point."""

    def heard(_: int, __: FrameType | None) -> None:
        requests.point = True

    with _handled(heard, *([signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else [])):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], *signals: int) -> Iterator[None]:
    """A block with a handler of signals, if it runs in the main thread; ignored signals stay ignored."""
    with ExitStack() as stack:
        for number in signals if threading.current_thread() is threading.main_thread() else ():
            old = signal.getsignal(number)
            if old not in (None, signal.SIG_IGN):
                signal.signal(number, handler)
                stack.callback(signal.signal, number, old)
        yield
