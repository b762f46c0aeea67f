"""Which transport a process gets, from what launchers leave in its environment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.transports.connect import connect
from cablese.runtime.transports.launchers import follow_launcher, launched_size
from cablese.runtime.transports.local import LocalTransport
from cablese.runtime.transports.progress import VARIABLES, choose_progress, crowded, yield_if_crowded


@pytest.mark.parametrize(
    ("environment", "size"),
    [
        ({}, 1),
        ({"PMI_SIZE": "3"}, 3),
        ({"OMPI_COMM_WORLD_SIZE": "5"}, 5),
        ({"SLURM_NTASKS": "8"}, 1),  # an allocation's shell, no step's process
        ({"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "SLURM_STEP_ID": "0"}, 8),
        ({"PMI_SIZE": "2", "SLURM_NTASKS": "8", "SLURM_PROCID": "0", "SLURM_STEP_ID": "0"}, 2),
        ({"PMI_SIZE": "word"}, 1),
    ],
)
def test_launchers_are_recognised(environment, size):
    assert launched_size(environment) == size


def test_a_process_alone_needs_no_mpi():
    assert isinstance(connect("shared", False, {}), LocalTransport)


def test_a_dedicated_server_needs_a_second_rank():
    with pytest.raises(SetupError, match="at least 2 ranks"):
        connect("dedicated", False, {})


def test_more_processes_than_mpi_connects_are_refused():
    """`srun` without PMI starts N jobs of one rank each, which would all write the same files."""
    with pytest.raises(SetupError, match="MPI connects 1"):
        connect("shared", False, {"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "SLURM_STEP_ID": "0"})


def test_ranks_that_share_cores_are_noticed():
    assert crowded({"MPI_LOCALNRANKS": "8"}, 2)
    assert not crowded({"MPI_LOCALNRANKS": "2"}, 2)
    assert not crowded({}, 2)
    assert crowded({"OMPI_COMM_WORLD_LOCAL_SIZE": "3"}, 2)


@pytest.mark.parametrize(("wait", "said"), [("auto", "1"), ("yield", "1"), ("spin", "0")])
def test_ranks_that_share_cores_give_them_up_unless_they_are_told_to_spin(wait: str, said: str):
    environment = {"MPI_LOCALNRANKS": "8"}
    choose_progress(wait, environment)
    yield_if_crowded(environment, 2)
    assert {environment[name] for name in VARIABLES} == {said}


def test_ranks_with_cores_of_their_own_wait_as_the_library_does_unless_told():
    environment = {"MPI_LOCALNRANKS": "2"}
    choose_progress("auto", environment)
    yield_if_crowded(environment, 2)
    assert not environment.keys() & set(VARIABLES)
    choose_progress("yield", environment)
    assert {environment[name] for name in VARIABLES} == {"1"}


def test_open_mpi_s_launcher_takes_open_mpi_s_library_unless_told():
    """mpi4py's wheels take the first library that they find, and MPICH ends a job of Open MPI's launcher."""
    environment = {"OMPI_COMM_WORLD_SIZE": "2"}
    follow_launcher(environment)
    assert environment["MPI4PY_MPIABI"] == "openmpi"
    told = {"OMPI_COMM_WORLD_SIZE": "2", "MPI4PY_MPIABI": "mpich"}
    follow_launcher(told)
    assert told["MPI4PY_MPIABI"] == "mpich"
    other = {"PMI_SIZE": "2"}
    follow_launcher(other)
    assert other == {"PMI_SIZE": "2"}


def test_a_library_that_does_not_load_is_told(tmp_path):
    words = [sys.executable, "-m", "cablese.cli.main", "run", "gd", "-k", "1"]
    launched = {"PMI_SIZE": "2", "PMI_RANK": "0", "MPI4PY_MPIABI": "nonsense"}
    ended = subprocess.run(words, env=os.environ | launched, capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: MPI does not load: ") and "--alone" in ended.stderr
    assert "Traceback" not in ended.stderr
