"""Bits as papers count them: their figures at d = 124, and what is counted message by message."""

from math import inf
from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.registry import SHIPPED, registry
from compressor_tools import bind, binding, compose, compressed, every

D = 124
NUMPY = backend("cpu", "float64", "float32")
FIGURES = [
    (bind("identity"), 3968),
    (bind("rand_k", k=1), 32),
    (bind("rand_k", k=5, indices="seeded"), 160),
    (bind("top_k", k=10), 320),
    (bind("quantize", s=4), 528),
    (bind("quantize", s=4, norm=inf, encode="rice"), 528),
    (bind("quantize", s=1), 231),
    (bind("quantize", s=1, encode="rice"), 148),
    (bind("quantize", s=1, encode="entropy"), 148),
    (bind("quantize", s=100, encode="rice"), 32 + 124 * 8),
    (bind("ternary"), 280),
    (bind("ternary", encode="entropy"), 280),
    (bind("natural"), 1116),
    (bind("natural", encode="rice"), 1116),
    (bind("natural_dithering", s=8), 652),
    (bind("sign"), 124),
    (bind("scaled_sign"), 156),
    (bind("block_sign", size=50), 124 + 3 * 32),
    (bind("linear8", block=100), 8 * 124 + 2 * 32),
    (bind("tree8"), 8 * 124 + 32),
    (compose(binding("quantize", s=4), binding("top_k", k=10)), 32 + 4 * 10 + 48),  # log2 C(124, 10) = 47.02
    (bind("mixed", C=binding("natural"), threshold=9), 1116),
]


def vectors() -> np.ndarray:
    x = np.random.default_rng(0).standard_normal((3, D))
    x[1, ::2] = 0
    x[2] *= 10.0 ** np.linspace(-4, 4, D)
    return x


def counted(compressor: Compressor) -> list[int]:
    """Of each vector's message."""
    kernel = compressor.kernel(NUMPY, D)
    sizes: list[int] = (
        compressor.papers(kernel, NUMPY, D).sizes(compressed(kernel, NUMPY, vectors())).tolist()
    )
    return sizes


@pytest.mark.parametrize(("compressor", "bits"), FIGURES, ids=lambda value: getattr(value, "name", value))
def test_messages_that_a_paper_counts_alike(compressor: Compressor, bits: int) -> None:
    assert compressor.paper_bits(D, 32) == bits
    assert counted(compressor) == [bits] * 3
    assert compressor.papers(compressor.kernel(NUMPY, D), NUMPY, D).fixed == bits


def test_sparsifiers_count_what_is_not_zero() -> None:
    assert counted(bind("threshold_k", t=1e-9)) == [32 * D, 32 * D // 2, 32 * D]
    coins = bind("rand_p", p=0.5)
    kernel = coins.kernel(NUMPY, D)
    kept = np.count_nonzero(kernel.expand(compressed(kernel, NUMPY, vectors())), axis=1)
    assert counted(coins) == (32 * kept).tolist()
    assert coins.paper_bits(D, 64) == 64 * D / 2


def test_mvss_counts_what_is_kept_for_certain_and_the_rest() -> None:
    mvss = bind("mvss", density=0.5)
    packet: Any = compressed(mvss.kernel(NUMPY, D), NUMPY, vectors())
    certain, others = packet.large.sum(axis=1).tolist(), packet.small.sum(axis=1).tolist()
    assert min(certain) > 0 and max(others) * 7 > 2 * D > min(others) * 7
    expected = [s * (32 + 7) + min(2 * D, 7 * t) + 32 for s, t in zip(certain, others, strict=True)]
    assert counted(mvss) == expected


def test_round_to_counts_by_the_largest_number_of_steps() -> None:
    most = [round(float(np.abs(x).max()) / 0.01) for x in vectors()]
    assert counted(bind("round_to", h=0.01)) == [D * (2 * m).bit_length() for m in most]


def test_float_sizes_follow_the_wire() -> None:
    assert [bind("natural").paper_bits(D, bits) for bits in (16, 32, 64)] == [6 * D, 9 * D, 12 * D]
    half = backend("cpu", "float64", "float16")
    kernel = bind("top_k", k=3).kernel(half, D)
    assert bind("top_k", k=3).papers(kernel, half, D).fixed == 48


def test_every_family_states_a_formula_and_counts_messages_by_it() -> None:
    assert all(registry()[name].paper for name in SHIPPED)
    for compressor in every(20):
        kernel = compressor.kernel(NUMPY, 20)
        papers = compressor.papers(kernel, NUMPY, 20)
        sizes = papers.sizes(compressed(kernel, NUMPY, vectors()[:, :20]))
        assert sizes.dtype == np.int64 and sizes.shape == (3,)
        assert papers.fixed is None or (papers.fixed == compressor.paper_bits(20, 32) == sizes).all()
