"""The processes of an MPI job: those of one machine know each other, and one that fails alone ends all."""

from __future__ import annotations

import fcntl
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .forwarding import wait_for_forwarding

if TYPE_CHECKING:
    from .watchdog import Watchdog

PATIENCE = 2.0  # seconds that a failed rank gives the others to fail likewise
STAGGER, STAGGERED = 0.5, 10  # seconds that a rank gives the one before it to report; up to this rank
LEFT = 3600  # seconds that a rank waits for its end while another one reports


class Job:
    """All ranks that MPI connects; those of one machine know each other by their process numbers."""

    def __init__(self, world: Any) -> None:
        from mpi4py import MPI

        self.world = world
        self.rank, self.ranks = world.Get_rank(), world.Get_size()
        here = world.Split_type(MPI.COMM_TYPE_SHARED)
        gathered = here.allgather((self.rank, os.getpid(), _start_time(os.getpid())))
        self.processes: dict[int, int] = {rank: process for rank, process, _ in gathered}
        self._start_times = {rank: start for rank, _, start in gathered}
        self._report_lock = _shared_file(here)
        self.watchdog: Watchdog | None = None  # the one whose thread watches

    def peers(self) -> dict[int, int]:
        """Process numbers of this machine's other ranks, as far as this process sees them under these numbers."""
        return {
            rank: process
            for rank, process in self.processes.items()
            if rank != self.rank and _start_time(process) == self._start_times[rank] != ""
        }

    def all_come(self, *, alike: bool) -> bool:
        """True where every rank calls this within PATIENCE, all with `alike`: then none waits for another."""
        from mpi4py import MPI

        mine, least = np.array([alike], dtype=np.int64), np.zeros(1, dtype=np.int64)
        coming = self.world.Iallreduce(mine, least, op=MPI.MIN)
        last = time.monotonic() + PATIENCE
        while not coming.Test():
            if time.monotonic() > last:
                return False
            time.sleep(0.002)
        return bool(least[0])

    def end(self, tell: Callable[[], None], code: int, *, ranks_before: int | None = None) -> NoReturn:
        """Report by `tell`, then end every rank, some of which wait for ever. The first of several failed ranks reports.

        `ranks_before`: the ranks that have precedence over this one, where their number is known.
        """
        turn = self.rank if ranks_before is None else ranks_before
        time.sleep(STAGGER * min(turn, STAGGERED))
        if not self._reports():
            time.sleep(LEFT)
        tell()
        sys.stdout.flush()
        sys.stderr.flush()
        wait_for_forwarding()
        self.world.Abort(code)
        os._exit(code)

    def named(self) -> str:
        """This rank and its machine, for messages."""
        return f"rank {self.rank} of {self.ranks}, on {platform.node()}"

    def _reports(self) -> bool:
        """True for the first rank of this machine that asks, and for no other, even after that one ended."""
        if self._report_lock is None:
            return True
        fcntl.flock(self._report_lock, fcntl.LOCK_EX)
        is_first = os.fstat(self._report_lock).st_size == 0
        if is_first:
            os.write(self._report_lock, b"!")
        fcntl.flock(self._report_lock, fcntl.LOCK_UN)
        return is_first


def _start_time(process: int) -> str:
    """Start time of a process in the system's ticks, which with its number identifies it; empty if unknown."""
    fields = status(process)
    return fields[19] if len(fields) > 19 else ""


def status(process: int) -> list[str]:
    """Fields of /proc/PID/stat from the process's state on; empty where there is no such process or file."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _shared_file(here: Any) -> int | None:
    """Descriptor of a file without a name that each process of a machine opened by itself; None where none can be made."""
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
