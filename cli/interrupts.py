"""Ctrl-C before a run hears of it, and after: the process, or the job, ends at once, and no import is left half done."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from cablese.runtime.transports.forwarding import wait_for_forwarding
from cablese.runtime.transports.launchers import end_job, launched_rank, launched_size

_CODE = 130

_STAGGER, _STAGGERED = 0.5, 10
"""Seconds that a rank gives the one before it to tell, up to this rank: the first that hears tells, and ends the others."""

_BEFORE: list[Callable[[], object]] = []


def end_at_once() -> None:
    """Let Ctrl-C end this process, and the others of its job, from now on; where it is ignored or handled, it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def before_the_end(step: Callable[[], object]) -> None:
    """Take a step before Ctrl-C ends this process at once."""
    _BEFORE.append(step)


def raise_interrupts() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, as Python does."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_: int, __: FrameType | None) -> None:
    """Leave, the one rank that tells and ends the others before they follow."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ranks = launched_size(os.environ)
    if ranks > 1:
        time.sleep(_STAGGER * min(launched_rank(os.environ), _STAGGERED))
    for step in reversed(_BEFORE):
        with suppress(Exception):
            step()
    with suppress(OSError):
        os.write(2, b"interrupted\n")
    if ranks > 1:
        wait_for_forwarding()
        if not end_job(os.environ, _CODE):
            _abort()
    os._exit(_CODE)


def _abort() -> None:
    """End all ranks that MPI connects, where it was started."""
    mpi = sys.modules.get("mpi4py.MPI")
    if mpi is not None and hasattr(mpi, "COMM_WORLD") and mpi.Is_initialized() and not mpi.Is_finalized():
        mpi.COMM_WORLD.Abort(_CODE)
