"""Check values on public data sets that may lie beside the repository; skipped without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.registry import make_problem
from problem_cases import NUMPY

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"


def real(name: str, n: int, problem: str, features: int, **arguments: float | bool) -> Problem:
    path = FOLDER / f"{name}.bz2"
    if not path.exists():
        pytest.skip(f"{name}.bz2 is not beside the repository")
    given = {"data": str(path), "features": features} | arguments
    return make_problem(problem, given, n=n, split="contiguous", seed=0)


@pytest.mark.parametrize(
    ("name", "features", "optimum"),
    [
        pytest.param("a9a", 123, 0.32262, marks=pytest.mark.slow),
        ("phishing", 68, 0.14160),
        pytest.param("w8a", 300, 0.04356, marks=pytest.mark.slow),
    ],
)
def test_pooled_logistic_optimum(name: str, features: int, optimum: float) -> None:
    problem = real(name, 1, "logreg", features, bias=True)
    solution = problem.solution()
    assert solution is not None
    assert round(solution.value, 5) == optimum
    assert np.linalg.norm(problem.oracle(NUMPY, 0, 1).gradients(solution.point)) <= 1e-12


def test_mushrooms_as_marina_has_it() -> None:
    problem = real("mushrooms", 5, "sigmoid_classification", 112)
    assert (problem.d, problem.samples) == (112, (1625, 1625, 1625, 1625, 1624))
    oracle = problem.oracle(NUMPY, 0, 5)
    np.testing.assert_allclose(oracle.losses(np.zeros(112)), 0.25)
    # every sample has 21 ones, so that ||a||^2 = 21
    assert problem.constant("calL") == pytest.approx(0.154058 * 21, rel=1e-5)
    assert problem.constant("L_max") < problem.constant("calL")  # type: ignore[operator]


def test_mushrooms_can_be_separated() -> None:
    assert real("mushrooms", 5, "logreg", 112).solution() is None
    assert real("mushrooms", 5, "logreg", 112, l2=1e-4).solution() is not None


@pytest.mark.parametrize("name", ["a9a.t", "a1a"])
def test_features_fill_up_columns_that_a_part_lacks(name: str) -> None:
    assert real(name, 2, "logreg", 123).d == 123
    assert real(name, 2, "logreg", 0).d < 123
