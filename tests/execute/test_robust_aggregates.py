"""Robust aggregates: their values against brute force and trusted libraries, what outliers do to them, and their limits."""

from __future__ import annotations

from itertools import combinations

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.execute.functions import Functions
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import trim_mean

NUMPY = backend("cpu", "float64", "float32")
FUNCTIONS = Functions(NUMPY, 3, (3,))
ROWS = st.integers(3, 9)


def vectors(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, 3))


@given(rows=ROWS, seed=st.integers(0, 99), f=st.integers(0, 4))
def test_a_trimmed_mean_is_that_of_scipy(rows: int, seed: int, f: int) -> None:
    if rows > 2 * f:
        found = FUNCTIONS.trimmed_mean_rows(vectors(rows, seed), f)
        np.testing.assert_allclose(found, trim_mean(vectors(rows, seed), f / rows + 1e-9, axis=0))


@given(rows=ROWS, seed=st.integers(0, 99), f=st.integers(0, 4))
def test_krum_is_the_vector_with_the_closest_neighbours(rows: int, seed: int, f: int) -> None:
    """By all sets of n - f - 2 others."""
    if rows < f + 3:
        return
    all = vectors(rows, seed)

    def score(i: int) -> float:
        far = [float(np.sum((all[i] - all[j]) ** 2)) for j in range(rows) if j != i]
        return min(sum(chosen) for chosen in combinations(far, rows - f - 2))

    assert np.array_equal(FUNCTIONS.krum_rows(all, f), all[min(range(rows), key=score)])


@pytest.mark.parametrize(
    "name", ["sum", "mean", "min", "max", "median", "trimmed_mean", "krum", "geometric_median"]
)
@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_what_is_made_of_rows_is_none_of_them(name: str, rows: int) -> None:
    """Programs write into it."""
    all, given = vectors(rows, 0), [0] if name in ("trimmed_mean", "krum") else []
    if name != "krum" or rows > 2:
        assert not np.shares_memory(getattr(FUNCTIONS, f"{name}_rows")(all, *given), all)


@given(rows=ROWS, seed=st.integers(0, 99))
def test_a_geometric_median_has_the_least_sum_of_distances(rows: int, seed: int) -> None:
    all = vectors(rows, seed)

    def total(point: np.ndarray) -> float:
        return float(np.linalg.norm(all - point, axis=1).sum())

    best = minimize(
        total,
        all.mean(axis=0),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000},
    )
    assert total(FUNCTIONS.geometric_median_rows(all)) <= best.fun * (1 + 1e-3)


def test_equal_vectors_are_their_own_aggregates() -> None:
    same = np.tile([1.0, -2.0, 3.0], (5, 1))
    for found in (
        FUNCTIONS.krum_rows(same, 1),
        FUNCTIONS.geometric_median_rows(same),
        FUNCTIONS.trimmed_mean_rows(same, 2),
    ):
        np.testing.assert_allclose(found, same[0])


ROBUST = """algorithm ATTACKED
problem minimize
param gamma = 0.2
param f = 2
init:
    all: x = x0
round:
    server: event S ~ subset(n, f)
    server -> all: S
    node -> server: m = grad(x)
    node in S -> server: q = 1000 * x + ones
    server: g = AGGREGATE
    server -> all: u = g
    all: x = x - gamma * u
output x
"""


@pytest.mark.parametrize(
    "aggregate", ["trimmed_mean(m, f)", "krum(m, f)", "geometric_median(m)", "trimmed_mean(m, 1 + 1)"]
)
def test_a_spec_runs_with_it(aggregate: str) -> None:
    problem = "quadratic(d = 6, mu = 1, L = 2, spread = 0)"
    result = cablese.run(
        ROBUST.replace("AGGREGATE", aggregate), problem=problem, nodes=7, rounds=60, metrics="dist2"
    )
    assert result.trace.dist2[-1] < 1e-8  # nodes agree, whichever is taken


@pytest.mark.parametrize(
    ("aggregate", "says"),
    [
        ("trimmed_mean(m, 4)", r"`trimmed_mean` with f = 4 needs f >= 0 and at least 9 vectors, and has 7"),
        ("krum(m, 5)", r"`krum` with f = 5 needs f >= 0 and at least 8 vectors, and has 7"),
        ("krum(m, 0 - 1)", r"`krum` with f = -1 needs f >= 0"),
    ],
)
def test_too_few_vectors_end_the_run(aggregate: str, says: str) -> None:
    with pytest.raises(RunFailed, match=says):
        cablese.run(
            ROBUST.replace("AGGREGATE", aggregate),
            problem="quadratic(d = 6, mu = 1, L = 2)",
            nodes=7,
            rounds=3,
        )


@pytest.mark.parametrize(
    "aggregate",
    ["krum(m)", "krum(m, 0.5)", "geometric_median(m, 1)", "trimmed_mean(norm(m), 1)", "krum(m, norm(m))"],
)
def test_what_it_does_not_take_is_a_mistake_of_the_spec(aggregate: str) -> None:
    assert cablese.check(ROBUST.replace("AGGREGATE", aggregate))
    with pytest.raises((cablese.SpecError, SetupError)):
        cablese.run(
            ROBUST.replace("AGGREGATE", aggregate), problem="quadratic(d = 6, mu = 1, L = 2)", nodes=7
        )


def test_another_f_is_another_method_to_the_algebra() -> None:
    one, two = (ROBUST.replace("AGGREGATE", f"trimmed_mean(m, {f})") for f in (1, 2))
    assert cablese.diff(one, one.replace("gamma * u", "u * gamma")).same
    assert not cablese.diff(one, two, quick=True).same
