"""Ranks of one machine watch each other during a run: the loss of one ends the job, with an error that names it.

A rank that computes is alive, however long that takes, and so is one that waits for memory or a disk: it is lost only
where it was killed, or the system says that it is stopped.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Mapping
from types import TracebackType

from .job import Job, status

BEAT = 1.0
"""Seconds between two checks for stopped ranks; a killed one is noticed at once."""

FAILED = 3
"""The exit code of a run that lost a rank."""


class Watchdog:
    """A context with a thread that watches the other ranks; `where` describes this rank's position for the message. Within
    another one's block it takes over its thread, and knows the position better."""

    def __init__(self, job: Job, patience: float, where: Callable[[], str]) -> None:
        self._job, self._patience, self._where = job, patience, where
        self._outer: Watchdog | None = None
        self._outer_where = where
        self._opened: list[int] = []
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        if not hasattr(os, "pidfd_open") or not self._job.peers():
            return
        self._outer = self._job.watchdog
        if self._outer is not None:
            self._outer_where, self._outer._where = self._outer._where, self._where
            return
        self._job.watchdog = self
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outer is not None:
            self._outer._where = self._outer_where
        if self._thread is None:
            return
        self._job.watchdog = None
        os.write(self._waker, b"!")
        self._thread.join()
        for opened in (self._wake, self._waker, *self._opened):
            os.close(opened)

    def _watch(self) -> None:
        """Check for stopped ranks at every beat; wake up at once where a process ends."""
        peers = self._job.peers()
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        ranks, beats = self._registered(poll, peers), dict.fromkeys(peers, 0)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(1000 * BEAT)}
            if self._wake in ready:
                return
            if ready:
                break
            for rank, process in peers.items():
                beats[rank] = beats[rank] + 1 if is_stopped(process) else 0
            if max(beats.values()) * BEAT >= self._patience:
                break
        if ready:
            self._end({ranks[descriptor] for descriptor in ready}, "was killed (for lack of memory, perhaps)")
        else:
            what = f"has been stopped for {self._patience:g} s (--patience says how long one may)"
            self._end({rank for rank, count in beats.items() if count == max(beats.values())}, what)

    def _registered(self, poll: select.poll, peers: Mapping[int, int]) -> dict[int, int]:
        """Descriptor -> rank; a descriptor is ready when the rank's process has ended."""
        ranks = {}
        for rank, process in peers.items():
            try:
                descriptor = os.pidfd_open(process)
            except OSError:  # it has ended already, or the system refuses: the others are watched
                continue
            self._opened.append(descriptor)
            poll.register(descriptor, select.POLLIN)
            ranks[descriptor] = rank
        return ranks

    def _end(self, lost: set[int], what: str) -> None:
        """End the job; the first rank that is left reports."""
        job, first, place = self._job, min(lost), self._where()
        left = [rank for rank in sorted({*job.peers(), job.rank}) if rank not in lost]
        report = (
            f"error: rank {first} of {job.ranks} (process {job.processes[first]}) {what}; "
            f"rank {job.rank} waits {place}\n"
        )
        job.end(lambda: _write(report), FAILED, ranks_before=left.index(job.rank))


def is_stopped(process: int) -> bool:
    """True where the system says that a process is stopped by a signal, until another lets it go on."""
    return status(process)[:1] == ["T"]


def _write(text: str) -> None:
    os.write(2, text.encode("utf-8", "replace"))
