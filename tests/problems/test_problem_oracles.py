"""Losses against direct formulas, gradients against finite differences: whole, padded, members, minibatches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.bilinear import BilinearSaddle
from cablese.runtime.problems.quadratic import Quadratic
from problem_cases import (
    CASES,
    LINEAR,
    NUMPY,
    STRENGTHS,
    STRICT,
    Case,
    bilinear,
    drawn,
    linear,
    quadratic,
    samples,
)

MINIMISED = [case for case in CASES if case.problem.kind == "minimize"]


def direct_loss(name: str, a: np.ndarray, y: float, x: np.ndarray) -> float:
    """One sample's loss as product.md writes it, regulariser included."""
    t = float(a @ x)
    match name:
        case "least_squares":
            return 0.5 * (t - y) ** 2 + STRENGTHS["l2"] / 2 * float(x @ x)
        case "logreg":
            return math.log(1 + math.exp(-y * t)) + STRENGTHS["l2"] / 2 * float(x @ x)
        case "nonconvex_logreg":
            bounded = sum(c * c / (1 + c * c) for c in x.tolist())
            return math.log(1 + math.exp(-y * t)) + STRENGTHS["reg"] * bounded
        case _:
            return (1 - 1 / (1 + math.exp(-y * t))) ** 2 + STRENGTHS["l2"] / 2 * float(x @ x)


def differences(f: object, x: np.ndarray) -> np.ndarray:
    """The gradient of f(x) -> array (…,) by central differences of fourth order, (…, d)."""
    step, columns = 1e-3, []
    for unit in np.eye(len(x)):
        near = f(x + step * unit) - f(x - step * unit)  # type: ignore[operator]
        far = f(x + 2 * step * unit) - f(x - 2 * step * unit)  # type: ignore[operator]
        columns.append((8 * near - far) / (12 * step))
    return np.stack(columns, axis=-1)


