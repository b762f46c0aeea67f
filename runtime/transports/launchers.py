"""Launchers by the environment that they set: how many processes, which rank, which library; needs no MPI library."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from contextlib import suppress

# set by the launchers of MPI libraries; SLURM's own variables do not imply an MPI library that joins its processes
LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
LAUNCHER_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID")


def launched_size(environment: Mapping[str, str]) -> int:
    """Number of processes that a launcher says it started; 1 without one."""
    for name in LAUNCHER_SIZES:
        if environment.get(name, "").isdigit():
            return int(environment[name])
    # an interactive SLURM allocation sets SLURM_NTASKS as well: only a step's process has a rank
    step = "SLURM_PROCID" in environment and "SLURM_STEP_ID" in environment
    tasks = environment.get("SLURM_NTASKS", "")
    return int(tasks) if step and tasks.isdigit() else 1


def launched_rank(environment: Mapping[str, str]) -> int:
    """Rank of this process by the launcher, 0 without one: a name for messages, and nothing to rely on."""
    rank = next((environment[name] for name in LAUNCHER_RANKS if name in environment), "0")
    return int(rank) if rank.isdigit() else 0


def follow_launcher(environment: MutableMapping[str, str]) -> None:
    """Let mpi4py load the library whose launcher started this process, unless the environment says which.

    Its wheels work with several, and take the first that they find: under Open MPI's launcher an MPICH that stands beside
    Python ends the job. Only Open MPI's launcher is known by its variables, others share theirs.
    """
    if "OMPI_COMM_WORLD_SIZE" in environment:
        environment.setdefault("MPI4PY_MPIABI", "openmpi")


def end_job(environment: Mapping[str, str], code: int) -> bool:
    """Let MPICH's launcher end all ranks, in its own language (PMI-1); False under others, of which each ends them by
    itself.

    When a rank dies it ends those of the same machine, and the others would wait for ever.
    """
    descriptor = environment.get("PMI_FD", "")
    if descriptor.isdigit() and "MPI_LOCALNRANKS" in environment:
        with suppress(OSError):
            os.write(int(descriptor), f"cmd=abort exitcode={code}\n".encode())
            return True
    return False
