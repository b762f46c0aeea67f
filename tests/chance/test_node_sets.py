"""Sets and bags of nodes."""

from __future__ import annotations

import numpy as np
from cablese.runtime.chance.nodes import Nodes


def test_a_bag_is_sorted_and_numbers_the_copies() -> None:
    bag = Nodes.bag(np.asarray([5, 0, 5, 2, 5, 0]), 7)
    assert bag.nodes.tolist() == [0, 0, 2, 5, 5, 5]
    assert bag.copies.tolist() == [0, 1, 0, 0, 1, 2]
    assert (bag.count, bag.n, bag.is_bag) == (6, 7, True)


def test_a_bag_without_repetition_is_as_good_as_a_set() -> None:
    assert not Nodes.bag(np.asarray([3, 1]), 7).is_bag
    assert not Nodes.everyone(4).is_bag
    assert Nodes.everyone(4).nodes.tolist() == [0, 1, 2, 3]


def test_restricting_to_ranks_deals_out_every_member_once() -> None:
    bag = Nodes.bag(np.asarray([5, 0, 5, 2, 5, 0]), 7)
    parts = [bag.restrict(first, last) for first, last in [(0, 2), (2, 2), (2, 5), (5, 7)]]
    assert [part.nodes.tolist() for part in parts] == [[0, 0], [], [2], [5, 5, 5]]
    assert [part.copies.tolist() for part in parts] == [[0, 1], [], [0], [0, 1, 2]]
    assert all(part.n == 7 for part in parts)
    assert Nodes.distinct(np.empty(0, dtype=np.int64), 7).restrict(0, 7).count == 0
