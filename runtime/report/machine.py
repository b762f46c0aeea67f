"""The state of a machine, for `cablese doctor`: packages, MPI, GPU, threads, each with a remedy where it does not work."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from cablese.dsl.text.records import record

PROBE_SECONDS = 30
_PROBE = """
import sys
from time import perf_counter
from mpi4py.MPI import COMM_WORLD as world
rank, size = world.Get_rank(), world.Get_size()
total = world.allreduce(rank + 1)

def seconds(message):
    began = perf_counter()
    for sender in (0, 1):
        if rank == sender:
            world.Send(message, dest=1 - rank)
        else:
            world.Recv(message, source=1 - rank)
    return (perf_counter() - began) / 2

told = f"sum {total} of {size}\\n"
if size == 2:
    short = min(seconds(bytearray(8)) for _ in range(100))
    long = min(seconds(bytearray(1 << 22)) for _ in range(10))
    if rank == 0:
        told += f"between ranks: {1e6 * short:.1f} us a message, {(1 << 22) / long / 1e9:.1f} GB/s\\n"
sys.stdout.write(told)  # in one piece: ranks write at the same time
"""
_LAUNCHERS = ("mpiexec", "mpirun")
_LAUNCHED = ("PMI_", "PMIX_", "OMPI_", "HYD", "MPI_LOCAL", "SLURM_")
_MISMATCH = (
    "The launcher and mpi4py belong to different MPI libraries. Use the launcher that stands beside this "
    "Python, or rebuild mpi4py for the other: `pip install --force-reinstall --no-binary mpi4py mpi4py`."
)


@record
class Check:
    """One examined part of a machine; `remedy` is empty when there is nothing to mend."""

    what: str
    works: bool
    state: str
    remedy: str = ""


def checks() -> Iterator[Check]:
    """All checks, one at a time (the MPI probe takes a second); never raises."""
    yield Check("python", True, f"{platform.python_version()} ({sys.executable}), {platform.platform()}")
    yield packages()
    yield mpi()
    yield gpu()
    yield fast()
    yield threads()


def packages() -> Check:
    """Versions of the packages that cablese requires."""
    versions = {name: _version(name) for name in _needed()}
    missing = [name for name, found in versions.items() if not found]
    state = ", ".join(f"{name} {found or 'MISSING'}" for name, found in versions.items())
    remedy = f"pip install {' '.join(missing)}" if missing else ""
    return Check("packages", not missing, state, remedy)


def launcher() -> Path | None:
    """The MPI launcher that belongs to this Python, else the first on the path."""
    beside = [Path(sys.executable).parent / name for name in _LAUNCHERS]
    found = next((path for path in beside if path.exists()), None)
    if found is not None:
        return found
    named = next((path for name in _LAUNCHERS if (path := shutil.which(name))), None)
    return Path(named) if named else None


def mpi() -> Check:
    """The MPI launcher and library, tried by two ranks that add their numbers and send messages to and fro: the least times
    that a short one takes, and a long one."""
    program = launcher()
    if program is None:
        return Check(
            "MPI", False, "no mpiexec and no mpirun", "pip install mpich, or load your cluster's MPI module"
        )
    try:
        ended = _probe(program)
    except subprocess.TimeoutExpired:
        remedy = (
            "Does this machine's name resolve (`hostname -f`)? Try the environment variable HYDRA_IFACE=lo."
        )
        return Check("MPI", False, f"{program}: two ranks did not start in {PROBE_SECONDS} s", remedy)
    except OSError as error:
        return Check(
            "MPI", False, f"{program} does not start: {error}", "pip install --force-reinstall mpich"
        )
    return _judged(program, ended)


def gpu() -> Check:
    """CUDA devices that cupy sees."""
    driver = shutil.which("nvidia-smi") is not None
    try:
        import cupy

        count = cupy.cuda.runtime.getDeviceCount()
        name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    except ImportError:
        remedy = f"pip install 'cablese[{_cuda_extra()}]'" if driver else ""
        seen = "an NVIDIA driver is here, cupy is not installed" if driver else "no NVIDIA driver, no cupy"
        return Check("GPU", False, seen, remedy)
    except (RuntimeError, OSError) as error:
        remedy = "Update the driver, or install the cupy for its CUDA version." if driver else ""
        return Check("GPU", False, f"cupy {_cupy_version()} sees no device: {_first_line(error)}", remedy)
    return Check("GPU", True, f"{count} x {name}; `--device cuda` uses the first")


def _cuda_extra() -> str:
    """The extra for the CUDA that the driver can run: 13 where `nvidia-smi` says so, else 12."""
    try:
        told = subprocess.run(["nvidia-smi"], capture_output=True, text=True, timeout=PROBE_SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):
        told = ""
    found = re.search(r"CUDA Version: (\d+)", told)
    return "cuda13" if found is not None and int(found[1]) >= 13 else "cuda12"


def _cupy_version() -> str:
    """The version of whichever cupy is installed."""
    names = ("cupy-cuda13x", "cupy-cuda12x", "cupy")
    return next((found for name in names if (found := _version(name))), "")


def fast() -> Check:
    """Compiled loops for long vectors, by numba."""
    from ..arrays.numba_dispatch import LONG, compiled

    if compiled() is None:
        seen = "numba does not load here" if _version("numba") else "no numba"
        return Check("fast", False, f"{seen}: long vectors take NumPy alone", "pip install 'cablese[fast]'")
    taken = f"arrays of {LONG} entries, and long runs of short rounds, take compiled loops"
    return Check("fast", True, f"numba {_version('numba')}: {taken}")


def threads() -> Check:
    """Processors, and the threads that the linear algebra libraries would take."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        import numpy as np
        from threadpoolctl import threadpool_info
    except ImportError:
        return Check(
            "threads", False, f"{cores} processors; BLAS could not be examined", "pip install threadpoolctl"
        )
    np.ones((2, 2)) @ np.ones((2, 2))
    pools = [
        f"{pool['internal_api']} {pool.get('version') or ''}".strip() + f": {pool['num_threads']} threads"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]
    return Check("threads", True, f"{cores} processors; {'; '.join(pools) or 'no BLAS that can be examined'}")