def point(problem: Problem, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(problem.d) / math.sqrt(problem.d)


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("sparse", [False, True])
def test_losses_are_the_formulas(name: str, sparse: bool) -> None:
    features, labels = samples(23, 6)
    problem = linear(name, features, labels, 5, sparse=sparse)
    x = point(problem)
    expected = [
        np.mean([direct_loss(name, features[j], labels[j], x) for j in part])
        for part in np.array_split(np.arange(23), 5)
    ]
    np.testing.assert_allclose(problem.oracle(NUMPY, 0, 5).losses(x), expected, rtol=1e-13)


@pytest.mark.parametrize("case", MINIMISED, ids=str)
def test_gradients_are_the_slopes_of_the_losses(case: Case) -> None:
    problem = case.problem
    oracle, x = problem.oracle(NUMPY, 0, problem.n), point(case.problem)
    np.testing.assert_allclose(oracle.gradients(x), differences(oracle.losses, x), rtol=1e-8, atol=1e-8)


def test_the_quadratic_is_its_formula() -> None:
    problem = quadratic(n=4, d=7)
    x, oracle = point(problem), problem.oracle(NUMPY, 0, 4)
    assert isinstance(problem, Quadratic)
    for i, (a, b) in enumerate(zip(*problem.nodes(0, 4), strict=True)):
        np.testing.assert_allclose(oracle.losses(x)[i], 0.5 * (a * x * x).sum() - b @ x, rtol=1e-13)


def test_the_operator_is_the_saddle_functions_gradient_and_minus_gradient() -> None:
    problem, lam = bilinear(n=3, d=4, lam=0.7, norm=2.5), 0.7
    z, oracle = point(problem), problem.oracle(NUMPY, 0, 3)

    def saddle(z: np.ndarray) -> np.ndarray:
        x, y, values = z[:4], z[4:], []
        assert isinstance(problem, BilinearSaddle)
        for matrix, shift in zip(*problem.nodes(0, 3), strict=True):
            a, b = shift[:4], -shift[4:]
            values.append(x @ matrix @ y + a @ x + b @ y + lam / 2 * (x @ x) - lam / 2 * (y @ y))
        return np.array(values)

    signs = np.repeat([1, -1], 4)
    np.testing.assert_allclose(oracle.gradients(z), differences(saddle, z) * signs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_members_have_the_bits_of_the_whole(case: Case) -> None:
    problem = case.problem
    oracle, x = problem.oracle(NUMPY, 0, problem.n), point(case.problem)
    whole = oracle.gradients(x)
    for members in ([2], [4, 0, 4, 1], list(range(problem.n)), []):
        found = oracle.gradients(x, np.array(members, dtype=np.int64))
        assert found.shape == (len(members), problem.d)
        np.testing.assert_array_equal(found, whole[members])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_row_may_have_its_own_point(case: Case) -> None:
    problem = case.problem
    oracle = problem.oracle(NUMPY, 0, problem.n)
    points = np.random.default_rng(5).standard_normal((problem.n, problem.d)) / 10
    expected = np.stack([oracle.gradients(points[i])[i] for i in range(problem.n)])
    np.testing.assert_array_equal(oracle.gradients(points), expected)
    members = np.array([3, 1, 3])
    found = oracle.gradients(points[[0, 1, 2]], members)
    single = [oracle.gradients(points[row])[i] for row, i in enumerate(members)]
    np.testing.assert_array_equal(found, np.stack(single))


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("split", ["contiguous", "dirichlet(0.3)"])
def test_a_minibatch_gradient_is_the_mean_of_its_samples(name: str, sparse: bool, split: str) -> None:
    features, labels = samples(120, 400, 2) if "dir" in split else samples(23, 6)
    problem = linear(name, features, labels, 5, split, sparse=sparse)
    parts, x = problem.parts, point(problem)
    batch = drawn(problem, 3)
    found = problem.oracle(NUMPY, 0, 5).batch_gradients(x, batch)
    for i in range(5):
        rows = parts[i][batch.indices[i, : batch.sizes[i]]]
        alone = linear(name, features[rows], labels[rows], 1, sparse=sparse)
        expected = alone.oracle(NUMPY, 0, 1).gradients(x)[0]
        np.testing.assert_allclose(found[i], expected, rtol=1e-11, atol=1e-13)


def test_a_large_sparse_batch_stays_sparse_and_agrees() -> None:
    features, labels = samples(60, 3000, 4, 0.01)
    problem = linear("logreg", features, labels, 3, sparse=True)
    dense = linear("logreg", features, labels, 3)
    x = np.random.default_rng(0).standard_normal(3000)
    for b in (4, 15):
        batch = drawn(problem, b)
        found = problem.oracle(NUMPY, 0, 3).batch_gradients(x, batch)
        expected = dense.oracle(NUMPY, 0, 3).batch_gradients(x, batch)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_batch_of_all_samples_gives_the_gradients_bits(case: Case) -> None:
    problem = case.problem
    oracle, x = problem.oracle(NUMPY, 0, problem.n), point(case.problem)
    whole = oracle.gradients(x)
    np.testing.assert_array_equal(oracle.batch_gradients(x, drawn(problem, max(problem.samples))), whole)
    most = sorted(problem.samples)[problem.n // 2]  # some nodes have no more, others do
    found = oracle.batch_gradients(x, drawn(problem, most))
    for i, m in enumerate(problem.samples):
        if m <= most:
            np.testing.assert_array_equal(found[i], whole[i])


def test_repeated_samples_of_the_right_number_are_not_all_samples() -> None:
    features, labels = samples(12, 4)
    problem = linear("least_squares", features, labels, 3)
    batch = Batch(np.array([[0, 0, 1, 3]] * 3), np.full(3, 4), full=False)
    x = point(problem)
    found = problem.oracle(NUMPY, 0, 3).batch_gradients(x, batch)
    rows = [4, 4, 5, 7]
    alone = linear("least_squares", features[rows], labels[rows], 1)
    np.testing.assert_allclose(found[1], alone.oracle(NUMPY, 0, 1).gradients(x)[0], rtol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_minibatches_of_members_have_the_bits_of_the_whole(case: Case) -> None:
    problem = case.problem
    oracle, x = problem.oracle(NUMPY, 0, problem.n), point(case.problem)
    whole = oracle.batch_gradients(x, drawn(problem, 3))
    members = [4, 0, 4]
    found = oracle.batch_gradients(x, drawn(problem, 3, nodes=members), np.array(members))
    np.testing.assert_array_equal(found, whole[members])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_results_are_never_overwritten(case: Case) -> None:
    problem = case.problem
    oracle, x, other = problem.oracle(NUMPY, 0, problem.n), point(case.problem), point(case.problem, 9)
    batch, members = drawn(problem, 2), np.array([1, 0])
    calls = [
        lambda at: oracle.gradients(at),
        lambda at: oracle.gradients(at, members),
        lambda at: oracle.batch_gradients(at, batch),
    ]
    for call in calls:
        first = call(x)
        kept = first.copy()
        call(other)
        np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(x, point(problem))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_single_precision_stays_single_and_near(case: Case) -> None:
    problem, single = case.problem, backend("cpu", "float32", "float32")
    x = point(problem)
    expected = problem.oracle(NUMPY, 0, problem.n).gradients(x)
    oracle = problem.oracle(single, 0, problem.n)
    points = np.tile(x.astype(np.float32), (problem.n, 1))
    for found in (oracle.gradients(points[0]), oracle.gradients(points)):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5 * np.abs(expected).max())
    batch = oracle.batch_gradients(x.astype(np.float32), drawn(problem, 2))
    assert batch.dtype == np.float32
    if problem.kind == "minimize":
        assert oracle.losses(x.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("real", ["float64", "float32"])
@pytest.mark.parametrize("device", ["cpu", "strict"])
@pytest.mark.parametrize("name", ["logreg", "nonconvex_logreg", "sigmoid_classification"])
def test_huge_margins_neither_overflow_nor_vanish_wrongly(name: str, device: str, real: str) -> None:
    features = np.array([[1.0], [1.0]])
    problem = linear(name, features, np.array([1.0, -1.0]), 2, l2=0.0, reg=0.0)
    chosen = backend(device, real, "float32")
    oracle = problem.oracle(chosen, 0, 2)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for t in (30.0, 90.0, 1e4):
            losses = chosen.to_host(oracle.losses(chosen.to_device(np.array([t]))))
            slopes = chosen.to_host(oracle.gradients(chosen.to_device(np.array([t]))))[:, 0]
            if name == "sigmoid_classification":
                np.testing.assert_allclose(losses, [math.exp(-min(2 * t, 700)), 1], rtol=1e-5, atol=1e-30)
                np.testing.assert_allclose(
                    slopes, [-2 * math.exp(-min(2 * t, 700)), 0], rtol=1e-5, atol=1e-12
                )
                continue
            np.testing.assert_allclose(losses, [math.exp(-min(t, 700)), t], rtol=1e-5, atol=1e-30)
            np.testing.assert_allclose(slopes, [-math.exp(-min(t, 700)), 1], rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("case", [case for case in CASES if "sparse" not in case.label], ids=str)
def test_the_strict_device_has_numpys_bits(case: Case) -> None:
    problem = case.problem
    x, members, batch = point(problem), np.array([3, 0, 3]), drawn(problem, 2)
    host, strict = problem.oracle(NUMPY, 0, problem.n), problem.oracle(STRICT, 0, problem.n)
    there = STRICT.to_device(x)
    pairs = [
        (host.gradients(x), strict.gradients(there)),
        (host.gradients(x, members), strict.gradients(there, members)),
        (host.batch_gradients(x, batch), strict.batch_gradients(there, batch)),
    ]
    if problem.kind == "minimize":
        pairs.append((host.losses(x), strict.losses(there)))
    for expected, found in pairs:
        np.testing.assert_array_equal(STRICT.to_host(found), expected)


@pytest.mark.parametrize("case", [case for case in CASES if "sparse" in case.label], ids=str)
def test_sparse_data_is_dense_on_other_backends_and_agrees(case: Case) -> None:
    problem, x = case.problem, point(case.problem)
    found = problem.oracle(STRICT, 0, problem.n).gradients(STRICT.to_device(x))
    expected = problem.oracle(NUMPY, 0, problem.n).gradients(x)
    np.testing.assert_allclose(STRICT.to_host(found), expected, rtol=1e-12, atol=1e-14)
