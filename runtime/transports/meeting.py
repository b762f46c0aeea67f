"""Ranks of a job meet, and tell each other what failed: collectives beside their messages, without knowing MPI."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from ..errors import FailedElsewhere

Told = tuple[str, Mapping[str, str]]
"""A rank's machine, and the facts that it told."""


def meet(communicator: Any, code: int = 0, facts: Mapping[str, str] | None = None) -> list[Told]:
    """Wait for all ranks, telling them the exit code of a failure here, 0 without one; raise FailedElsewhere where only
    others failed. If `facts` are not the same at all ranks: those of every rank, else none."""
    found = _gathered(communicator, code, own=code != 0, leaves=False, mark=_mark(facts or {}))
    failed = np.flatnonzero(found[:, 0])
    if failed.size and not code:
        raise FailedElsewhere(int(failed[0]), int(found[failed[0], 0]))
    if failed.size or found[:, 2].any() or (found[:, 3] == found[0, 3]).all():
        return []
    told: list[Told] = communicator.allgather((platform.node(), dict(facts or {})))
    return told


def told_by_first(communicator: Any, holds: bool) -> bool:
    """The truth that rank 0 knows, at every rank; raise FailedElsewhere where another rank failed before it came here."""
    if communicator is None:
        return holds
    found = _gathered(communicator, int(holds), own=False, leaves=False)
    failed = np.flatnonzero(found[:, 1])
    if failed.size:
        raise FailedElsewhere(int(failed[0]), int(found[failed[0], 0]))
    return bool(found[0, 0])


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


def _mark(facts: Mapping[str, str]) -> int:
    """A number that other facts have another of; 0 without any."""
    if not facts:
        return 0
    told = sha256(repr(sorted(facts.items())).encode("utf-8", "surrogatepass"))
    return int.from_bytes(told.digest()[:7], "big")


def _gathered(communicator: Any, code: int, *, own: bool, leaves: bool, mark: int = 0) -> Any:
    found = np.empty((communicator.Get_size(), 4), dtype=np.int64)
    communicator.Allgather(np.array([code, own, leaves, mark], dtype=np.int64), found)
    return found
