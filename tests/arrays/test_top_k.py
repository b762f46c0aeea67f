"""The k largest with ties to the lowest index, against a stable sort: small, long, tied and broken rows."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.backend import Backend

LONG = (1 << 14) + 77  # long enough for the sampled threshold
VERY_LONG = 3 * (1 << 16) + 5


@pytest.fixture(params=["cpu", "strict"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return select.backend(request.param, "float64", "float32")


def by_stable_sort(magnitudes: np.ndarray, k: int) -> np.ndarray:
    """Independent of the backends: Python's sort is stable, and keys descend by value."""
    rows = [sorted(range(len(row)), key=lambda j, row=row: -row[j])[:k] for row in magnitudes.tolist()]
    return np.sort(np.asarray(rows), axis=1)


def check(backend: Backend, magnitudes: np.ndarray, k: int) -> None:
    found = backend.top_k(backend.to_device(magnitudes), k)
    assert found.dtype == backend.xp.int64
    np.testing.assert_array_equal(backend.to_host(found), by_stable_sort(magnitudes, k))


@pytest.mark.parametrize(("rows", "d", "k"), [(1, 1, 1), (3, 20, 1), (5, 112, 5), (4, 9, 9), (2, 50, 49)])
def test_small_rows(backend: Backend, rows: int, d: int, k: int) -> None:
    check(backend, np.abs(np.random.default_rng(d).standard_normal((rows, d))), k)


@pytest.mark.parametrize("k", [1, 3, 10, 19])
def test_ties_go_to_the_lowest_index(backend: Backend, k: int) -> None:
    magnitudes = np.random.default_rng(k).integers(0, 4, (6, 20)).astype(np.float64)
    magnitudes[0] = 0.0
    check(backend, magnitudes, k)


@pytest.mark.parametrize(
    ("d", "k"), [(LONG, 1), (LONG, 160), (LONG, LONG // 2), (VERY_LONG, 2000), (LONG, LONG - 1)]
)
def test_long_rows(backend: Backend, d: int, k: int) -> None:
    check(backend, np.abs(np.random.default_rng(k).standard_normal((2, d))), k)


@pytest.mark.parametrize("k", [1, 100, 5000])
def test_long_rows_with_ties(backend: Backend, k: int) -> None:
    generator = np.random.default_rng(k)
    few_values = generator.integers(0, 5, LONG).astype(np.float64)
    mostly_zero = np.where(generator.random(LONG) < 0.01, generator.random(LONG), 0.0)
    check(backend, np.stack([few_values, mostly_zero, np.ones(LONG), np.zeros(LONG)]), k)


def test_long_rows_where_the_sample_misleads(backend: Backend) -> None:
    magnitudes = np.ones((1, LONG))
    magnitudes[0, ::4] = 2.0  # the sampled entries, and no others, are large
    check(backend, magnitudes, LONG // 3)
    check(backend, 3.0 - magnitudes, 700)


@pytest.mark.parametrize("d", [40, LONG])
def test_nan_counts_as_infinite(backend: Backend, d: int) -> None:
    magnitudes = np.abs(np.random.default_rng(d).standard_normal((2, d)))
    magnitudes[0, [3, 30]] = np.nan
    magnitudes[0, 7] = magnitudes[1, 11] = np.inf
    found = backend.to_host(backend.top_k(backend.to_device(magnitudes), 3))
    assert found[0].tolist() == [3, 7, 30]
    assert 11 in found[1]
    one = backend.to_host(backend.top_k(backend.to_device(magnitudes[:1]), 1))
    assert one.tolist() == [[3]]


def test_unsigned_words_as_keys(backend: Backend) -> None:
    words = np.random.default_rng(0).integers(0, 2**64, (5, 300), dtype=np.uint64)
    words[0, :9] = 2**64 - 1
    check(backend, words, 12)


def test_single_precision() -> None:
    backend = select.backend("cpu", "float32", "float32")
    magnitudes = np.abs(np.random.default_rng(4).standard_normal((2, LONG))).astype(np.float32)
    magnitudes[1, 5] = np.nan
    found = backend.top_k(magnitudes, 50)
    np.testing.assert_array_equal(
        found, by_stable_sort(np.where(np.isnan(magnitudes), np.inf, magnitudes), 50)
    )
