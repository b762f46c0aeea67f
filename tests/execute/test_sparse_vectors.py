"""Sums that are written into an operand that was made for them."""

from __future__ import annotations

import numpy as np
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.sparse import Sparse
from cablese.runtime.execute.functions import Functions

FUNCTIONS = Functions(NumpyBackend("float64", "float64"), 3)
CHANGE = Sparse((2, 3), np.array([[1], [2]]), np.array([[1], [5]]), np.array([[4.0], [5.0]]))
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
