"""Products of sparse block-diagonal matrices: SciPy's to the bit, with and without compiled loops."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import block_products
from cablese.runtime.arrays.block_products import BlockProducts
from cablese.runtime.arrays.numba_dispatch import kernels_always, numpy_alone
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import block_diag, csr_array


def rows_of(draws: np.random.Generator, rows: int, width: int, values: str) -> np.ndarray:
    """Sparse rows of unlike lengths, some of them empty."""
    kept = draws.random((rows, width)) < draws.random((rows, 1))
    match values:
        case "ones":
            signed = np.ones((rows, width))
        case "by row":
            signed = np.broadcast_to(draws.choice([-1.0, 1.0], (rows, 1)), (rows, width))
        case "by column":
            signed = np.broadcast_to(draws.choice([-1.0, 1.0], width), (rows, width))
        case "mixed":
            signed = draws.choice([-1.0, 1.0], (rows, width))
        case _:
            signed = draws.normal(size=(rows, width))
    return np.where(kept, signed, 0.0)


@given(
    seed=st.integers(0, 2**32 - 1),
    counts=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    width=st.integers(1, 40),
    values=st.sampled_from(["ones", "by row", "by column", "mixed", "any"]),
    kind=st.sampled_from([np.float32, np.float64]),
)
def test_products_are_those_of_scipy(
    seed: int, counts: list[int], width: int, values: str, kind: type
) -> None:
    draws = np.random.default_rng(seed)
    blocks = [csr_array(rows_of(draws, rows, width, values)) for rows in counts]
    if values == "by column" and len(blocks) > 1:  # the columns' signs are those of all rows
        blocks = [csr_array(rows_of(draws, sum(counts), width, values))]
    matrix = csr_array(block_diag(blocks, format="csr"), dtype=kind)
    product = BlockProducts(matrix, np.cumsum([0, *(block.shape[0] for block in blocks)]))
    vectors = draws.normal(size=(len(blocks), width)).astype(kind)
    vectors[draws.random(vectors.shape) < 0.3] = 0.0
    vectors[draws.random(vectors.shape) < 0.1] *= -1
    for given_vectors, flat in ((vectors, vectors.ravel()), (vectors[0], np.tile(vectors[0], len(blocks)))):
        wanted = np.asarray(matrix @ flat)
        with numpy_alone():
            assert product(given_vectors).tobytes() == wanted.tobytes()
        with kernels_always():
            found = product(given_vectors)
        assert found.dtype == kind
        assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    ("values", "sliced"),
    [("ones", True), ("by row", True), ("by column", True), ("mixed", False), ("any", False)],
)
def test_signs_stand_for_entries_of_rows_or_columns(values: str, sliced: bool) -> None:
    matrix = csr_array(rows_of(np.random.default_rng(1), 30, 20, values))
    assert (BlockProducts(matrix, np.array([0, 30])).slices is not None) == sliced


def test_vectors_that_are_not_contiguous_or_of_another_type() -> None:
    draws = np.random.default_rng(5)
    matrix = csr_array(rows_of(draws, 40, 23, "ones")).astype(np.float32)
    product = BlockProducts(matrix, np.array([0, 40]))
    for vector in (
        draws.normal(size=23),
        draws.normal(size=46)[::2],
        draws.normal(size=46).astype("f4")[::2],
    ):
        wanted = matrix @ vector
        with kernels_always():
            assert product(vector).dtype == wanted.dtype
            assert product(vector).tobytes() == wanted.tobytes()


def test_a_wide_matrix() -> None:
    rows = csr_array((np.ones(200), (np.arange(200) // 20, 500 * np.arange(200))), shape=(10, 100_000))
    vector = np.random.default_rng(2).normal(size=100_000)
    with kernels_always():
        assert BlockProducts(rows, np.array([0, 10]))(vector).tobytes() == (rows @ vector).tobytes()


def test_entries_are_laid_out_some_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(np.random.default_rng(8), 90, 31, "by row")
    matrix = csr_array(block_diag([csr_array(rows[:37]), csr_array(rows[37:])], format="csr"))
    vectors = np.random.default_rng(9).normal(size=(2, 31))
    for at_once in (1, 7, 100, 10_000):
        monkeypatch.setattr(block_products, "_AT_ONCE", at_once)
        with kernels_always():
            found = BlockProducts(matrix, np.array([0, 37, 90]))(vectors)
        assert found.tobytes() == (matrix @ vectors.ravel()).tobytes()
