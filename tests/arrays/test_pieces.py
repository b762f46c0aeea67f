"""Families that are computed when they are read: by rows and columns, and never with what is not finite."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.finite import NonFinite
from cablese.runtime.arrays.pieces import Pieces
from cablese.runtime.arrays.select import backend
from cablese.runtime.arrays.sums import largest_magnitudes, magnitude_sums, square_sums


def pieces_of(family: np.ndarray) -> Pieces:
    return Pieces(
        lambda rows, columns: family[rows, columns].copy(),
        family.shape,
        backend("cpu", "float64", "float64"),
        "it",
    )


def test_rows_and_columns_are_those_of_the_array() -> None:
    family = np.arange(12.0).reshape(3, 4)
    pieces = pieces_of(family)
    assert (pieces.shape, pieces.size, pieces.ndim, len(pieces)) == ((3, 4), 12, 2, 3)
    assert pieces.dtype == family.dtype
    assert np.array_equal(pieces[1, 1:3], family[1, 1:3])
    assert np.array_equal(pieces[0:2, 2:], family[0:2, 2:])
    assert np.array_equal(pieces[:, :9], family)


def test_the_row_of_an_entry_that_is_not_finite_is_told() -> None:
    family = np.ones((3, 4))
    family[2, 1] = np.inf
    pieces = pieces_of(family)
    assert np.array_equal(pieces[0:2, :], family[0:2])
    for key in ((2, slice(0, 2)), (slice(1, 3), slice(1, 2))):
        with pytest.raises(NonFinite) as found:
            pieces[key]
        assert (found.value.what, found.value.row) == ("it", 2)


@pytest.mark.parametrize("sums", [square_sums, magnitude_sums, largest_magnitudes])
def test_sums_and_maxima_have_the_bits_of_the_array(sums: object) -> None:
    family = np.random.default_rng(0).standard_normal((2, 70_000)).astype(np.float32)
    assert callable(sums)
    assert np.array_equal(sums(pieces_of(family)), sums(family))
