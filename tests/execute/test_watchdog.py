"""Ranks of one machine watch each other's processes: here a process that sleeps, beside a rank that waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time

import pytest
from cablese.runtime.transports import watchdog
from cablese.runtime.transports.watchdog import Watchdog

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")


class FakeJob:
    """Rank 0 of two; it notes how it is ended."""

    rank, ranks = 0, 2

    def __init__(self, process):
        self.processes = {0: os.getpid(), 1: process}
        self.ended = threading.Event()
        self.watchdog = None

    def peers(self):
        return {1: self.processes[1]}

    def end(self, tell, code, *, ranks_before):
        tell()
        self.code, self.ranks_before = code, ranks_before
        self.ended.set()


@pytest.fixture
def job(monkeypatch):
    monkeypatch.setattr(watchdog, "BEAT", 0.02)
    with subprocess.Popen(["sleep", "60"]) as process:
        yield FakeJob(process.pid)
        process.kill()


def watched(job, patience):
    return Watchdog(job, patience, lambda: "at spec.alg:7, in round 3: `node -> server: m = grad(x)`")


def test_a_killed_rank_is_named_at_once(job, capfd):
    with watched(job, 1000):
        os.kill(job.processes[1], signal.SIGKILL)
        assert job.ended.wait(10)
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and f"error: rank 1 of 2 (process {job.processes[1]}) was killed" in said
    assert "rank 0 waits at spec.alg:7, in round 3: `node -> server: m = grad(x)`" in said
    assert (job.code, job.ranks_before) == (3, 0)


@pytest.mark.parametrize(("inside", "told"), [(True, "waits at spec.alg:7"), (False, "waits before a round")])
def test_of_two_the_inner_one_tells_the_position(job, capfd, inside, told):
    with Watchdog(job, 1000, lambda: "before a round"):
        with watched(job, 1000):
            if inside:
                os.kill(job.processes[1], signal.SIGKILL)
                assert job.ended.wait(10)
        if not inside:
            os.kill(job.processes[1], signal.SIGKILL)
            assert job.ended.wait(10)
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and told in said
    assert job.watchdog is None


def test_a_stopped_rank_is_named_when_patience_ends(job, capfd):
    with watched(job, 0.2):
        began = time.monotonic()
        os.kill(job.processes[1], signal.SIGSTOP)
        assert job.ended.wait(10) and time.monotonic() - began > 0.15
    assert "rank 1 of 2" in (said := capfd.readouterr().err) and "has been stopped for 0.2 s" in said
    assert job.code == 3


def test_a_rank_that_lives_or_goes_on_is_left_alone(job):
    with watched(job, 0.2):
        for _ in range(3):
            os.kill(job.processes[1], signal.SIGSTOP)
            time.sleep(0.06)
            os.kill(job.processes[1], signal.SIGCONT)
            time.sleep(0.06)
        assert not job.ended.is_set()
    assert "watchdog" not in [thread.name for thread in threading.enumerate()]