def _probe(program: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_LAUNCHED)}
    command = [str(program), "-n", "2", sys.executable, "-c", _PROBE]
    return subprocess.run(
        command, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PROBE_SECONDS
    )


def _judged(program: Path, ended: subprocess.CompletedProcess[str]) -> Check:
    if ended.returncode == 0 and ended.stdout.count("sum 3 of 2") == 2:
        measured = re.search(r"^between ranks: .+$", ended.stdout, re.MULTILINE)
        speed = f"; {measured[0]}" if measured else ""
        state = f"{program}: two ranks added their numbers (mpi4py {_version('mpi4py')}){speed}"
        return Check("MPI", True, state)
    if ended.stdout.count("sum 1 of 1") == 2:
        return Check("MPI", False, f"{program}: two processes that do not see each other", _MISMATCH)
    printed = f"{ended.stderr}\n{ended.stdout}"
    if "run-as-root" in printed or "run as root" in printed:
        remedy = "Open MPI refuses root: set OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1."
        return Check("MPI", False, f"{program} refuses to run as root", remedy)
    if "No module named" in printed:
        return Check("MPI", False, f"{program} starts, mpi4py is missing", "pip install mpi4py")
    last = next((line for line in reversed(printed.splitlines()) if line.strip()), "no message")
    return Check("MPI", False, f"{program}: exit {ended.returncode}: {last.strip()}", _MISMATCH)


def _needed() -> list[str]:
    """Packages that the installed cablese requires, extras and other platforms aside."""
    try:
        listed = requires("cablese") or []
    except PackageNotFoundError:
        return ["cablese"]
    return [re.split(r"[ <>=!~;\[(]", line)[0] for line in listed if ";" not in line]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no message"])[0]
