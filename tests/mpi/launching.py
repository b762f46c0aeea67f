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
    program = launcher()
    if program is None:
        pytest.skip("no mpiexec and no mpirun: pip install mpich brings one")
    cores = os.cpu_count() or 1
    yielding = {"MPIR_CVAR_ENABLE_HEAVY_YIELD": "1"} if ranks > cores else {}
    environment = {**os.environ, **yielding, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [str(program), "-n", str(ranks), sys.executable, *map(str, words)]
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        cwd=HERE,
    )
