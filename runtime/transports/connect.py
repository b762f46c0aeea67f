"""Choice of a process's transport: MPI when a launcher started it with others, else in-process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..errors import SetupError, UsageError
from .base import Transport
from .launchers import launched_size
from .wirecheck import WireCheck

ALONE: Mapping[str, str] = {}
"""The environment of a process that no launcher started."""


def connect(
    server_rank: str, check_all: bool, environment: Mapping[str, str] = os.environ, reduce: str = "gather"
) -> Transport:
    """The transport of this process; `server_rank` is "shared" or "dedicated", `reduce` "gather", "chain" or "tree"."""
    size = launched_size(environment)
    if size <= 1:
        return _alone(server_rank, check_all)
    from .mpi import MpiTransport, job, world

    found = world().Get_size()
    if found != size:
        raise SetupError(
            f"the launcher started {size} processes, but MPI connects {found}: each would run the whole job alone. "
            "Start with the launcher of the same MPI library (`cablese doctor` names it), or with `srun --mpi=pmix`; "
            "where each process is to be a run of its own, say so with --alone."
        )
    return MpiTransport(job(), server_rank == "dedicated", WireCheck(check_all), reduce)


def _alone(server_rank: str, check_all: bool) -> Transport:
    from .local import LocalTransport

    if server_rank == "dedicated":
        raise UsageError(
            "--server-rank dedicated gives the server a rank of its own, which takes at least 2 ranks: "
            "start the run with `mpirun -n R cablese run …`, or leave the option out."
        )
    return LocalTransport(WireCheck(check_all))


def together(environment: Mapping[str, str] = os.environ) -> Any:
    """The communicator of the ranks that MPI connects with this process; None of a process alone."""
    if launched_size(environment) <= 1:
        return None
    from .mpi import world

    found = world()
    return found if found.Get_size() > 1 else None
