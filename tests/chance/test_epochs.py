"""Minibatches in epochs: each sample once an epoch, in orders of a node's own, the same however nodes are dealt to ranks."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.chance.epochs import EpochEvent
from cablese.runtime.chance.streams import NodeList, NodeRange, Stream
from cablese.runtime.errors import SetupError

HOST = select.backend("cpu", "float64", "float32")
SAMPLES = (7, 12, 3, 10)
ALL = NodeRange(0, 4)


def event(seed: int = 2) -> EpochEvent:
    return EpochEvent(Stream(seed, "event", "xi", 0, "node"), HOST, SAMPLES)


def drawn(walk: EpochEvent, node: int, b: int, times: int, *, drop_last: bool = False) -> list[list[int]]:
    rows = NodeRange(node, node + 1)
    batches = (walk.draw(rows, b, drop_last=drop_last) for _ in range(times))
    return [batch.indices[0, : batch.sizes[0]].tolist() for batch in batches]


@pytest.mark.parametrize("node", range(4))
@pytest.mark.parametrize("b", [1, 3, 5])
def test_an_epoch_has_every_sample_once(node: int, b: int) -> None:
    m = SAMPLES[node]
    rounds = -(-m // b)
    batches = drawn(event(), node, b, 3 * rounds)
    epochs = [batches[first : first + rounds] for first in range(0, 3 * rounds, rounds)]
    for epoch in epochs:
        assert sorted(chain(*epoch)) == list(range(m))
        assert [len(batch) for batch in epoch[:-1]] == [min(b, m)] * (rounds - 1)
        assert all(batch == sorted(batch) for batch in epoch)
    assert b >= m or epochs[0] != epochs[1]


def test_a_last_batch_that_is_too_small_is_left_out() -> None:
    batches = drawn(event(), 0, 3, 6, drop_last=True)
    assert [len(batch) for batch in batches] == [3] * 6
    for first in (0, 2, 4):
        assert len({*batches[first], *batches[first + 1]}) == 6


def test_batches_of_changing_sizes_walk_on() -> None:
    walk = event()
    found = [drawn(walk, 1, b, 1)[0] for b in (5, 1, 4, 9)]
    assert [len(batch) for batch in found] == [5, 1, 4, 2]
    assert sorted(chain(*found)) == list(range(12))


def test_a_rank_draws_its_rows_of_the_whole_at_one_width() -> None:
    whole, parts = event(), [event() for _ in SAMPLES]
    for _ in range(9):
        together = whole.draw(ALL, 5, drop_last=False)
        assert together.indices.shape == (4, 5) and not together.full
        for node, walk in enumerate(parts):
            alone = walk.draw(NodeRange(node, node + 1), 5, drop_last=False)
            assert np.array_equal(alone.indices[0], together.indices[node])
            assert alone.sizes[0] == together.sizes[node]


def test_members_go_on_where_they_stopped_and_copies_follow_one_another() -> None:
    one, other = event(), event()
    bag = NodeList(np.array([1, 1, 3]), np.array([0, 1, 0]))
    found = one.draw(bag, np.array([4, 3, 2]), drop_last=False)
    assert found.indices.shape == (3, 4) and found.sizes.tolist() == [4, 3, 2]
    assert [found.indices[0].tolist(), found.indices[1, :3].tolist()] == [
        *drawn(other, 1, 4, 1), *drawn(other, 1, 3, 1)
    ]  # fmt: skip
    assert drawn(one, 1, 5, 1) == drawn(other, 1, 5, 1)


def test_orders_differ_by_node_epoch_and_seed_and_are_uniform() -> None:
    counts = np.zeros((3, 3))
    for seed in range(600):
        for place, (sample,) in enumerate(drawn(event(seed), 2, 1, 3)):
            counts[place, sample] += 1
    assert np.abs(counts - 200).max() < 60  # five deviations


def test_a_batch_of_nothing_is_told() -> None:
    with pytest.raises(SetupError, match="event `xi`: a minibatch of 0 samples"):
        event().draw(ALL, 0, drop_last=False)
