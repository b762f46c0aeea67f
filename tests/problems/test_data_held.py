"""Memory of linear problems: the data as read, and once more as the loss and the nodes have them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.problems.base import Oracle, Problem
from cablese.runtime.problems.registry import make_problem

CONSTANTS = ("L", "L_i", "L_max", "L_mean2", "L_pm", "calL", "L_sample", "mu")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draws = np.random.default_rng(0)
    features = draws.standard_normal((4000, 200))
    path = tmp_path_factory.mktemp("data") / "made.npz"
    np.savez(path, X=features, y=np.sign(features[:, 0] + draws.standard_normal(4000)))
    return path


@pytest.mark.parametrize(
    ("name", "split", "copies"),
    [
        ("logreg", "contiguous", 2),
        ("logreg", "shuffled", 2),
        ("sigmoid_classification", "shuffled", 2),
        ("least_squares", "contiguous", 1),  # the rows of nodes are pieces of what was read
        ("least_squares", "shuffled", 2),
    ],
)
def test_data_stand_twice_at_most(file: Path, name: str, split: str, copies: int) -> None:
    def made() -> tuple[Problem, Oracle]:
        problem = make_problem(name, {"data": str(file)}, n=10, split=split, seed=0)
        for constant in CONSTANTS:
            problem.constant(constant)
        return problem, problem.oracle(backend("cpu", "float64", "float32"), 0, 10)

    made()  # what it imports is not counted
    tracemalloc.start()
    try:
        problem, _oracle = made()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert copies <= held / problem.data_bytes < copies + 0.3


@pytest.mark.parametrize("sparse", [False, True])
def test_constants_and_gradients_are_those_of_samples_times_labels(tmp_path: Path, sparse: bool) -> None:
    """Labels cancel in squares, to the bit."""
    draws = np.random.default_rng(1)
    features = draws.standard_normal((60, 7)) * (draws.random((60, 7)) < (0.3 if sparse else 1))
    labels = np.where(draws.random(60) < 0.5, -1.0, 1.0)
    turned = {}
    for part, (rows, signs) in {
        "read": (features, labels),
        "times": (features * labels[:, None], None),
    }.items():
        signs = labels if signs is None else signs
        lines = [
            " ".join([f"{y:+.0f}", *(f"{c + 1}:{float(v)!r}" for c, v in enumerate(row) if v)])
            for row, y in zip(rows, signs, strict=True)
        ]
        (tmp_path / part).write_text("\n".join(lines))
        turned[part] = make_problem(
            "logreg", {"data": str(tmp_path / part), "l2": 0.1}, n=4, split="shuffled", seed=0
        )
    for constant in CONSTANTS:
        assert np.array_equal(turned["read"].constant(constant), turned["times"].constant(constant))
    point = np.linspace(-1, 1, 7)
    found = turned["read"].oracle(backend("cpu", "float64", "float32"), 0, 4).gradients(point)
    order = np.concatenate(turned["read"].parts)
    slopes = -labels / (1 + np.exp(labels * (features @ point)))
    wanted = (
        np.array([(slopes[part] @ features[part]) / len(part) for part in np.split(order, 4)]) + 0.1 * point
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
