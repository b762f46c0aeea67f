"""How many processes a launcher says it started; needs no MPI library."""

from __future__ import annotations

from collections.abc import Mapping

# what the launchers of MPI libraries tell their processes; SLURM's own says nothing of an MPI library that joins them
LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
LAUNCHER_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID")


def launched_size(environment: Mapping[str, str]) -> int:
    """How many processes a launcher says it started; 1 without one."""
    for name in LAUNCHER_SIZES:
        if environment.get(name, "").isdigit():
            return int(environment[name])
    # an interactive SLURM allocation sets SLURM_NTASKS as well: only a step's process has a rank
    step = "SLURM_PROCID" in environment and "SLURM_STEP_ID" in environment
    tasks = environment.get("SLURM_NTASKS", "")
    return int(tasks) if step and tasks.isdigit() else 1


def launched_rank(environment: Mapping[str, str]) -> int:
    """Which of these processes a launcher says that this one is: a name for messages, and nothing to rely on."""
    told = next((environment[name] for name in LAUNCHER_RANKS if name in environment), "0")
    return int(told) if told.isdigit() else 0
