"""The ranks of a job beside their messages: where they meet, and how one that fails alone ends all."""

from __future__ import annotations

import fcntl
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ..errors import FailedElsewhere

PATIENCE = 2.0  # seconds that a rank which failed leaves to the others to fail likewise
STAGGER, STAGGERED = 0.5, 10  # seconds that a rank leaves to the one before it to speak, up to this rank
FORWARDING = 0.2  # seconds that a launcher gets to pass a message on, which it drops when it ends the job
LEFT = 3600  # seconds that a rank waits for its end while another one speaks


def meet(communicator: Any, code: int = 0) -> None:
    """Wait for all ranks, with the exit code of what failed here, if anything did; where nothing did, but elsewhere,
    raise FailedElsewhere."""
    found = _gathered(communicator, code, own=code != 0, leaves=False)
    failed = np.flatnonzero(found[:, 0])
    if failed.size and not code:
        raise FailedElsewhere(int(failed[0]), int(found[failed[0], 0]))


def leave(communicator: Any, code: int, *, own: bool) -> tuple[int, bool]:
    """The exit code of all ranks, and whether this one is to say why. `own`: what failed, failed here.

    Ranks that meet elsewhere learn of it there, and come here then.
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


class Job:
    """All processes that MPI connects; those of this machine know each other by their process numbers."""

    def __init__(self, world: Any) -> None:
        from mpi4py import MPI

        self.world = world
        self.rank, self.ranks = world.Get_rank(), world.Get_size()
        here = world.Split_type(MPI.COMM_TYPE_SHARED)
        told = here.allgather((self.rank, os.getpid(), _beginning(os.getpid())))
        self.processes: dict[int, int] = {rank: process for rank, process, _ in told}
        self._beginnings = {rank: beginning for rank, _, beginning in told}
        self._voice = _shared_file(here)

    def peers(self) -> dict[int, int]:
        """The processes of the other ranks of this machine, as far as this one sees them under their numbers."""
        return {
            rank: process
            for rank, process in self.processes.items()
            if rank != self.rank and _beginning(process) == self._beginnings[rank] != ""
        }

    def all_come(self, *, alike: bool) -> bool:
        """True where every rank comes here soon, and alike: then none waits for another, and all may go on."""
        from mpi4py import MPI

        mine, least = np.array([alike], dtype=np.int64), np.zeros(1, dtype=np.int64)
        coming = self.world.Iallreduce(mine, least, op=MPI.MIN)
        last = time.monotonic() + PATIENCE
        while not coming.Test():
            if time.monotonic() > last:
                return False
            time.sleep(0.002)
        return bool(least[0])

    def end(self, tell: Callable[[], None], code: int, *, before: int | None = None) -> NoReturn:
        """Say why and end every rank, some of which wait for ever. Of several that fail, the first one speaks.

        `before`: how many others speak before this rank, where that is known.
        """
        turn = self.rank if before is None else before
        time.sleep(STAGGER * min(turn, STAGGERED))
        if not self._speaks():
            time.sleep(LEFT)
        tell()
        sys.stdout.flush()
        sys.stderr.flush()
        time.sleep(FORWARDING)
        self.world.Abort(code)
        os._exit(code)

    def named(self) -> str:
        """This rank, for people."""
        return f"rank {self.rank} of {self.ranks}, on {platform.node()}"

    def _speaks(self) -> bool:
        """True for the first rank of this machine that asks, and for no other, though that one ends."""
        if self._voice is None:
            return True
        fcntl.flock(self._voice, fcntl.LOCK_EX)
        is_first = os.fstat(self._voice).st_size == 0
        if is_first:
            os.write(self._voice, b"!")
        fcntl.flock(self._voice, fcntl.LOCK_UN)
        return is_first


def _beginning(process: int) -> str:
    """When a process began, as the system counts, by which it is known; empty where that cannot be asked."""
    told = status(process)
    return told[19] if len(told) > 19 else ""


def status(process: int) -> list[str]:
    """A process's state and what the system tells after it; empty where there is none or it cannot be asked."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _shared_file(here: Any) -> int | None:
    """A file that each process of a machine has open by itself, and that has no name; None where there cannot be one."""
    made, path = None, ""
    if here.Get_rank() == 0:
        try:
            made, path = tempfile.mkstemp(prefix="cablese-")
        except OSError:
            made, path = None, ""
    path = here.bcast(path, root=0)
    try:
        own = os.open(path, os.O_RDWR) if path and made is None else made
    except OSError:
        own = None
    here.Barrier()
    if made is not None:
        os.unlink(path)
    return own
