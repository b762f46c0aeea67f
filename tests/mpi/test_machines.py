"""Ranks on several machines, by the launchers of two MPI libraries: the trace of one process, and an end where one dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cablese
import pytest
from machines import Machines, run_on, two_machines

pytestmark = [pytest.mark.mpi, pytest.mark.slow]

RUN = ("-m", "cablese.cli.main", "run")
NAMES = """
import os
from mpi4py.MPI import COMM_WORLD as world

found = world.gather(os.uname().nodename)
if world.rank == 0:
    print(*found)
"""
DEADLY = """
import os
import numpy as np
from cablese import Objective

calls = 0

def grad(x, goal):
    global calls
    calls += 1
    if calls > 20 and os.uname().nodename == "cablese2":
        os._exit(7)
    return x - goal.mean(axis=0)

objective = Objective(lambda x, goal: np.sum((x - goal) ** 2) / 2, grad, start=3, data=(np.ones((8, 3)),))
"""
LAUNCHERS = [Machines.mpich, Machines.open_mpi]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with two_machines(tmp_path_factory.mktemp("machines")) as made:
        yield made


@pytest.mark.parametrize("launched", LAUNCHERS, ids=["mpich", "open_mpi"])
@pytest.mark.parametrize("method", ["marina", "artemis", "choco_sgd"])
def test_the_trace_is_that_of_one_process(
    machines: Machines, launched: Callable[[Machines, int], list[str]], method: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace.jsonl"
    ended = run_on(launched(machines, 2), *RUN, method, "-n", 5, "-k", 20, "--quiet", "--trace", trace)
    assert ended.returncode == 0, ended.stderr[-2000:]
    theirs = cablese.load(trace).points
    ours = cablese.run(method, nodes=5, rounds=20).points
    assert [replace(point, seconds=0) for point in theirs] == [replace(point, seconds=0) for point in ours]


def test_ranks_know_their_machines(machines: Machines, tmp_path: Path) -> None:
    program = tmp_path / "names.py"
    program.write_text(NAMES)
    ended = run_on(machines.mpich(2), program)
    assert ended.stdout.split() == ["cablese1", "cablese1", "cablese2", "cablese2"]


@pytest.mark.parametrize("launched", LAUNCHERS, ids=["mpich", "open_mpi"])
def test_a_rank_that_dies_on_another_machine_ends_the_job(
    machines: Machines, launched: Callable[[Machines, int], list[str]], tmp_path: Path
) -> None:
    objective = tmp_path / "deadly.py"
    objective.write_text(DEADLY)
    problem = f"python(file='{objective}')"
    words = ("-n", 4, "-k", 100, "--set", "gamma=0.1")
    ended = run_on(launched(machines, 1), *RUN, "gd", *words, "--problem", f'"{problem}"')
    assert ended.returncode == 3
    assert "rank 1 of 2" in ended.stderr and "left the job with exit code 7" in ended.stderr
