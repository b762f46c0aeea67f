"""The process that a launcher started outlives the rank that its child is, ends as it does, and tells its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

RANK = """
import os, signal, sys, time
from cablese.cli import supervision
supervision.PATIENCE = 0.0
started = os.getpid()
supervision.STOPPED = 0.2
ends = supervision.supervise(["--debug", "run", "gd"])
assert (os.getpid() == started) == (sys.argv[1] == "alone")
signal.signal(signal.SIGTERM, lambda number, _: (ends(), os._exit(7)))
print("ready", os.getppid() == started, flush=True)
match sys.argv[1]:
    case "alone":
        sys.exit(4)
    case "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    case "ended":
        ends()
        sys.exit(5)
    case "gone":
        os._exit(0)
    case "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    case "patient":
        supervision.tell_patience(0.4)
        os.kill(os.getpid(), signal.SIGSTOP)
    case "continued":
        supervision.tell_patience(30.0)
        if not os.fork():
            time.sleep(0.5)
            os.kill(os.getppid(), signal.SIGCONT)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGSTOP)
        ends()
        sys.exit(6)
time.sleep(60)
"""


def rank(how: str, pass_fds: tuple[int, ...] = (), **launcher: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PMI")} | launcher
    return subprocess.Popen(
        [sys.executable, "-c", RANK, how],
        env=environment,
        pass_fds=pass_fds,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("how", "code"), [("ended", 5), ("killed", 3)])
def test_it_ends_as_the_child_does(how: str, code: int) -> None:
    with rank(how, PMI_SIZE="3", PMI_RANK="2") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "ready True\n")
    assert how == "ended" or ("rank 2 of 3" in err and "was ended by SIGKILL" in err)


@pytest.mark.parametrize(
    ("how", "told"), [("killed", "was ended by SIGKILL"), ("gone", "left the job with exit code 0")]
)
def test_a_death_ends_the_ranks_of_other_machines(how: str, told: str) -> None:
    """MPICH's launcher ends those of the same machine alone, unless it is asked in its own language."""
    heard, launcher = os.pipe()
    try:
        named = {"PMI_SIZE": "3", "PMI_RANK": "2", "PMI_FD": str(launcher), "MPI_LOCALNRANKS": "1"}
        with rank(how, pass_fds=(launcher,), **named) as process:
            assert told in process.communicate(timeout=60)[1]
        assert process.returncode == 3
        assert os.read(heard, 100) == b"cmd=abort exitcode=3\n"
    finally:
        os.close(heard)
        os.close(launcher)


@pytest.mark.parametrize(("how", "seconds"), [("stopped", "0.2 s"), ("patient", "0.4 s")])
def test_a_rank_that_stays_stopped_is_ended(how: str, seconds: str) -> None:
    with rank(how, PMI_SIZE="3", PMI_RANK="2") as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 3
    assert "rank 2 of 3" in said and f"has been stopped for {seconds}" in said


def test_a_rank_that_goes_on_is_left() -> None:
    with rank("continued", PMI_SIZE="3", PMI_RANK="2") as process:
        assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 6


def test_it_passes_signals_on() -> None:
    with rank("waits", PMI_SIZE="3", PMI_RANK="2") as process:
        assert process.stdout is not None and process.stdout.readline() == "ready True\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 7


def test_it_takes_the_child_along() -> None:
    with rank("waits", PMI_SIZE="3", PMI_RANK="2") as process:
        assert process.stdout is not None and process.stdout.readline() == "ready True\n"
        process.kill()
        assert process.stdout.read() == ""  # the child, which holds the other end, is gone


def test_a_process_without_a_launcher_is_left_as_it_is() -> None:
    with rank("alone") as process:
        assert process.communicate(timeout=60) == ("ready False\n", "")
    assert process.returncode == 4
