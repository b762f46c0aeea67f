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
"""Seconds that another rank, which watches the dead one, has to report its death first, and its own position."""


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
    return partial(os.write, told, b".")


def _unheard() -> None:
    """Tell nobody of a process's end."""


def _wait_for(child: int, heard: int) -> int:
    """The exit code of a child after its end; signals are passed on to it meanwhile. `heard` brings word of an end that
    the child itself chose."""

    def passed_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in HEARD:
        signal.signal(number, passed_on)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code >= 0 and _has_word(heard):
        return code
    if -code in ASKED:
        return 128 - code
    time.sleep(PATIENCE)
    rank, size = launched_rank(os.environ), launched_size(os.environ)
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"left the job with exit code {code}"
    os.write(2, f"error: rank {rank} of {size} (process {child}) {how}\n".encode())
    wait_for_forwarding()
    end_job(os.environ, Exit.FAILED)
    return Exit.FAILED


def _has_word(heard: int) -> bool:
    """True where something was written; a process that the dead one left may hold the other end open."""
    os.set_blocking(heard, False)
    with suppress(BlockingIOError):
        return os.read(heard, 1) != b""
    return False
