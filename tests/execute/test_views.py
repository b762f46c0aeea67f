"""Rows of nodes: those that a set's members replace."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.nodes import Nodes
from cablese.runtime.execute.views import View


@pytest.mark.parametrize("device", ["cpu", "strict"])
@pytest.mark.parametrize("shape", [(), (3,)], ids=["numbers", "vectors"])
@pytest.mark.parametrize(
    "members", [[], [2, 4], [1, 1, 1, 5], [0, 2, 2, 3, 7, 7]], ids=["none", "distinct", "thrice", "twice"]
)
def test_a_store_replaces_the_members_rows_in_order(
    members: list[int], shape: tuple[int, ...], device: str
) -> None:
    """One after the other, so that of a repeated member the last copy stays; nodes 1 to 6 are held of 9."""
    chosen, draws = backend(device, "float64", "float32"), np.random.default_rng(0)
    view = View(chosen, 1, 7, lambda name: chosen.to_device(np.zeros(9)))
    copies = [members[:place].count(node) for place, node in enumerate(members)]
    nodes = Nodes(np.array(members, dtype=np.int64), np.array(copies, dtype=np.int64), 9)
    held = [node - 1 for node in members if 1 <= node < 7]
    family, values = draws.standard_normal((6, *shape)), draws.standard_normal((len(held), *shape))
    expected = family.copy()
    for row, value in zip(held, values, strict=True):
        expected[row] = value
    before = chosen.to_device(family.copy())
    stored = view.store(before, nodes, chosen.to_device(values))
    np.testing.assert_array_equal(chosen.to_host(stored), expected)
    np.testing.assert_array_equal(chosen.to_host(before), family)
