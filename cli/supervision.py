"""Supervision of ranks: a child of the process that a launcher started does the work, and its parent reports its death.

A launcher that loses a process ends all others in the same millisecond, and names none.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType

from cablese.runtime.processes import die_with
from cablese.runtime.transports.launchers import launched_rank, launched_size

from .guard import PARALLEL, Exit

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)
"""Signals that are passed on to the rank."""

ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals by which a rank is ended on purpose."""

PATIENCE = 3.0
"""Seconds that another rank, which watches the dead one, has to report its death first, and its own position."""


def supervise(words: list[str]) -> None:
    """Go on in a child, in ranks of a job, while this process waits for the child's end and exits likewise."""
    commands = [word for word in words if not word.startswith("-")]
    if not (commands and commands[0] in PARALLEL) or launched_size(os.environ) <= 1:
        return
    if sys.platform != "linux" or "mpi4py" in sys.modules:  # a process that MPI knows cannot be doubled
        return
    supervisor = os.getpid()
    child = os.fork()
    if child:
        os._exit(_wait_for(child))
    os.setpgid(0, 0)  # so that signals to the started process's group come once, passed on
    die_with(supervisor)  # the launcher can end that one only


def _wait_for(child: int) -> int:
    """The exit code of a child after its end; signals are passed on to it meanwhile."""

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
