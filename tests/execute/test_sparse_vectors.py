"""Sums that are written into an operand that was made for them."""

from __future__ import annotations

import numpy as np
from cablese.dsl.check.contracts import CompressorBinding
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.sparse import Picks, Sparse
from cablese.runtime.codecs.packets import SparsePacket
from cablese.runtime.compressors.bound import FixedCompressor
from cablese.runtime.compressors.registry import make
from cablese.runtime.execute.functions import Functions

FUNCTIONS = Functions(NumpyBackend("float64", "float64"), 3)
PICKS = Picks(np.array([[1], [2]]), None, np.array([[1], [5]]))
CHANGE = Sparse((2, 3), PICKS, np.array([[4.0], [5.0]]))
DENSE = np.array([[0, 4, 0], [0, 0, 5.0]])


def test_a_sum_is_in_the_array_of_its_first_operand() -> None:
    base = np.ones((2, 3))
    assert FUNCTIONS.add_to(base, CHANGE) is base
    np.testing.assert_array_equal(base, 1 + DENSE)
    assert FUNCTIONS.subtract_from(base, DENSE) is base
    np.testing.assert_array_equal(base, np.ones((2, 3)))


def test_an_operand_whose_entries_lie_in_another_order_is_copied() -> None:
    base = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(FUNCTIONS.subtract_from(base, CHANGE), np.arange(6.0).reshape(2, 3) - DENSE)


def test_a_family_in_parts_is_joined_where_its_arrays_are_read() -> None:
    binding, d = CompressorBinding("top_k", (("k", 3),)), 20
    bound = FixedCompressor("C", binding, make(binding), FUNCTIONS.backend, d)
    packet = bound.compress(np.random.default_rng(0).standard_normal((4, d)), None)
    cuts = [SparsePacket(packet.indices[rows], packet.values[rows]) for rows in (slice(1), slice(1, None))]
    whole, parts, functions = bound.expand(packet), bound.expand_parts(cuts), Functions(FUNCTIONS.backend, d)
    assert isinstance(whole, Sparse)
    for _ in range(2):
        np.testing.assert_array_equal(functions.mean_rows(parts), functions.mean_rows(whole))
        assert (parts.shape, parts.rows, parts.entries) == (whole.shape, 4, 12)
        for name in ("columns", "flat", "values"):
            np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
