"""Ctrl-C at any time of a start: one line, exit code 130, whatever is being imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# a process that is interrupted as it begins to import a module
INTERRUPTED = """
import os, signal, sys
rank, module = sys.argv.pop(1), sys.argv.pop(1)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module and os.environ.get("PMI_RANK", "0") == rank:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from cablese.cli.entry import main
main()
"""
RUN = ("run", "gd", "-n", "4", "-k", "5", "--out", "o", "--quiet")


def interrupted(
    module: str, *words: str, folder: Path, launcher: tuple[str, ...] = (), rank: int = 0
) -> None:
    ended = subprocess.run(
        [*launcher, sys.executable, "-c", INTERRUPTED, str(rank), module, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "interrupted\n")
    assert not list(folder.rglob("trace.jsonl"))


@pytest.mark.parametrize("module", ["click", "cablese.cli.run", "numpy", "cablese.runtime.data.bundled"])
def test_a_run_that_is_interrupted_before_its_rounds(tmp_path: Path, module: str) -> None:
    interrupted(module, *RUN, folder=tmp_path)


@pytest.mark.parametrize("module", ["click", "cablese.cli.cost", "numpy", "cablese.runtime.execute.cost"])
def test_other_commands(tmp_path: Path, module: str) -> None:
    interrupted(module, "cost", "gd", folder=tmp_path)


@pytest.mark.mpi
@pytest.mark.parametrize(
    ("module", "rank"),
    [("click", 1), ("numpy", 0), ("mpi4py.MPI", 1), ("cablese.runtime.data.bundled", 0)],
)
def test_one_rank_ends_a_job_that_is_interrupted(tmp_path: Path, module: str, rank: int) -> None:
    from cablese.runtime.report.machine import launcher

    if (program := launcher()) is None:
        pytest.skip("no mpiexec and no mpirun: pip install mpich brings one")
    interrupted(module, *RUN, folder=tmp_path, launcher=(str(program), "-n", "2"), rank=rank)
