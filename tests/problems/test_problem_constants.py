"""Constants against dense linear algebra, solutions to 1e-12 in the gradient norm."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from cablese.runtime.problems import linear as linear_problems
from cablese.runtime.problems import quadratic as quadratic_module
from cablese.runtime.problems import spectra
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.bilinear import BilinearSaddle
from cablese.runtime.problems.chance import generator
from cablese.runtime.problems.losses import Sigmoid
from cablese.runtime.problems.quadratic import Quadratic
from cablese.runtime.problems.registry import make_problem
from problem_cases import LINEAR, NUMPY, STRENGTHS, bilinear, linear, quadratic, samples

CURVATURE = {
    "least_squares": 1.0,
    "logreg": 0.25,
    "nonconvex_logreg": 0.25,
    "sigmoid_classification": Sigmoid.curvature,
}
REGULARISER = {"least_squares": 0.3, "logreg": 0.3, "nonconvex_logreg": 0.4, "sigmoid_classification": 0.3}


def mean_gradient(problem: Problem, x: np.ndarray) -> np.ndarray:
    return problem.oracle(NUMPY, 0, problem.n).gradients(x).mean(axis=0)


def hessian(problem: Problem, x: np.ndarray) -> np.ndarray:
    """Of f, by central differences of gradients."""
    step = 1e-5
    columns = [
        (mean_gradient(problem, x + step * unit) - mean_gradient(problem, x - step * unit)) / (2 * step)
        for unit in np.eye(problem.d)
    ]
    return np.array(columns)


def test_the_sigmoids_curvature_is_its_maximum() -> None:
    t = np.linspace(-6, 6, 2_000_001)
    q = 1 / (1 + np.exp(t))
    second = 2 * q**2 * (1 - q) * (2 - 3 * q)
    assert Sigmoid.curvature == pytest.approx(np.abs(second).max(), rel=1e-11)
    assert Sigmoid.curvature == pytest.approx(0.15406, abs=5e-6)


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(("m", "d"), [(40, 6), (15, 8)])
def test_smoothness_against_dense_algebra(name: str, sparse: bool, m: int, d: int) -> None:
    features, labels = samples(m, d, 1, 0.5)
    problem = linear(name, features, labels, 4, sparse=sparse)
    parts = np.array_split(features, 4)
    grams = [part.T @ part / len(part) for part in parts]

    def smooth(gram: np.ndarray) -> float:
        return CURVATURE[name] * float(np.linalg.eigvalsh(gram)[-1]) + REGULARISER[name]

    local = np.array([smooth(gram) for gram in grams])
    largest = [CURVATURE[name] * (part**2).sum(axis=1).max() + REGULARISER[name] for part in parts]
    expected = {
        "L": smooth(np.mean(grams, axis=0)),
        "L_i": local,
        "L_max": local.max(),
        "L_mean2": math.sqrt((local**2).mean()),
        "calL": math.sqrt(np.mean(np.square(largest))),
        "L_sample": max(largest),
        "L_pm": math.sqrt((local**2).mean()),
    }
    if name == "least_squares":
        hessians = [gram + REGULARISER[name] * np.eye(d) for gram in grams]
        mean = np.mean(hessians, axis=0)
        variance = np.mean([hessian @ hessian for hessian in hessians], axis=0) - mean @ mean
        expected["L_pm"] = math.sqrt(np.linalg.eigvalsh(variance)[-1])
    for constant, value in expected.items():
        np.testing.assert_allclose(problem.constant(constant), value, rtol=1e-12)


@pytest.mark.parametrize("name", ["least_squares", "logreg", "nonconvex_logreg"])
def test_smoothness_is_attained_at_0(name: str) -> None:
    problem = linear(name, *samples(30, 5), 3)
    top = np.linalg.eigvalsh(hessian(problem, np.zeros(5)))[-1]
    assert problem.constant("L") == pytest.approx(top, rel=1e-6)


@pytest.mark.parametrize("name", LINEAR)
def test_no_two_points_contradict_the_constants(name: str) -> None:
    problem = linear(name, *samples(30, 5), 3, l2=0.0, reg=0.05)
    oracle, draws = problem.oracle(NUMPY, 0, 3), np.random.default_rng(0)
    local, whole, mu = problem.constant("L_i"), problem.constant("L"), problem.constant("mu")
    for scale in (0.01, 1, 10):
        for _ in range(50):
            x, step = draws.standard_normal((2, 5)) * scale
            change = oracle.gradients(x + step) - oracle.gradients(x)
            length = np.linalg.norm(step)
            assert (np.linalg.norm(change, axis=1) <= local * length * (1 + 1e-9)).all()  # type: ignore[operator]
            assert np.linalg.norm(change.mean(axis=0)) <= whole * length * (1 + 1e-9)  # type: ignore[operator]
            if mu is not None:
                assert change.mean(axis=0) @ step >= mu * length**2 * (1 - 1e-9)


@pytest.mark.parametrize("sparse", [False, True])
def test_least_squares_mu(sparse: bool) -> None:
    features, labels = samples(30, 6, 2, 0.6)
    grams = [part.T @ part / len(part) for part in np.array_split(features, 4)]
    least = np.linalg.eigvalsh(np.mean(grams, axis=0))[0]
    problem = linear("least_squares", features, labels, 4, sparse=sparse)
    assert problem.constant("mu") == pytest.approx(least + STRENGTHS["l2"], rel=1e-12)


def test_least_squares_mu_is_0_when_rank_deficient() -> None:
    features, labels = samples(30, 6)
    features[:, 5] = features[:, 0] + features[:, 1]
    assert linear("least_squares", features, labels, 3, l2=0.0).constant("mu") == 0
    assert linear("least_squares", features[:4], labels[:4], 2, l2=0.0).constant("mu") == 0


def test_mu_of_the_others() -> None:
    assert linear("logreg", *samples(20, 3), 2).constant("mu") == STRENGTHS["l2"]
    assert linear("logreg", *samples(20, 3), 2, l2=0.0).constant("mu") == 0
    assert linear("nonconvex_logreg", *samples(20, 3), 2).constant("mu") is None
    assert linear("sigmoid_classification", *samples(20, 3), 2).constant("mu") is None


@pytest.mark.parametrize("sparse", [False, True])
def test_lanczos_agrees_with_dense_algebra(sparse: bool) -> None:
    features, labels = samples(520, 510, 3, 0.05)
    assert min(features.shape) > spectra._MOST_FOR_TOP
    found = linear("logreg", features, labels, 1, sparse=sparse, l2=0.0).constant("L")
    top = np.linalg.eigvalsh(features.T @ features / 520)[-1] / 4
    assert found == pytest.approx(top, rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0, 50.0])
def test_the_quadratics_constants_are_its_datas(n: int, spread: float) -> None:
    problem = quadratic(n=n, d=50, spread=spread)
    assert isinstance(problem, Quadratic)
    steep, _ = problem.nodes(0, n)
    mean = steep.mean(axis=0)
    np.testing.assert_allclose(mean, np.geomspace(0.1, 10, 50), rtol=1e-13)
    assert problem.constant("L") == 10 and problem.constant("mu") == 0.1
    assert mean[0] == pytest.approx(0.1, rel=1e-14) and mean[-1] == pytest.approx(10, rel=1e-14)
    assert steep.min() > 0
    local = steep.max(axis=1)
    np.testing.assert_array_equal(problem.constant("L_i"), local)
    assert problem.constant("L_max") == problem.constant("L_sample") == local.max()
    assert problem.constant("L_mean2") == problem.constant("calL") == math.sqrt((local**2).mean())
    assert problem.constant("L_pm") == pytest.approx(steep.std(axis=0).max(), rel=1e-9, abs=1e-12)
    if not spread or n == 1:
        assert (steep == steep[0]).all()
    else:
        assert steep.std(axis=0).min() > 0
    assert np.linalg.norm(mean_gradient(problem, problem.start)) > 0.1


def test_the_spread_scales_the_disagreement_and_the_seed_the_data() -> None:
    def disagreement(spread: float, seed: int = 0) -> float:
        problem = quadratic(n=6, d=40, spread=spread, seed=seed)
        gradients = problem.oracle(NUMPY, 0, 6).gradients(problem.start)
        return float(np.linalg.norm(gradients - gradients.mean(axis=0)))

    assert disagreement(2.0) == pytest.approx(2 * disagreement(1.0), rel=1e-12)
    assert disagreement(1.0, 1) != disagreement(1.0)
    assert disagreement(0.0) < 1e-13


def test_the_quadratic_draws_once_for_all_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not anew for each node and constant, which took half a minute for 1e5 nodes."""
    drawn = []
    monkeypatch.setattr(
        quadratic_module, "generator", lambda seed, purpose: drawn.append(purpose) or generator(seed, purpose)
    )
    problem = quadratic(n=2000, d=20)
    problem.constant("L_mean2"), problem.solution(), problem.oracle(NUMPY, 0, 2000)
    assert sorted(drawn) == ["quadratic a", "quadratic b", "quadratic point"]


