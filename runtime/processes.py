"""Processes and their parents: how many may run at once here, and a child that does not outlive its parent."""

from __future__ import annotations

import os
import signal
import sys

_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
_FAILED = 3


def die_with(parent: int) -> None:
    """Die with the parent, where the system can see to it (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it ended meanwhile
        os._exit(_FAILED)


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
