"""Subsets: exactly uniform by either way of drawing them, alike on every library, whoever shares the rows."""

from __future__ import annotations

from importlib import util
from itertools import combinations

import numpy as np
import pytest
from cablese.runtime.arrays import numba_dispatch, select
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.chance.distinct import Floyd, Subsets, crowded, distinct, words_needed
from cablese.runtime.chance.streams import NodeRange, Stream
from cablese.runtime.chance.uniforms import below

HOST = select.backend("cpu", "float64", "float32")
STRICT = select.backend("strict", "float64", "float32")
STREAM = Stream(0, "compressor", "m", 0, "node")


def draw_words(rows: int, count: int, round: int = 0) -> np.ndarray:
    return STREAM.words(HOST, count, round, (), NodeRange(0, rows))


def in_sequence(words: np.ndarray, m: int) -> list[int]:
    """Floyd's algorithm as published: a set, one draw after another."""
    k = len(words)
    taken: set[int] = set()
    for j in range(m - k, m):
        t = int(below(HOST.xp, words[j - m + k : j - m + k + 1], float(j + 1))[0])
        taken.add(j if t in taken else t)
    return sorted(taken)


@pytest.mark.parametrize(
    ("m", "k"), [(1, 1), (2, 1), (2, 2), (9, 8), (40, 40), (7, 3), (300, 299), (1000, 60), (10**6, 900)]
)
def test_floyd_for_all_rows_is_floyd_in_sequence(m: int, k: int) -> None:
    words = draw_words(6, k)
    expected = [in_sequence(row, m) for row in words]
    assert Floyd(HOST, m - k, k).draw(words).tolist() == expected


@pytest.mark.parametrize("backend", [HOST, STRICT], ids=["numpy", "strict"])
@pytest.mark.parametrize(("m", "k"), [(5000, 4990), (9000, 4096), (10**6, 5000)])
def test_long_rows_settle_as_in_sequence(backend: Backend, m: int, k: int) -> None:
    words = draw_words(2, k)
    drawn = Floyd(backend, m - k, k).draw(backend.to_device(words))
    assert backend.to_host(drawn).tolist() == [in_sequence(row, m) for row in words]


def test_rows_may_draw_from_different_numbers() -> None:
    words, sizes = draw_words(4, 5), np.asarray([5, 6, 90, 10**6])
    drawn = Floyd(HOST, sizes[:, None] - 5, 5).draw(words)
    assert drawn.tolist() == [in_sequence(row, m) for row, m in zip(words, sizes.tolist(), strict=True)]


def chi_square_z(drawn: np.ndarray, m: int, k: int) -> float:
    """The excess of chi-square over its mean, in standard deviations, over all subsets of size k."""
    codes = np.sum(1 << drawn, axis=1)
    counts = np.bincount(codes, minlength=1 << m)
    subsets = [sum(1 << i for i in subset) for subset in combinations(range(m), k)]
    assert counts[subsets].sum() == len(drawn)
    expected = len(drawn) / len(subsets)
    chi2 = np.sum((counts[subsets] - expected) ** 2) / expected
    return float((chi2 - (len(subsets) - 1)) / np.sqrt(2 * (len(subsets) - 1)))


@pytest.mark.parametrize(("m", "k"), [(5, 1), (6, 2), (7, 3), (7, 4), (8, 5), (6, 5)])
def test_every_subset_has_the_same_chance(m: int, k: int) -> None:
    rows = 60_000
    by_floyd = Floyd(HOST, m - k, k).draw(draw_words(rows, k))
    by_keys = distinct(HOST, draw_words(rows, m, round=1), m, k)
    assert abs(chi_square_z(by_floyd, m, k)) < 4
    assert abs(chi_square_z(by_keys, m, k)) < 4


@pytest.mark.parametrize(("m", "k"), [(112, 5), (1000, 5), (1000, 120), (1000, 400), (5000, 30)])
def test_every_index_has_the_same_chance_and_rows_are_independent(m: int, k: int) -> None:
    rounds, rows = 400, 5
    subsets = Subsets(HOST, m, k)
    hits = np.zeros((rounds, rows, m))
    for round in range(rounds):
        drawn = subsets.draw(draw_words(rows, subsets.words, round))
        assert (np.diff(drawn, axis=1) > 0).all() and drawn.min() >= 0 and drawn.max() < m
        np.put_along_axis(hits[round], drawn, 1.0, axis=1)
    p = k / m
    counts = hits.sum(axis=(0, 1))
    chi2 = np.sum((counts - rounds * rows * p) ** 2) / (rounds * rows * p * (1 - p))
    # the counts sum to a constant, and hits within a draw exclude one another: (m - 1) degrees of freedom
    assert abs(chi2 * (m - 1) / m - (m - 1)) < 4.5 * np.sqrt(2 * (m - 1))
    overlap = np.sum(hits[:, 0] * hits[:, 1], axis=1)  # hypergeometric
    variance = k * p * (1 - p) * (m - k) / (m - 1)
    assert abs(overlap.mean() - k * p) < 4 * np.sqrt(variance / rounds)


@pytest.mark.parametrize(("m", "k"), [(1, 1), (6, 6), (20, 2), (112, 5), (400, 12), (400, 120), (3000, 700)])
def test_the_strict_device_draws_the_same_and_splits_change_nothing(m: int, k: int) -> None:
    words = draw_words(5, words_needed(m, k))
    expected = distinct(HOST, words, m, k)
    held = distinct(STRICT, STRICT.to_device(words), m, k)
    assert held.device == STRICT.device and held.dtype == STRICT.xp.int64
    np.testing.assert_array_equal(STRICT.to_host(held), expected)
    parts = [
        distinct(HOST, words[:2], m, k),
        distinct(HOST, words[2:2], m, k),
        distinct(HOST, words[2:], m, k),
    ]
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_both_ways_are_covered_here() -> None:
    assert crowded(32, 5) and not crowded(112, 5) and crowded(400, 120) and not crowded(400, 12)
    assert words_needed(400, 12) == 12 and words_needed(400, 120) == 400 and words_needed(9, 9) == 1


@pytest.mark.skipif(util.find_spec("numba") is None, reason="the extra `fast`")
@pytest.mark.parametrize(("m", "k"), [(100, 5), (40, 7), (100, 1), (33, 8), (1000, 32)])
def test_a_compiled_loop_takes_the_same_subsets(m: int, k: int) -> None:
    words = np.random.default_rng(m).integers(0, 2**64, (300, k), dtype=np.uint64)
    words[:20] = words[:1, :1]  # many values that occur twice
    floyd = Floyd(select.backend("cpu", "float64", "float32"), m - k, k)
    with numba_dispatch.numpy_alone():
        expected = floyd.draw(words)
    with numba_dispatch.kernels_always():
        np.testing.assert_array_equal(floyd.draw(words), expected)
