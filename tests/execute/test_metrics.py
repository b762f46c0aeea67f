"""Points: which metrics each has, and that measuring costs little."""

from __future__ import annotations

import warnings
from pathlib import Path

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.backend import Array
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.linear_oracle import LinearOracle
from execute_runs import run

DATA = 'logreg(data = "breast_cancer", l2 = 0.1, scale = "columns")'


def names(spec: str, *thin: str, **options: object) -> dict[int, set[str]]:
    """The metrics of each point by its round."""
    recording, _ = run(spec, rounds=8, every=2, thin=thin, **options)
    return {point.round: set(point.metrics) for point in recording.points}


def test_a_thinned_metric_stands_at_every_pth_point_and_at_the_ends() -> None:
    everything = {"loss", "grad_norm2", "f_gap", "dist2"}
    found = names("gd", "grad_norm2=3", "loss=2", metrics=("f_gap", "dist2"))
    assert found == {
        0: everything,
        2: {"dist2"},
        4: everything - {"grad_norm2"},
        6: everything - {"loss", "f_gap"},
        8: everything,
    }


def test_averages_and_residuals_are_thinned_alike() -> None:
    found = names("marina", "average=2")
    assert [len(found[k]) for k in (2, 4, 6, 8)] == [2, 4, 2, 4]
    found = names("extragradient", "residual2=2", problem="bilinear_saddle(d = 2, lam = 0.5)")
    assert ["residual2" in found[k] for k in (0, 2, 4, 6, 8)] == [True, False, True, False, True]


def test_thinning_changes_no_other_number() -> None:
    whole, thin = (run("marina", problem=DATA, thin=thin)[0] for thin in ((), ("loss=2", "average=3")))
    for full, part in zip(whole.points, thin.points, strict=True):
        assert {name: full.metrics[name] for name in part.metrics} == part.metrics
        assert (full.bits_up, full.oracle_calls) == (part.bits_up, part.oracle_calls)


def test_a_point_takes_one_product_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loss and gradient share it, with the round that begins there."""
    products, before = [], LinearOracle._loss_arguments

    def counted(self: LinearOracle, *given: object) -> Array:
        products.append(1)
        return before(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(LinearOracle, "_loss_arguments", counted)
    run("gd", problem=DATA, rounds=4, every=1)
    assert len(products) == 5


def test_losses_and_gradients_together_are_those_apart() -> None:
    from cablese.runtime.arrays.select import backend
    from cablese.runtime.problems.registry import make_problem

    chosen = backend("cpu", "float64", "float32")
    for name in ("least_squares", "logreg", "nonconvex_logreg", "sigmoid_classification"):
        problem = make_problem(
            name, {"data": "breast_cancer", "scale": "rows"}, n=3, split="shuffled", seed=0
        )
        oracle, point = problem.oracle(chosen, 0, 3), np.linspace(-1, 2, problem.d)
        losses, gradients = oracle.losses_and_gradients(point)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(losses, oracle.losses(point))
        np.testing.assert_array_equal(gradients, oracle.gradients(point))


@pytest.mark.parametrize("columns", [1, 5, 8, 9, 16, 17])
def test_means_by_columns_have_the_bits_of_the_whole_mean(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cablese.runtime.arrays.generic import ordered_sum
    from cablese.runtime.execute import metrics

    monkeypatch.setattr(metrics, "COLUMNS", 8)
    rows = np.random.default_rng(columns).standard_normal((23, columns)).astype(np.float32)
    whole = ordered_sum(np, rows.astype(np.float64)) / 23
    assert np.array_equal(metrics._mean_by_columns(rows), whole)


@pytest.mark.parametrize("d", [1, 70])
def test_means_of_rows_in_turn_have_the_bits_of_all_at_once(d: int) -> None:
    from cablese.runtime.execute import metrics

    rows = np.random.default_rng(0).standard_normal((23, d)).astype(np.float32)
    for cuts in ([5, 6, 7, 20], list(range(1, 23)), []):
        pieces = iter(np.split(rows, cuts))
        assert np.array_equal(metrics._mean_in_turn(pieces), metrics._mean_by_columns(rows))


@pytest.mark.parametrize(("n", "d"), [(3, 9), (5000, 20), (40, 1), (2, 40_000)])
def test_gradients_in_pieces_have_the_bits_of_all_at_once(n: int, d: int) -> None:
    from cablese.runtime.arrays.select import backend
    from cablese.runtime.problems.base import PiecewiseOracle
    from cablese.runtime.problems.registry import make_problem

    arguments = {"d": d, "mu": 1.0 if d == 1 else 0.1, "L": 1.0, "spread": 0.5}
    problem = make_problem("quadratic", arguments, n=n, split="contiguous", seed=0)
    oracle, point = problem.oracle(backend("cpu", "float64", "float32"), 0, n), np.linspace(-1, 2, d)
    assert isinstance(oracle, PiecewiseOracle)
    assert np.array_equal(np.concatenate(list(oracle.pieces(point))), oracle.gradients(point))
    assert np.array_equal(oracle.losses(point), oracle.losses(point, np.arange(n)))
    points = np.random.default_rng(0).standard_normal((n, d))
    assert np.array_equal(oracle.losses(points), oracle.losses(points, np.arange(n)))


UNKNOWN = [
    (
        'nonconvex_logreg(data = "breast_cancer", reg = 0.1)',
        "f_gap,dist2",
        "f_gap,dist2: nonconvex.* not convex",
    ),
    ('logreg(data = "apart.svm", l2 = 0)', "dist2", "can be separated.* with l2 = 1e-3"),
    ('softmax(data = "iris", l2 = 0)', "f_gap", "softmax.* with l2 = 1e-3"),
    ("matrix_factorisation(rows = 4, columns = 3, rank = 2)", "f_gap,dist2", "metrics dist2: .* as good"),
    ("bilinear_game(d = 2, lam = 1)", "f_gap", "metrics f_gap: .* a game .*`residual2` tells"),
]


@pytest.mark.parametrize(("problem", "metrics", "says"), UNKNOWN)
def test_a_metric_asked_for_by_name_that_cannot_be_measured_is_refused(
    problem: str, metrics: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("apart.svm").write_text("1 1:1\n-1 1:-1\n1 1:2\n-1 1:-3\n")
    spec = "gda" if problem.startswith("bilinear_game") else "gd"
    with pytest.raises(SetupError, match=says):
        cablese.run(spec, problem=problem, nodes=2, rounds=2, metrics=metrics, set={"gamma": 0.1})


def test_a_distance_to_one_of_many_solutions_is_remarked_on() -> None:
    alone = 'least_squares(data = "diabetes", scale = "columns", bias = true, l2 = {})'
    with pytest.warns(UserWarning, match="dist2 is the distance to one point among many"):
        cablese.run(
            "gd", problem='least_squares(data = "digits", l2 = 0)', nodes=2, rounds=1, metrics="dist2"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for l2 in (0, 0.1):
            cablese.run("gd", problem=alone.format(l2), nodes=2, rounds=1, metrics="dist2")
