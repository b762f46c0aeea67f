"""Collective compressors, driven by hand: laws of their papers, and what they send."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Trait
from cablese.runtime.arrays.select import backend
from cablese.runtime.compressors.collective import Collective
from cablese.runtime.errors import SetupError
from compressor_tools import bind

NUMPY = backend("cpu", "float64", "float64")


def averager(compressor: Any, d: int, seed: int = 0) -> Any:
    assert isinstance(compressor, Collective)
    words = np.random.default_rng(seed).integers(0, 2**64 - 1, compressor.words(d), np.uint64, endpoint=True)
    return compressor.averaging(NUMPY, d, words)


def average(averaging: Any, vectors: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The mean as everyone has it, and how many floats each exchange took."""
    steps, sizes = averaging.average(vectors), []
    rows = next(steps)
    while True:
        sizes.append(rows.shape[1])
        try:
            rows = steps.send(rows.mean(axis=0))
        except StopIteration as end:
            return end.value, sizes


def low_rank(rng: np.random.Generator, n: int, rows: int, columns: int, rank: int) -> np.ndarray:
    """Matrices that differ, whose mean has that rank."""
    mean = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns))
    noise = rng.standard_normal((n, rows, columns))
    return (mean + noise - noise.mean(axis=0)).reshape(n, -1)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_power_sgd_is_exact_from_the_rank_of_the_mean_on(rank: int) -> None:
    """Reference, C18: exact if r >= rank(mean M), at the first use already, whatever the nodes' own matrices are."""
    vectors = low_rank(np.random.default_rng(rank), 4, 9, 7, rank)
    for r in range(rank, 4):
        found, sizes = average(averager(bind("power_sgd", rank=r, columns=7), 63), vectors)
        np.testing.assert_allclose(found, vectors.mean(axis=0), rtol=1e-9, atol=1e-9)
        assert sizes == [9 * r, 7 * r]


def test_power_sgd_comes_to_the_best_approximation() -> None:
    """Warm start: on the same matrices uses are a subspace iteration, whose limit is the truncated SVD."""
    vectors = np.random.default_rng(5).standard_normal((3, 80))
    mean = vectors.mean(axis=0).reshape(10, 8)
    left, sizes, right = np.linalg.svd(mean)
    best = left[:, :2] * sizes[:2] @ right[:2]
    averaging = averager(bind("power_sgd", rank=2, columns=8), 80)
    lost = [np.linalg.norm(average(averaging, vectors)[0].reshape(10, 8) - best) for _ in range(60)]
    assert lost[-1] < 1e-6 * lost[0]


def test_power_sgd_takes_the_model_s_matrices_and_sends_vectors_whole() -> None:
    rng = np.random.default_rng(7)
    compressor = bind("power_sgd", rank=1).fitted(((6, 5), (4,), (2, 2), (3, 2, 5)))
    vectors = rng.standard_normal((3, 68))
    found, sizes = average(averager(compressor, 68), vectors)
    assert sizes == [6 + 4 + 4 + 3, 5 + 10] == list(compressor.widths(68))
    mean = vectors.mean(axis=0)
    np.testing.assert_allclose(found[30:38], mean[30:38], rtol=1e-15)
    for first, rows in ((0, 6), (38, 3)):
        part = found[first : first + 30].reshape(rows, -1)
        assert np.linalg.matrix_rank(part) == 1
        own = mean[first : first + 30].reshape(rows, -1)
        basis = np.linalg.svd(part)[0][:, :1]
        np.testing.assert_allclose(part, basis @ basis.T @ own, atol=1e-12)  # the mean, projected
    assert compressor.bits(68, 32) == 32 * 32


def test_power_sgd_finds_back_from_zero() -> None:
    vectors = low_rank(np.random.default_rng(2), 4, 5, 6, 2)
    averaging = averager(bind("power_sgd", rank=2, columns=6), 30)
    assert not average(averaging, np.zeros((4, 30)))[0].any()
    np.testing.assert_allclose(average(averaging, vectors)[0], vectors.mean(axis=0), atol=1e-9)


