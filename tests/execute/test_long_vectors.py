"""Quadratics of many coordinates are made piece by piece, and measured so: the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import pairwise
from cablese.runtime.arrays.select import backend
from cablese.runtime.execute import metrics
from cablese.runtime.problems import quadratic
from cablese.runtime.problems.base import Setting
from cablese.runtime.problems.quadratic import Quadratic
from execute_runs import run


def made(n: int, d: int) -> Quadratic:
    return Quadratic(Setting("quadratic", n, "contiguous", 0), d=d, mu=0.01, L=1.0, spread=0.7, seed=3)


@pytest.mark.parametrize("n", [1, 5, 300])
def test_pieces_change_no_number(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = made(n, 40), made(n, 40)
    nodes, solution = whole.nodes(0, n), whole.solution()
    smoothness, apart = whole.constant("L_i"), whole.constant("L_pm")
    monkeypatch.setattr(quadratic, "_BLOCK", 7)
    for one, other in zip(nodes, pieces.nodes(0, n), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(smoothness, pieces.constant("L_i"))
    assert pieces.constant("L_pm") == pytest.approx(apart, rel=1e-14)
    assert np.allclose(solution.point, pieces.solution().point, rtol=1e-14)


def test_one_node_is_a_row_of_all() -> None:
    oracle = made(5, 40).oracle(backend("cpu", "float32", "float32"), 0, 5)
    point = np.random.default_rng(0).standard_normal(40).astype(np.float32)
    assert np.array_equal(oracle.gradients(point, np.array([3])), oracle.gradients(point)[3:4])


@pytest.mark.parametrize("name", ["diana", "ef21"])
def test_long_points_are_measured_piece_by_piece(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "problem": "quadratic(d = 1000, mu = 0.1, L = 1)",
        "dtype": "float32",
        "rounds": 4,
        "every": 1,
        "metrics": ("f_gap", "dist2"),
    }
    plain, _ = run(name, **options)
    monkeypatch.setattr(metrics, "COLUMNS", 100)
    monkeypatch.setattr(pairwise, "PIECE", 200)
    pieces, _ = run(name, **options)
    assert [point.metrics for point in plain.points] == [point.metrics for point in pieces.points]


def test_long_dense_messages_are_checked_in_pieces() -> None:
    recording, _ = run(
        "gd", problem="quadratic(d = 70000, mu = 0.1, L = 1)", rounds=2, nodes=2, wire_check="all"
    )
    assert recording.points[-1].bits_up == 2 * 2 * 70000 * 32
