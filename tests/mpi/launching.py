"""Starts programs under an MPI launcher, with a time limit and the settings that more ranks than cores need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cablese.runtime.report.machine import launcher

LIMIT = 300  # seconds: a job that hangs is a failure
HERE = Path(__file__).parent


def mpirun(ranks: int, *words: object, limit: float = LIMIT) -> subprocess.CompletedProcess[str]:
    """`mpiexec -n ranks python …`; skips where no launcher is found."""
    return subprocess.run(
        launch_command(ranks, *words),
        env=launch_environment(ranks),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        cwd=HERE,
    )


def launch_command(ranks: int, *words: object) -> list[str]:
    """The words that start `python …` under the launcher; skips where none is found."""
    return [found_launcher(), "-n", str(ranks), sys.executable, *map(str, words)]


def found_launcher() -> str:
    """The launcher's path; skips where none is found."""
    program = launcher()
    if program is None:
        pytest.skip("no mpiexec and no mpirun: pip install mpich brings one")
    return str(program)


def launch_environment(ranks: int) -> dict[str, str]:
    """One thread a rank, and ranks that give their core up while they wait if there are more of them than cores."""
    yielding = {"MPIR_CVAR_ENABLE_HEAVY_YIELD": "1"} if ranks > (os.cpu_count() or 1) else {}
    paths = [str(HERE.parent / "tiers"), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(paths)}
    return {**os.environ, **yielding, **own}