@pytest.mark.parametrize(
    "problem", [quadratic(n=700, d=70), bilinear(n=5, d=3, lam=0.5)], ids=lambda p: p.written
)
def test_a_nodes_data_do_not_depend_on_the_company(problem: Quadratic | BilinearSaddle) -> None:
    whole = problem.nodes(0, problem.n)
    for first, last in ((0, 1), (problem.n - 2, problem.n), (2, 4)):
        for part, of_all in zip(problem.nodes(first, last), whole, strict=True):
            np.testing.assert_array_equal(part, of_all[first:last])


def test_the_quadratics_size_is_its_dimension() -> None:
    problem = quadratic(n=3, d=1_000_000)
    assert mean_gradient(problem, problem.start).shape == (1_000_000,)


@pytest.mark.parametrize("n", [1, 4])
def test_the_saddles_constants_are_operator_norms(n: int) -> None:
    problem, lam = bilinear(n=n, d=5, lam=0.3, norm=2.0), 0.3
    assert isinstance(problem, BilinearSaddle)
    matrices, _ = problem.nodes(0, n)

    def operator(matrix: np.ndarray) -> np.ndarray:
        return np.block([[lam * np.eye(5), matrix], [-matrix.T, lam * np.eye(5)]])

    for matrix in matrices:
        np.testing.assert_array_equal(matrix, matrix.T)
        assert np.linalg.eigvalsh(matrix)[0] > 0
        assert np.linalg.norm(matrix, 2) == pytest.approx(2, rel=1e-13)
    local = [np.linalg.norm(operator(matrix), 2) for matrix in matrices]
    np.testing.assert_allclose(problem.constant("L_i"), local, rtol=1e-13)
    for constant in ("L_max", "L_mean2", "calL", "L_sample"):
        assert problem.constant(constant) == pytest.approx(local[0], rel=1e-13)
    mean = operator(np.mean(matrices, axis=0))
    assert problem.constant("L") == pytest.approx(np.linalg.norm(mean, 2), rel=1e-13)
    assert problem.constant("mu") == lam


