"""Progress of ranks that wait for one another: MPI polls, and a rank that polls may give its core up meanwhile, or keep it.

MPI libraries read it from the environment when they start.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

VARIABLES = ("MPIR_CVAR_ENABLE_HEAVY_YIELD", "OMPI_MCA_mpi_yield_when_idle")
"""The variables of MPICH and of Open MPI."""


def choose_progress(wait: str, environment: MutableMapping[str, str]) -> None:
    """Let ranks `yield` their cores or `spin`; `auto` leaves it to `yield_if_crowded`."""
    if wait != "auto":
        environment.update(dict.fromkeys(VARIABLES, "1" if wait == "yield" else "0"))


def yield_if_crowded(environment: MutableMapping[str, str], cores: int) -> None:
    """Let ranks yield where more share this machine than it has cores, unless the environment says how they wait: on two
    cores four ranks meet in 1 ms instead of 10."""
    if crowded(environment, cores):
        for name in VARIABLES:
            environment.setdefault(name, "1")


def crowded(environment: Mapping[str, str], cores: int) -> bool:
    """True where a launcher started more ranks on this machine than there are cores."""
    ranks = next((environment[name] for name in _LOCAL_SIZES if name in environment), "")
    return ranks.isdigit() and int(ranks) > cores


_LOCAL_SIZES = ("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE")
