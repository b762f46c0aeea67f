"""The information in a message that a family states is at least that which the lab finds in messages."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.compressors.collective import Collective
from cablese.runtime.compressors.registry import SHIPPED, registry
from cablese.runtime.lab.information import information
from cablese.runtime.lab.subject import example, read_subject
from cablese.runtime.registry import plugins

D, ROWS = 500, 20


@pytest.mark.parametrize("name", SHIPPED)
def test_no_message_holds_more_than_is_stated(name: str) -> None:
    family = registry()[name]
    if issubclass(family, Collective):
        return
    compressor = read_subject(example(family), D, plugins()).at(D).compressor
    backend = NumpyBackend("float64", "float32")
    kernel = compressor.kernel(backend, D)
    drawn = np.random.default_rng(1)
    vectors = drawn.standard_normal((ROWS, D))
    words = drawn.integers(0, 2**64, (ROWS, kernel.words), dtype=np.uint64) if kernel.words else None
    found, stated = information(kernel.compress(vectors, words), D), compressor.entropy_bits(D, 32)
    assert found <= stated * 1.05, "in the mean of a few"
    assert stated <= compressor.bits(D, 32) * (1 + 1e-12)
    if family.entropy_alike:
        assert found == pytest.approx(stated, rel=1e-9)
