"""Slopes of losses: those of NumPy to the bit where loops are compiled."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.numba_dispatch import kernels_always, numpy_alone
from cablese.runtime.problems.losses import Logistic, Sigmoid


@pytest.mark.parametrize("loss", [Logistic(), Sigmoid()])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("weights", ["alike", "other type", "columns"])
def test_compiled_slopes_are_those_of_numpy(loss: Logistic | Sigmoid, kind: type, weights: str) -> None:
    draws = np.random.default_rng(3)
    t = (draws.normal(size=(5, 401)) * 10.0 ** draws.integers(-4, 4, (5, 401))).astype(kind)
    t[0, :9] = [0.0, -0.0, 1e-30, -1e-30, 1e4, -1e4, np.inf, -np.inf, np.nan]
    w = draws.random((5, 401)) * (draws.random((5, 401)) < 0.9)
    given = {
        "alike": w.astype(kind),
        "other type": w.astype(np.float32),
        "columns": np.asfortranarray(w.astype(kind)),
    }
    with numpy_alone():
        wanted = loss.slopes(np, t.copy(), given[weights])
    with kernels_always():
        found = loss.slopes(np, t.copy(), given[weights])
    assert found.dtype == wanted.dtype
    assert found.tobytes() == wanted.tobytes()