def test_a_sketch_finds_the_heavy_entries_of_the_mean() -> None:
    """Entries that no node has alone: they are those of the sum of sketches, which are linear."""
    rng, d = np.random.default_rng(3), 400
    vectors = 0.01 * rng.standard_normal((5, d))
    heavy = np.asarray([7, 90, 233])
    vectors[:, heavy] += np.asarray([5.0, -4.0, 3.0]) + rng.standard_normal((5, 3))
    mean = vectors.mean(axis=0)
    found, sizes = average(averager(bind("sketch", rows=5, cols=60, k=3), d), vectors)
    assert np.flatnonzero(found).tolist() == heavy.tolist()
    np.testing.assert_allclose(found[heavy], mean[heavy], atol=0.2)
    assert sizes == [300]
    exact, sizes = average(averager(bind("sketch", rows=5, cols=60, k=3, exact=2), d), vectors)
    np.testing.assert_allclose(exact[heavy], mean[heavy], rtol=1e-12)
    assert sizes == [300, 6] and np.count_nonzero(exact) == 3


def test_a_sketch_s_estimates_are_unbiased_for_one_hash() -> None:
    d, x = 12, np.random.default_rng(4).standard_normal((1, 12))
    estimates = [
        average(averager(bind("sketch", rows=1, cols=4, k=d), d, seed), x)[0] for seed in range(4000)
    ]
    spread = np.std(estimates, axis=0) / np.sqrt(4000)
    assert (np.abs(np.mean(estimates, axis=0) - x[0]) <= 4.5 * spread).all()


@pytest.mark.parametrize(
    "compressor",
    [bind("sketch", rows=4, cols=9, k=3, exact=2), bind("power_sgd", rank=2, columns=5)],
    ids=["sketch", "power_sgd"],
)
def test_a_collective_compressor_has_its_traits(compressor: Any) -> None:
    """In every use of a statement, whose state goes from one to the next."""
    assert compressor.actual_traits == {Trait.HOMOGENEOUS, Trait.ODD, Trait.ODD_IN_LAW, Trait.ZERO}
    vectors = np.random.default_rng(5).standard_normal((3, 30))
    plain, turned, tripled = (averager(compressor, 30) for _ in range(3))
    for _ in range(3):
        here, there, far = (
            average(one, part)[0]
            for one, part in ((plain, vectors), (turned, -vectors), (tripled, 3 * vectors))
        )
        assert here.any()
        np.testing.assert_array_equal(there, -here)
        np.testing.assert_allclose(far, 3 * here, rtol=1e-12, atol=1e-12)
        vectors = np.roll(vectors, 1, axis=1)


def test_what_does_not_fit_is_refused() -> None:
    for arguments, said in (
        ({"rows": 0, "cols": 1, "k": 1}, "`rows` .* must be at least 1"),
        ({"rows": 1, "cols": 1, "k": 1, "exact": -1}, "at least 0"),
    ):
        with pytest.raises(SetupError, match=said):
            bind("sketch", **arguments)
    with pytest.raises(SetupError, match="at least 1"):
        bind("power_sgd", rank=0)
    with pytest.raises(SetupError, match="d = 20"):
        bind("sketch", rows=2, cols=3, k=21).widths(20)
    with pytest.raises(SetupError, match=r"node -> all: u = P\(e\)"):
        bind("power_sgd", rank=1).kernel(NUMPY, 20)


@pytest.mark.parametrize(
    "compressor",
    [bind("sketch", rows=2, cols=3, k=2, exact=1), bind("power_sgd", rank=1, columns=4)],
    ids=["sketch", "power_sgd"],
)
def test_a_process_without_a_node_sends_no_row(compressor: Any) -> None:
    averaging = averager(compressor, 20)
    steps = averaging.average(np.zeros((0, 20)))
    rows = next(steps)
    *ahead, last = averaging.widths
    for width in ahead:
        assert rows.shape == (0, width)
        rows = steps.send(np.ones(width))
    assert rows.shape == (0, last)
    with pytest.raises(StopIteration) as end:
        steps.send(np.ones(last))
    assert end.value.value.shape == (20,)


def test_a_rank_beyond_every_matrix_is_refused() -> None:
    """A block of the model may be smaller than others: it is sent as it is."""
    with pytest.raises(SetupError, match=r"`rank = 6` is beyond every matrix .* take 5 at most"):
        bind("power_sgd", rank=6).fitted(((8, 5), (3, 4), (7,))).widths(59)
    assert bind("power_sgd", rank=3).fitted(((80, 50), (2, 4), (7,))).widths(4015) == (255, 150)
    assert bind("power_sgd", rank=9).widths(20) == (20,)  # no matrix at all
    with pytest.raises(SetupError, match="take 20 at most"):
        bind("power_sgd", rank=10**12).widths(20)
