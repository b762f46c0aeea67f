"""Sums in pieces: NumPy's own, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import pairwise
from cablese.runtime.arrays.pairwise import in_pieces


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 128, 255, 1001, 4096, 65_537, 200_003])
def test_pieces_sum_up_to_numpys_sum(size: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairwise, "PIECE", 200)
    values = np.random.default_rng(size).standard_normal((3, size)).astype(kind)
    assert in_pieces(size, lambda part: np.sum(values[0, part])) == np.sum(values[0])
    rows = in_pieces(size, lambda part: np.sum(values[:, part].copy(), axis=1))
    assert np.array_equal(rows, np.sum(values, axis=1))
