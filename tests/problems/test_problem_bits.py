"""A node's bits do not depend on which nodes share its rank, on every storage and for every contiguous dealing."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.problems.base import Problem
from problem_cases import CASES, NUMPY, STRICT, Case, drawn, layered, linear, samples


def results(problem: Problem, chosen: Backend, first: int, last: int, b: int) -> list[np.ndarray]:
    """What a rank with these nodes computes, (nodes, …) each."""
    draws = np.random.default_rng(11)
    x = chosen.to_device(draws.standard_normal(problem.d))
    points = draws.standard_normal((problem.n, problem.d))[first:last]
    whole = drawn(problem, b)
    batch = Batch(whole.indices[first:last], whole.sizes[first:last], whole.full)
    oracle = problem.oracle(chosen, first, last)
    found = [
        oracle.gradients(x),
        oracle.gradients(chosen.to_device(points)),
        oracle.batch_gradients(x, batch),
        oracle.batch_gradients(chosen.to_device(points), batch),
    ]
    if problem.kind == "minimize":
        found.append(oracle.losses(x))
    return [chosen.to_host(array) for array in found]


def check_dealings(problem: Problem, chosen: Backend, b: int) -> None:
    whole = results(problem, chosen, 0, problem.n, b)
    for first in range(problem.n):
        for last in range(first, problem.n + 1):
            for part, expected in zip(results(problem, chosen, first, last, b), whole, strict=True):
                np.testing.assert_array_equal(part, expected[first:last])


def test_the_cases_cover_every_storage() -> None:
    stored = {"stacked": "StackedRows", "looped": "LoopedNodes", "sparse": "SparseRows"}
    for case in CASES:
        word = case.label.split()[-1]
        if word in stored:
            oracle = case.problem.oracle(NUMPY, 0, case.problem.n)
            assert type(oracle.rows).__name__ == stored[word]  # type: ignore[attr-defined]


@pytest.mark.parametrize("chosen", [NUMPY, STRICT], ids=["numpy", "strict"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_dealing_gives_the_same_bits(case: Case, chosen: Backend) -> None:
    for b in (1, 5):
        check_dealings(case.problem, chosen, b)


@pytest.mark.parametrize("real", ["float64", "float32"])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(("m", "d"), [(700, 112), (331, 31), (1999, 9), (64, 257), (7, 1), (14, 1030)])
def test_shapes_that_blas_cuts_into_blocks(m: int, d: int, sparse: bool, real: str) -> None:
    problem = linear("sigmoid_classification", *samples(m, d, 3, 0.4), 7, sparse=sparse)
    check_dealings(problem, backend("cpu", real, "float32"), 3)


@pytest.mark.parametrize("real", ["float64", "float32"])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(("m", "d", "hidden"), [(331, 31, 17), (64, 257, 40), (7, 1, 3), (140, 101, 1)])
def test_matrices_that_blas_cuts_into_blocks(m: int, d: int, hidden: int, sparse: bool, real: str) -> None:
    features, _ = samples(m, d, 3, 0.4)
    problem = layered("two_layer", features, np.arange(m) % 5.0, 7, sparse=sparse, hidden=hidden)
    check_dealings(problem, backend("cpu", real, "float32"), 3)
