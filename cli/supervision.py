"""Supervision of ranks: a child of the process that a launcher started does the work, and its parent reports its death.

A launcher that loses a process ends all others in the same millisecond, and names none.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType

from cablese.runtime.processes import die_with
from cablese.runtime.transports.forwarding import wait_for_forwarding
from cablese.runtime.transports.launchers import end_job, launched_rank, launched_size

from .guard import PARALLEL, Exit

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)
"""Signals that are passed on to the rank."""

ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals by which a rank is ended on purpose."""

PATIENCE = 3.0
"""Seconds that another rank, which watches the dead or stopped one, has to report it first, and its own position."""

STOPPED = 60.0
"""Seconds that a rank may be stopped, until it tells how long."""

BEAT = 0.1
"""Seconds between two looks at a rank that is stopped. They are counted: this process may be stopped as well."""

_told: list[int] = []
"""The end of the pipe to the process that waits for this one."""


def supervise(words: list[str]) -> Callable[[], object]:
    """Go on in a child, in ranks of a job, while this process waits for the child's end and exits likewise.

    The child is to call what is returned before it ends by itself: an end without it is a death, of which the other ranks
    hear.
    """
    commands = [word for word in words if not word.startswith("-")]
    if not (commands and commands[0] in PARALLEL) or launched_size(os.environ) <= 1:
        return _unheard
    if sys.platform != "linux" or "mpi4py" in sys.modules:  # a process that MPI knows cannot be doubled
        return _unheard
    supervisor = os.getpid()
    heard, told = os.pipe()
    child = os.fork()
    if child:
        os.close(told)
        os._exit(_wait_for(child, heard))
    os.close(heard)
    os.setpgid(0, 0)  # so that signals to the started process's group come once, passed on
    die_with(supervisor)  # the launcher can end that one only
    _told.append(told)
    return partial(os.write, told, b".")


def _unheard() -> None:
    """Tell nobody of a process's end."""


def tell_patience(seconds: float) -> None:
    """Tell the process that waits for this one how long this one may be stopped."""
    for pipe in _told:
        os.write(pipe, f"{seconds!r}\n".encode())


def _wait_for(child: int, heard: int) -> int:
    """The exit code of a child after its end; signals are passed on to it meanwhile. `heard` brings word of an end that
    the child itself chose."""

    def passed_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in HEARD:
        signal.signal(number, passed_on)
    told = _Told(heard)
    status, stopped = _end_of(child, told)
    code = os.waitstatus_to_exitcode(status)
    if code >= 0 and told.ends():
        return code
    if -code in ASKED:
        return 128 - code
    if not stopped:
        time.sleep(PATIENCE)
    rank, size = launched_rank(os.environ), launched_size(os.environ)
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"left the job with exit code {code}"
    if stopped:
        how = f"has been stopped for {told.patience():g} s (--patience says how long one may)"
    os.write(2, f"error: rank {rank} of {size} (process {child}) {how}\n".encode())
    wait_for_forwarding()
    end_job(os.environ, Exit.FAILED)
    return Exit.FAILED


def _end_of(child: int, told: _Told) -> tuple[int, bool]:
    """The status of a child at its end, and True where it was stopped for too long, and is killed."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return status, False
        beats = (told.patience() + PATIENCE) / BEAT
        while os.WIFSTOPPED(status) and beats > 0:
            time.sleep(BEAT)
            beats -= 1
            changed, now = os.waitpid(child, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            status = now if changed else status
        if os.WIFSTOPPED(status):
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1], True
        if not os.WIFCONTINUED(status):
            return status, False


class _Told:
    """The words of a child; a process that it left may hold the other end of the pipe open."""

    def __init__(self, pipe: int) -> None:
        os.set_blocking(pipe, False)
        self._pipe, self._words = pipe, b""

    def ends(self) -> bool:
        """True where it said that it ends."""
        return self._read().endswith(b".")

    def patience(self) -> float:
        """The seconds that it may be stopped."""
        lines = self._read().splitlines()
        return float(lines[-1]) if lines and lines[-1] != b"." else STOPPED

    def _read(self) -> bytes:
        with suppress(BlockingIOError):
            self._words += os.read(self._pipe, 1024)
        return self._words
