"""Number of processes and rank by the environment that a launcher sets; needs no MPI library."""

from __future__ import annotations

from collections.abc import Mapping

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
