"""Codes of powers of two whose words are drawn tile by tile: those of words drawn at once, with NumPy and with numba."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from cablese.runtime.arrays.lazy_words import PendingWords
from cablese.runtime.arrays.numba_dispatch import compiled, kernels_always, numpy_alone
from cablese.runtime.arrays.select import backend
from cablese.runtime.compressors.natural import NaturalKernel

WAYS = [numpy_alone, *([kernels_always] if compiled() else [])]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wire", ["float16", "float32", "float64"])
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_words_may_be_drawn_late(
    real: str, wire: str, way: contextlib.AbstractContextManager[None] | type
) -> None:
    chosen, d = backend("cpu", real, wire), 40_003
    kernel = NaturalKernel(chosen, d, "fixed")
    assert kernel.draws_late
    draws = np.random.default_rng(1)
    vectors = (draws.standard_normal((2, d)) * 10.0 ** draws.integers(-38, 30, (2, d))).astype(real)
    vectors[0, :7] = 0, -0.0, np.inf, -np.inf, np.nan, 1e-44, -3e38
    words = PendingWords((5, 7), (2**63 + 3, 1, 2, 3), 2, -(-d // 4), d)
    with np.errstate(all="ignore"), way():  # type: ignore[operator]
        late = kernel.compress(vectors, words)
        assert np.array_equal(late.codes, kernel.compress(vectors, words.drawn(chosen)).codes)
    assert np.array_equal(kernel.expand(late), kernel._values[late.codes], equal_nan=True)
