"""Problems whose parameters are matrices: their formulas, constants, solutions, test parts and starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.factorisation import MatrixFactorisation
from cablese.runtime.problems.registry import make_problem
from problem_cases import NUMPY, factorisation, layered, samples

FEATURES, _ = samples(23, 6)
CLASSES = np.arange(23) % 3.0


def made(name: str, n: int = 3, seed: int = 0, **arguments: Any) -> Problem:
    return make_problem(name, arguments, n=n, split="contiguous", seed=seed)


def softmax_loss(scores: np.ndarray, label: int) -> float:
    return float(np.log(np.sum(np.exp(scores))) - scores[label])


def test_softmax_is_its_formula() -> None:
    problem = layered("softmax", FEATURES, CLASSES)
    x = np.random.default_rng(1).standard_normal(18) / 3
    weights = x.reshape(3, 6)
    expected = [
        np.mean([softmax_loss(weights @ FEATURES[j], j % 3) for j in part]) + 0.15 * x @ x
        for part in np.array_split(np.arange(23), 5)
    ]
    np.testing.assert_allclose(problem.oracle(NUMPY, 0, 5).losses(x), expected, rtol=1e-13)
    assert problem.blocks == (("W", (3, 6)),)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squares"])
def test_two_layers_are_their_formula(activation: str, loss: str) -> None:
    targets = CLASSES if loss == "cross_entropy" else np.linspace(-1, 1, 23)
    problem = layered("two_layer", FEATURES, targets, 1, hidden=4, activation=activation, loss=loss)
    outputs = 3 if loss == "cross_entropy" else 1
    x = np.random.default_rng(1).standard_normal(problem.d) / 2
    w, b, v, c = np.split(x, np.cumsum([24, 4, 4 * outputs]))
    total = 0.0
    for a, y in zip(FEATURES, targets, strict=True):
        within = w.reshape(4, 6) @ a + b
        hidden = np.tanh(within) if activation == "tanh" else np.maximum(within, 0)
        scores = v.reshape(outputs, 4) @ hidden + c
        total += softmax_loss(scores, int(y)) if outputs == 3 else 0.5 * (scores[0] - y) ** 2
    found = problem.oracle(NUMPY, 0, 1).losses(x)[0]
    np.testing.assert_allclose(found, total / 23 + 0.15 * x @ x, rtol=1e-13)
    assert [name for name, _ in problem.blocks] == [
        "first.weight",
        "first.bias",
        "second.weight",
        "second.bias",
    ]


def test_the_factorisation_is_its_formula() -> None:
    problem = factorisation()
    assert isinstance(problem, MatrixFactorisation)
    matrix, x = problem.matrix(), np.random.default_rng(1).standard_normal(14)
    left, right = x[:8].reshape(4, 2), x[8:].reshape(3, 2)
    for node in range(5):
        squares = [(left[p // 3] @ right[p % 3] - matrix[p // 3, p % 3]) ** 2 for p in problem.places(node)]
        expected = np.mean(squares) / 2 + 0.15 * x @ x
        np.testing.assert_allclose(problem.oracle(NUMPY, 0, 5).losses(x)[node], expected, rtol=1e-13)
    assert len(squares) == 7 and len({tuple(problem.places(node)) for node in range(5)}) == 5


def test_a_factorisation_without_noise_has_rank_and_scale_as_asked() -> None:
    problem = made("matrix_factorisation", rows=300, columns=200, rank=3)
    assert isinstance(problem, MatrixFactorisation)
    values = np.linalg.svd(problem.matrix(), compute_uv=False)
    assert values[2] > 1 and values[3] < 1e-10
    assert 0.7 < problem.matrix().std() < 1.3
    solution = problem.solution()
    assert solution is not None and solution.value == 0 and not solution.unique
    assert np.linalg.norm(problem.oracle(NUMPY, 0, 3).gradients(solution.point)) < 1e-12
    assert factorisation().solution() is None


@pytest.mark.parametrize("classes", [2, 5])
def test_softmax_constants_bound_the_hessian_and_are_reached_with_two_classes(classes: int) -> None:
    problem = layered("softmax", FEATURES, np.arange(23) % float(classes), 1)
    bound = problem.constant("L")
    assert isinstance(bound, float) and problem.constant("mu") == 0.3
    assert problem.constant("L_max") == problem.constant("L_mean2") == pytest.approx(bound)
    oracle, draws, largest = problem.oracle(NUMPY, 0, 1), np.random.default_rng(0), 0.0
    for scale in (0.0, 0.1, 1.0):
        x = scale * draws.standard_normal(problem.d)
        columns = [
            oracle.gradients(x + 1e-6 * e)[0] - oracle.gradients(x - 1e-6 * e)[0] for e in np.eye(problem.d)
        ]
        largest = max(largest, float(np.linalg.eigvalsh(np.array(columns) / 2e-6)[-1]))
    assert largest <= bound * (1 + 1e-6)
    assert classes > 2 or largest >= bound * (1 - 1e-6)
    alone = np.max(np.sum(FEATURES**2, axis=1)) / 2 + 0.3
    assert problem.constant("calL") == problem.constant("L_sample") == pytest.approx(alone)


def test_softmax_of_two_classes_is_logistic_regression() -> None:
    """With w = W_2 - W_1 and the ridge shared by both rows, 2 l2/2 ||w/2||^2 = (l2/2)/2 ||w||^2."""
    labels = np.where(CLASSES > 0, 1.0, -1.0)
    both = layered("softmax", FEATURES, labels, 3).solution()
    from problem_cases import linear

    one = linear("logreg", FEATURES, labels, 3, l2=0.15).solution()
    assert both is not None and one is not None
    rows = both.point.reshape(2, 6)
    np.testing.assert_allclose(rows[1] - rows[0], one.point, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(both.value, one.value, rtol=1e-12)


@pytest.mark.parametrize("sparse", [False, True])
def test_the_softmax_solution_has_no_gradient(sparse: bool) -> None:
    problem = layered("softmax", FEATURES, CLASSES, sparse=sparse)
    solution = problem.solution()
    assert solution is not None
    assert np.linalg.norm(problem.oracle(NUMPY, 0, 5).gradients(solution.point).mean(axis=0)) < 1e-12
    assert made("softmax", data="iris").solution() is None
    assert layered("two_layer", FEATURES, CLASSES, hidden=2).solution() is None


def test_test_parts_are_measured_by_class_and_by_square() -> None:
    problem = made("softmax", data="iris", scale="standard", bias=True, l2=0.01, test="0.3")
    solution = problem.solution()
    assert solution is not None and problem.metrics["test_accuracy"](solution.point) > 0.9
    zero = np.zeros(problem.d)
    assert problem.metrics["test_loss"](zero) == pytest.approx(np.log(3))
    numbers = made("two_layer", data="diabetes", loss="squares", test="0.2")
    assert set(numbers.metrics) == {"test_loss"}


def test_starts_are_of_the_seed_and_not_stationary() -> None:
    for name, arguments in (
        ("two_layer", {"data": "iris", "scale": "standard"}),
        ("matrix_factorisation", {"rows": 5, "columns": 4, "rank": 2}),
    ):
        one, same, other = (made(name, seed=seed, **arguments) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one.start, same.start)
        assert not np.array_equal(one.start, other.start)
        assert np.linalg.norm(one.oracle(NUMPY, 0, 3).gradients(one.start).mean(axis=0)) > 0.01


def test_what_are_no_classes_is_told() -> None:
    with pytest.raises(
        SetupError,
        match="`softmax` takes from 2 to 1000 classes, and the labels of random data take 1 value;",
    ):
        layered("softmax", np.ones((5, 2)), np.ones(5), 1)
    for name in ("softmax", "two_layer"):
        with pytest.raises(
            SetupError, match=f"`{name}` takes classes, and the label 0.25 of random data is none"
        ):
            layered(name, np.ones((3, 2)), np.array([0.25, 1, 2]), 1)
    with pytest.raises(SetupError, match="entries = 21 asks for more than the 20"):
        made("matrix_factorisation", rows=5, columns=4, rank=1, entries=21)
    with pytest.raises(SetupError, match="has no samples"):
        make_problem(
            "matrix_factorisation", {"rows": 2, "columns": 2, "rank": 1}, n=1, split="shuffled", seed=0
        )