def check_solution(problem: Problem, scale: float = 1.0) -> np.ndarray:
    solution = problem.solution()
    assert solution is not None
    assert np.linalg.norm(mean_gradient(problem, solution.point)) <= 1e-12 * scale
    if problem.kind == "minimize":
        value = problem.oracle(NUMPY, 0, problem.n).losses(solution.point).mean()
        assert solution.value == pytest.approx(value, rel=1e-12)
    return solution.point


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("strength", [0.0, 1e-6, 0.3])
@pytest.mark.parametrize("name", ["least_squares", "logreg"])
def test_solutions_of_convex_problems(name: str, strength: float, sparse: bool) -> None:
    draws = np.random.default_rng(0)
    features = draws.standard_normal((203, 7))
    labels = np.sign(features @ draws.standard_normal(7) + 2 * draws.standard_normal(203))
    check_solution(linear(name, features, labels, 4, "dirichlet(0.5)", sparse=sparse, l2=strength))


def test_the_other_solutions() -> None:
    check_solution(quadratic(n=7, d=30, spread=3.0), 10)
    check_solution(quadratic(n=1, d=1, mu=2, L=2))
    check_solution(bilinear(n=3, d=9))
    check_solution(bilinear(n=3, d=9, lam=0))
    assert bilinear().solution().value != bilinear().solution().value  # type: ignore[union-attr]  # nan
    assert linear("nonconvex_logreg", *samples(20, 3), 2).solution() is None
    assert linear("sigmoid_classification", *samples(20, 3), 2).solution() is None


