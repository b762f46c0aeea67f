"""The pace of a run: the rounds after which a process looks for requests, which all ranks answer alike.

A single process looks up as soon as there is a request. Several must look up after the same round: they agree on it
beforehand, about every `INTERVAL` seconds, so that no round pays for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..transports.base import Transport
from .stopping import GRACE, Cause, Requests

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

INTERVAL = 0.25  # seconds between two agreements of several ranks
GROWTH = 8  # factor by which the rounds between two agreements grow at most


class Pace(Protocol):
    """The pace of one process."""

    def horizon(self, done: int, stop: int) -> int:
        """The round to run to from `done`, `stop` at most."""

    def is_asked(self) -> bool:
        """True if a process has a request that it may answer before its horizon."""

    def look_up(self, done: int) -> tuple[Cause, bool]:
        """The cause to end after these rounds, and true to measure a point: the same at every rank."""


def make_pace(transport: Transport, requests: Requests, max_seconds: float, done: int = 0) -> Pace:
    """The pace of a run that begins now, after the rounds that are done."""
    deadline = time.monotonic() + max_seconds
    if transport.ranks > 1:
        return Together(requests, deadline, transport.agree, done)
    return Alone(requests, deadline)


class Alone:
    """The pace of a single process, which answers requests at once."""

    def __init__(self, requests: Requests, deadline: float) -> None:
        self._requests, self._deadline = requests, deadline

    def horizon(self, done: int, stop: int) -> int:
        """See `Pace.horizon`."""
        return stop

    def is_asked(self) -> bool:
        """See `Pace.is_asked`."""
        requests = self._requests
        return requests.point or requests.stop is not Cause.NONE or time.monotonic() >= self._deadline

    def look_up(self, done: int) -> tuple[Cause, bool]:
        """See `Pace.look_up`."""
        stop, point = self._requests.take()
        late = stop is Cause.NONE and time.monotonic() >= self._deadline
        return Cause.TIME if late else stop, point


class Together:
    """The pace of one of several ranks; `agree` gives the maximum over ranks of each entry of an array."""

    def __init__(
        self, requests: Requests, deadline: float, agree: Callable[[HostArray], HostArray], done: int = 0
    ) -> None:
        self._alone, self._agree = Alone(requests, deadline), agree
        self._round, self._time = done, time.monotonic()  # when ranks last agreed
        self._next = done + 1  # round after which ranks agree again
        self._pointed = -GRACE  # time of the last point that they agreed on

    def horizon(self, done: int, stop: int) -> int:
        """See `Pace.horizon`."""
        return min(stop, self._next)

    def is_asked(self) -> bool:
        """See `Pace.is_asked`."""
        return False

    def look_up(self, done: int) -> tuple[Cause, bool]:
        """See `Pace.look_up`: nothing between two agreements."""
        if done < self._next:
            return Cause.NONE, False
        now = time.monotonic()
        stop, point = self._alone.look_up(done)
        # a launcher's signal may reach some ranks after the others have measured: it asks for that same point
        point = point and now - self._pointed > GRACE
        agreed = self._agree(np.array([stop, point, self._stride(done, now)], dtype=np.int64))
        self._round, self._time, self._next = done, now, done + int(agreed[2])
        if agreed[1]:
            self._pointed = now
        return Cause(int(agreed[0])), bool(agreed[1])

    def _stride(self, done: int, now: float) -> int:
        """Number of rounds that take an interval, judged by the rounds since the last agreement."""
        ran, took = done - self._round, max(now - self._time, 1e-9)
        return max(1, min(GROWTH * ran, int(ran * INTERVAL / took)))
