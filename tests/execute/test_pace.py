"""Ranks that are asked at different times end after the same round, and agree seldom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local

import numpy as np
import pytest
from cablese.runtime.execute import pace
from cablese.runtime.execute.pace import Together
from cablese.runtime.execute.stopping import Cause, Requests


@pytest.fixture
def clock(monkeypatch):
    """Each thread's own: rounds take 1 ms."""
    clock = local()
    monkeypatch.setattr(pace.time, "monotonic", lambda: 0.001 * getattr(clock, "rounds", 0))
    return clock


class Ranks:
    """Threads that agree as ranks do."""

    def __init__(self, count):
        self.values = [None] * count
        self.met, self.read = Barrier(count), Barrier(count)
        self.agreements = 0

    def agree(self, rank):
        def agree(values):
            self.values[rank] = values
            self.met.wait(10)
            out = np.max(self.values, axis=0)
            self.agreements += rank == 0
            self.read.wait(10)
            return out

        return agree


def rounds(ranks, rank, asked, every, clock, limit=100_000):
    """The rounds of one rank, which is asked for things in some of them: where it measured, and why it ended."""
    clock.rounds = 0
    requests = Requests()
    own, done, points = Together(requests, float("inf"), ranks.agree(rank)), 0, []
    for stop in range(every, limit + 1, every):
        while done < stop:
            horizon = own.horizon(done, stop)
            for moment in [m for m in asked if done <= m < horizon]:
                setattr(requests, *asked[moment])
            done = clock.rounds = horizon
            cause, point = own.look_up(done)
            if point or cause or done == stop:
                points.append(done)
            if cause:
                return cause, points
    return Cause.NONE, points


@pytest.mark.parametrize("every", [3000, 100_000])
def test_all_ranks_end_after_the_same_round(every, clock):
    ranks = Ranks(3)
    asked = (
        {70_001: ("stop", Cause.SIGTERM)},
        {560: ("point", True), 68_888: ("stop", Cause.SIGINT)},
        {580: ("point", True)},
    )
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda rank: rounds(ranks, rank, asked[rank], every, clock), range(3)))
    assert found[0] == found[1] == found[2]
    cause, points = found[0]
    assert cause in (Cause.SIGINT, Cause.SIGTERM) and 68_888 < points[-1] < 100_000
    extra = [point for point in points[:-1] if point % every]
    assert len(extra) == 1  # one signal, that ranks heard at different times


def test_ranks_agree_about_every_interval(clock):
    """Rounds of 1 ms."""
    agreements = []

    def agree(values):
        agreements.append(done)
        return values

    own, done = Together(Requests(), float("inf"), agree), 0
    while done < 10_000:
        horizon = own.horizon(done, 10_000)
        done = clock.rounds = horizon
        assert own.look_up(done) == (Cause.NONE, False)
    assert 10_000 * 0.001 / pace.INTERVAL <= len(agreements) <= 10_000 * 0.001 / pace.INTERVAL + 5
    assert np.max(np.diff(agreements)) * 0.001 <= pace.INTERVAL + 1e-9