def test_rank_deficient_least_squares_has_the_shortest_solution() -> None:
    features, labels = samples(30, 6)
    features[:, 5] = features[:, 0] + features[:, 1]
    found = check_solution(linear("least_squares", features, labels, 3, l2=0.0))
    np.testing.assert_allclose(found, np.linalg.pinv(features) @ labels, atol=1e-12)
    wide = linear("least_squares", *samples(5, 9), 2, l2=0.0)
    found = check_solution(wide)
    np.testing.assert_allclose(found, np.linalg.pinv(samples(5, 9)[0]) @ samples(5, 9)[1], atol=1e-12)


def test_separable_classes_have_no_logistic_solution_without_a_ridge() -> None:
    features = np.array([[1.0, 0.3], [2.0, -0.2], [-1.0, 0.1], [-3.0, 0.5]])
    labels = np.array([1.0, 1.0, -1.0, -1.0])
    assert linear("logreg", features, labels, 2, l2=0.0).solution() is None
    check_solution(linear("logreg", features, labels, 2, l2=1e-4))


@pytest.mark.parametrize(
    ("name", "data", "scale"),
    [
        ("logreg", "breast_cancer", "none"),
        ("logreg", "breast_cancer", "columns"),
        ("least_squares", "diabetes", "none"),
    ],
)
def test_solutions_on_real_data(name: str, data: str, scale: str) -> None:
    arguments = {"data": data, "l2": 1e-3, "scale": scale}
    check_solution(make_problem(name, arguments, n=10, split="contiguous", seed=0), 10)


def test_badly_scaled_least_squares() -> None:
    problem = make_problem("least_squares", {"data": "breast_cancer"}, n=10, split="contiguous", seed=0)
    check_solution(problem, 1e3)  # of samples as long as 1e3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "d"), [("logreg", 4000), ("least_squares", 1600)])
def test_many_dimensions(name: str, d: int) -> None:
    features, labels = samples(3000, d, 5, 0.01)
    problem = linear(name, features, labels, 5, sparse=True, l2=1e-2)
    check_solution(problem)
    for constant in ("L", "L_max", "calL", "L_sample", "mu"):
        assert problem.constant(constant) is not None


def test_constants_and_solutions_are_kept() -> None:
    problem = linear("logreg", *samples(20, 3), 2)
    assert problem.constant("L_i") is problem.constant("L_i")
    assert problem.solution() is problem.solution()


def test_features_too_large_for_the_ridge_to_show_leave_a_solution_or_none() -> None:
    """The Hessian is singular to rounding: neither a warning of the solver nor its exception comes through."""
    draws = np.random.default_rng(0)
    features = draws.standard_normal((40, 2)) @ draws.standard_normal((2, 6)) * 1e9
    problem = linear("logreg", features, np.sign(draws.standard_normal(40)), 2, sparse=False, l2=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = problem.solution()
    assert solution is None or np.isfinite(solution.value)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(("n", "m", "d"), [(60, 60, 30), (100, 403, 50), (20, 2003, 12), (50, 1850, 37)])
def test_constants_of_nodes_do_not_depend_on_being_stacked(
    n: int, m: int, d: int, sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for alike in (2, 1000):
        monkeypatch.setattr(linear_problems, "_ALIKE", alike)
        found.append(linear("logreg", *samples(m, d, 3, 0.4), n, sparse=sparse).constant("L_i"))
    np.testing.assert_array_equal(*found)
