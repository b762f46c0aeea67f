"""Draws made ahead are the draws of their rounds, in whatever order rounds come; few are made in vain."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.chance.prefetch import PrefetchedDraws, PrefetchedWords, rounds_ahead
from cablese.runtime.chance.streams import NodeRange, Stream
from hypothesis import given
from hypothesis import strategies as st

HOST = select.backend("cpu", "float64", "float32")
STREAM = Stream(5, "compressor", "m", 0, "node")


@given(
    rounds=st.lists(st.integers(-1, 300), min_size=1, max_size=60),
    first=st.integers(0, 3),
    count=st.integers(1, 9),
)
def test_words_are_those_of_the_round(rounds: list[int], first: int, count: int) -> None:
    rows = NodeRange(first, first + 2)
    words = PrefetchedWords(STREAM, HOST, count, rows)
    for round in [*rounds, *sorted(rounds)]:
        np.testing.assert_array_equal(words(round, ()), STREAM.words(HOST, count, round, (), rows))


def test_in_loops_words_are_those_of_the_moment() -> None:
    words = PrefetchedWords(STREAM, HOST, 3, NodeRange(0, 2))
    for moment in ((0, ()), (0, (0,)), (0, (1, 2)), (1, ())):
        np.testing.assert_array_equal(words(*moment), STREAM.words(HOST, 3, *moment, NodeRange(0, 2)))


def test_a_rank_without_nodes_draws_nothing() -> None:
    assert PrefetchedWords(STREAM, HOST, 3, NodeRange(4, 4))(7, ()).shape == (0, 3)


@pytest.mark.parametrize(("step", "most_made"), [(1, 1.2), (2, 2.5), (7, 4), (100, 4)])
def test_few_are_made_in_vain(step: int, most_made: float) -> None:
    """Draws made for each one asked for, where every `step`-th round asks."""
    made = []

    def make(first: int, rounds: int) -> list[int]:
        made.append(rounds)
        return list(range(first, first + rounds))

    ahead = PrefetchedDraws(make, 64)
    asked = range(0, 1000 * step, step)
    assert [ahead(round) for round in asked] == list(asked)
    assert sum(made) <= most_made * len(asked)
    if step == 1:
        assert len(made) < 25


def test_large_draws_are_made_one_by_one() -> None:
    assert rounds_ahead(10**6) == 1 and rounds_ahead(0) == rounds_ahead(10) == 64
