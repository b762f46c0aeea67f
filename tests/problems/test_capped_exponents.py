"""Exponentials of loss arguments, cut where they would leave the range of floats."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.problems.losses import exp_capped, largest_exponent


@pytest.mark.parametrize("real", ["float32", "float64"])
@pytest.mark.parametrize("odd", [None, 1e4, np.inf, -np.inf, np.nan])
def test_exponents_are_cut_at_the_largest(real: str, odd: float | None) -> None:
    t = np.random.default_rng(0).normal(size=(3, 50)).astype(real)
    most = largest_exponent(np, t.dtype)
    for given in (
        t,
        t[:, ::2],
        t[:0],
        np.full_like(t, most),
        np.full_like(t, np.nextafter(t.dtype.type(most), np.inf)),
    ):
        if odd is not None and given.size:
            given = given.copy()
            given[1, 4] = odd
        before = given.tobytes()
        found = exp_capped(np, given)
        wanted = np.exp(np.minimum(given, most))
        assert found.dtype == real and found.tobytes() == wanted.tobytes() and given.tobytes() == before
