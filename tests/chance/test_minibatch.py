"""Minibatches: uniform among each node's own samples, the same however nodes are dealt to ranks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.chance.minibatch import MinibatchEvent
from cablese.runtime.chance.streams import NodeList, NodeRange, Stream
from cablese.runtime.errors import SetupError

HOST = select.backend("cpu", "float64", "float32")
EVEN = (163, 163, 162, 162, 162)
UNEVEN = (1, 4, 30, 2000, 5, 300)


def event(samples: tuple[int, ...]) -> MinibatchEvent:
    return MinibatchEvent(Stream(2, "event", "xi", 0, "node"), HOST, samples)


@pytest.mark.parametrize("samples", [EVEN, UNEVEN])
@pytest.mark.parametrize("b", [1, 3, 5, 40, 162, 1999])
def test_batches_are_ascending_without_repetition_and_padded(samples: tuple[int, ...], b: int) -> None:
    batch = event(samples).draw(7, (), NodeRange(0, len(samples)), b)
    assert batch.indices.shape == (len(samples), min(b, max(samples)))
    assert batch.full == (b >= max(samples))
    for row, size, m in zip(batch.indices, batch.sizes, samples, strict=True):
        assert size == min(b, m)
        assert (np.diff(row[:size]) > 0).all() and row[0] >= 0 and row[size - 1] < m
        assert (row[size:] == -1).all()
        if b >= m:
            assert row[:size].tolist() == list(range(m))


@pytest.mark.parametrize("samples", [EVEN, UNEVEN])
@pytest.mark.parametrize("b", [1, 2, 5, 40, 100, 5000])
def test_a_rank_draws_its_rows_of_the_whole(samples: tuple[int, ...], b: int) -> None:
    n = len(samples)
    for draw in (event(samples).draw, event(samples).draw_with_replacement):
        whole = draw(4, (), NodeRange(0, n), b)
        for first in range(n):
            for rows in (NodeRange(first, first + 1), NodeList(np.asarray([first]), np.asarray([0]))):
                part = draw(4, (), rows, b)
                np.testing.assert_array_equal(part.indices[0], whole.indices[first])
                assert (part.sizes[0], part.full) == (whole.sizes[first], whole.full)
        assert draw(4, (), NodeRange(2, 2), b).indices.shape[0] == 0


@pytest.mark.parametrize("samples", [(6, 6), (7, 200)])
def test_every_batch_has_the_same_chance(samples: tuple[int, ...]) -> None:
    """By keys for (6, 6); with 200 samples at the other node, through the same code with padded keys."""
    m, b, rounds = samples[0], 3, 4000
    draws = [event(samples).draw(k, (), NodeRange(0, 1), b).indices[0] for k in range(rounds)]
    counts = np.bincount([int(np.sum(1 << draw)) for draw in draws], minlength=1 << m)
    subsets = [sum(1 << i for i in subset) for subset in combinations(range(m), b)]
    assert counts[subsets].sum() == rounds
    expected = rounds / len(subsets)
    chi2 = np.sum((counts[subsets] - expected) ** 2) / expected
    assert abs(chi2 - len(subsets) + 1) < 4 * np.sqrt(2 * (len(subsets) - 1))


@pytest.mark.parametrize(("samples", "b"), [((500, 500, 499), 5), ((500, 900), 200)])
def test_every_sample_has_the_same_chance_and_nodes_are_independent(samples: tuple[int, ...], b: int) -> None:
    rounds, m = 600, 500
    hits = np.zeros((2, rounds, max(samples)))
    for k in range(rounds):
        indices = event(samples).draw(k, (), NodeRange(0, 2), b).indices
        for node in range(2):
            hits[node, k, indices[node]] = 1
    p = b / m
    counts = hits[0].sum(axis=0)[:m]
    chi2 = np.sum((counts - rounds * p) ** 2) / (rounds * p * (1 - p)) * (m - 1) / m
    assert abs(chi2 - (m - 1)) < 4.5 * np.sqrt(2 * (m - 1))
    shared = np.sum(hits[0] * hits[1], axis=1)
    q = b / samples[1]
    assert abs(shared.mean() - b * q) < 4 * np.sqrt(b * q / rounds)


def test_with_replacement() -> None:
    rounds, samples = 3000, (4, 900)
    draws = [event(samples).draw_with_replacement(k, (), NodeRange(0, 2), 6) for k in range(rounds)]
    assert all(
        (np.diff(d.indices, axis=1) >= 0).all() and not d.full and d.sizes.tolist() == [6, 6] for d in draws
    )
    counts = np.bincount(np.concatenate([d.indices[0] for d in draws]), minlength=4)
    expected = rounds * 6 / 4
    assert np.sum((counts - expected) ** 2) / expected < 3 + 4 * np.sqrt(6)
    assert max(d.indices[1].max() for d in draws) < 900


def test_copies_of_a_node_draw_batches_of_their_own() -> None:
    rows = NodeList(np.asarray([3, 3, 3]), np.asarray([0, 1, 2]))
    batch = event(UNEVEN).draw(0, (), rows, 20)
    assert len({tuple(row) for row in batch.indices.tolist()}) == 3
    np.testing.assert_array_equal(batch.indices[0], event(UNEVEN).draw(0, (), NodeRange(3, 4), 20).indices[0])


def test_an_empty_batch_names_the_event() -> None:
    with pytest.raises(SetupError, match="event `xi`"):
        event(EVEN).draw(0, (), NodeRange(0, 5), 0)
    with pytest.raises(SetupError, match="event `xi`"):
        event(EVEN).draw_with_replacement(0, (), NodeRange(0, 5), 0)
