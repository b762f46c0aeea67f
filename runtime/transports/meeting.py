"""Ranks of a job meet, and tell each other what failed: collectives beside their messages, without knowing MPI."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import FailedElsewhere


def meet(communicator: Any, code: int = 0) -> None:
    """Wait for all ranks, telling them the exit code of a failure here, 0 without one; raise FailedElsewhere where only
    others failed."""
    found = _gathered(communicator, code, own=code != 0, leaves=False)
    failed = np.flatnonzero(found[:, 0])
    if failed.size and not code:
        raise FailedElsewhere(int(failed[0]), int(found[failed[0], 0]))


def leave(communicator: Any, code: int, *, own: bool) -> tuple[int, bool]:
    """The exit code of all ranks, and True for the one that is to report. `own`: the failure is this rank's.

    Ranks that are still at `meet` learn of the failure there, and come here then.
    """
    while True:
        found = _gathered(communicator, code, own=own, leaves=True)
        if found[:, 2].all():
            break
    causes = np.flatnonzero((found[:, 0] != 0) & (found[:, 1] != 0))
    if not causes.size:
        return int(found[:, 0].max()), communicator.Get_rank() == 0
    return int(found[causes[0], 0]), communicator.Get_rank() == causes[0]


def _gathered(communicator: Any, code: int, *, own: bool, leaves: bool) -> Any:
    found = np.empty((communicator.Get_size(), 3), dtype=np.int64)
    communicator.Allgather(np.array([code, own, leaves], dtype=np.int64), found)
    return found
