"""Which transport a process gets: MPI when a launcher started it with others, else in-process."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import SetupError
from .base import Transport
from .wirecheck import WireCheck

# what the launchers of MPI libraries tell their processes; SLURM's own says nothing of an MPI library that joins them
LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")


def connect(server_rank: str, check_all: bool, environment: Mapping[str, str] = os.environ) -> Transport:
    """The transport of this process; `server_rank` is "shared" or "dedicated"."""
    size = launched_size(environment)
    if size <= 1:
        return _alone(server_rank, check_all)
    from .mpi import MpiTransport, world

    communicator = world()
    found = communicator.Get_size()
    if found != size:
        raise SetupError(
            f"the launcher started {size} processes, but MPI connects {found}: each would run the whole job alone. "
            "Start with the launcher of the same MPI library (`cablese doctor` names it), or with `srun --mpi=pmix`."
        )
    return MpiTransport(communicator, server_rank == "dedicated", WireCheck(check_all))


def _alone(server_rank: str, check_all: bool) -> Transport:
    from .local import LocalTransport

    if server_rank == "dedicated":
        raise SetupError(
            "--server-rank dedicated gives the server a rank of its own, which takes at least 2 ranks: "
            "start the run with `mpirun -n R cablese run …`, or leave the option out."
        )
    return LocalTransport(WireCheck(check_all))


def launched_size(environment: Mapping[str, str]) -> int:
    """How many processes a launcher says it started; 1 without one."""
    for name in LAUNCHER_SIZES:
        if environment.get(name, "").isdigit():
            return int(environment[name])
    # an interactive SLURM allocation sets SLURM_NTASKS as well: only a step's process has a rank
    step = "SLURM_PROCID" in environment and "SLURM_STEP_ID" in environment
    tasks = environment.get("SLURM_NTASKS", "")
    return int(tasks) if step and tasks.isdigit() else 1
