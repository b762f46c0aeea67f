"""Under a launcher a child of the process that was started does a rank's work, so that somebody is left to tell its death.

A launcher that loses a process ends all others in the same millisecond, and names none.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType

from cablese.runtime.transports.launchers import launched_rank, launched_size

from .guard import PARALLEL, Exit

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)
"""Signals that are the rank's to hear."""

ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals by which a rank is ended on purpose."""

PATIENCE = 3.0
"""Seconds that a rank which watches the dead one has to say so, and where it waits."""

_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


def supervise(words: list[str]) -> None:
    """For the ranks of a job: go on in a child, while this process waits for its end, and ends likewise."""
    commands = [word for word in words if not word.startswith("-")]
    if not (commands and commands[0] in PARALLEL) or launched_size(os.environ) <= 1:
        return
    if sys.platform != "linux" or "mpi4py" in sys.modules:  # a process that MPI knows cannot be doubled
        return
    supervisor = os.getpid()
    child = os.fork()
    if child:
        os._exit(_waited(child))
    os.setpgid(0, 0)  # what goes to the group of the process that was started comes once, passed on
    _die_with(supervisor)


def _waited(child: int) -> int:
    """The exit code of a child, when it has ended; signals are passed on to it."""

    def passed_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in HEARD:
        signal.signal(number, passed_on)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code >= 0:
        return code
    if -code in ASKED:
        return 128 - code
    time.sleep(PATIENCE)
    rank, size = launched_rank(os.environ), launched_size(os.environ)
    name = signal.Signals(-code).name
    os.write(2, f"error: rank {rank} of {size} (process {child}) was ended by {name}\n".encode())
    return Exit.FAILED


def _die_with(supervisor: int) -> None:
    """End with the supervisor, which is all that the launcher can end."""
    import ctypes

    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != supervisor:  # it ended meanwhile
        os._exit(Exit.FAILED)
