"""Ranks fail together before a run and after it, wherever each of them is: one says why, all have one exit code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from cablese.runtime.errors import FailedElsewhere, RunFailed, SetupError, UsageError
from cablese.runtime.execute.agree import at_first_rank, in_step
from cablese.runtime.execute.exits import exit_of
from cablese.runtime.execute.rank_errors import differences, not_alike
from cablese.runtime.transports.meeting import leave


class Communicator:
    """One of several threads, which meet as ranks do."""

    def __init__(self, rank, shared, barrier):
        self.rank, self.shared, self.barrier = rank, shared, barrier

    def Get_rank(self):
        return self.rank

    def Get_size(self):
        return len(self.shared)

    def Allgather(self, mine, all):
        self.shared[self.rank] = mine
        self.barrier.wait(10)
        all[:] = self.shared
        self.barrier.wait(10)


def fails(step, *failures):
    """A step that raises at some ranks."""

    def act(rank, here):
        if step == here and rank < len(failures) and failures[rank] is not None:
            raise failures[rank]

    return act


def command(communicator, act):
    """What a command does at each rank, in the order of `run`: its exit code, and whether this rank says why."""
    rank = communicator.Get_rank()
    try:
        act(rank, "options")
        at_first_rank(communicator, lambda: act(rank, "outputs"))
        with in_step(communicator):
            act(rank, "preparation")
        at_first_rank(communicator, lambda: act(rank, "results"))
    except (SetupError, RunFailed, MemoryError, ZeroDivisionError) as failure:
        return leave(communicator, exit_of(failure), own=not isinstance(failure, FailedElsewhere))
    return leave(communicator, 0, own=True)


def ended(act, ranks=3):
    shared, barrier = np.zeros((ranks, 4), dtype=np.int64), Barrier(ranks)
    communicators = [Communicator(rank, shared, barrier) for rank in range(ranks)]
    with ThreadPoolExecutor(ranks) as pool:
        found = list(pool.map(lambda communicator: command(communicator, act), communicators))
    codes, speaks = {code for code, _ in found}, [rank for rank, (_, says) in enumerate(found) if says]
    assert len(codes) == 1 and len(speaks) == 1
    return codes.pop(), speaks[0]


def test_nothing_fails():
    assert ended(fails("nowhere"))[0] == 0


@pytest.mark.parametrize("step", ["options", "preparation"])
@pytest.mark.parametrize(
    ("failures", "code", "speaker"),
    [
        ((None, None, SetupError("no data")), 1, 2),
        ((None, UsageError("no file"), SetupError("no data")), 2, 1),
        ((SetupError("0"), SetupError("1"), SetupError("2")), 1, 0),
        ((ZeroDivisionError(), None, None), 3, 0),
    ],
)
def test_the_first_rank_that_failed_speaks(step, failures, code, speaker):
    assert ended(fails(step, *failures)) == (code, speaker)


@pytest.mark.parametrize("step", ["outputs", "results"])
@pytest.mark.parametrize(("failure", "code"), [(RunFailed("disk full"), 3), (MemoryError(), 3)])
def test_what_rank_0_does_alone_ends_all(step, failure, code):
    assert ended(fails(step, failure)) == (code, 0)


def test_messages_name_ranks_and_values_that_differ():
    told = [
        ("a", {"spec": "x"}),
        ("b", {"spec": "y"}),
        ("b", {"spec": "y"}),
        ("b", {"spec": "x", "other": "z"}),
    ]
    first, second = map(str, differences(told))
    assert first == "ranks 1 (b) and 2 (b) run with another spec than rank 0: y, not x"
    assert second == "rank 3 (b) runs with another other than rank 0: z, not none"
    many = differences([("a", {"d": str(rank > 0)}) for rank in range(9)])
    assert str(many[0]) == "ranks 1, 2, 3 and 5 others run with another d than rank 0: True, not False"
    assert differences([]) == []
    assert len(str(not_alike(differences([("a", {"d": "1" * 999}), ("a", {})])))) < 500
