"""Solutions under regularisers and sets against references; methods with prox get there; gaps by brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.base import Problem, Setting
from cablese.runtime.problems.bilinear import BilinearSaddle
from cablese.runtime.problems.quadratic import Quadratic
from cablese.runtime.problems.reading import read_problem
from cablese.runtime.problems.registry import make_problem, registry
from cablese.runtime.problems.regularised import regularised, term
from problem_cases import NUMPY, samples
from scipy.optimize import brentq, linprog, lsq_linear

N = 3
QUADRATIC = "quadratic(d = 8, mu = 0.3, L = 2, spread = 1, seed = 4)"
GAME = "bilinear_saddle(d = 2, lam = {}, seed = 3)"


def dealt(text: str) -> Problem:
    (name, arguments), added = read_problem(text)
    return make_problem(name, arguments, n=N, split="contiguous", seed=0, added=added)


def solved(text: str) -> np.ndarray:
    """The problem's own solution, the only one."""
    found = dealt(text).solution()
    assert found is not None and found.unique
    return found.point


def root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-15, rtol=1e-14))


def separable(added: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The minimiser of sum_c a_c x_c^2/2 - b_c x_c + psi(x), entry by entry with at most one unknown multiplier."""

    def shortened(theta: float) -> np.ndarray:
        return b / (a + theta)

    def lowered(theta: float) -> np.ndarray:
        return np.maximum((b - theta) / a, 0)

    match added:
        case "l1(lam = 0.4)":
            return np.sign(b) * np.maximum(np.abs(b) - 0.4, 0) / a
        case "elastic_net(l1 = 0.3, l2 = 0.7)":
            return np.sign(b) * np.maximum(np.abs(b) - 0.3, 0) / (a + 0.7)
        case "box(a = -0.2, b = 0.6)":
            return np.clip(b / a, -0.2, 0.6)
        case "ball(r = 0.8)":
            return shortened(root(lambda theta: float(np.linalg.norm(shortened(theta))) - 0.8, 0, 1e3))
        case "simplex":
            return lowered(root(lambda theta: float(lowered(theta).sum()) - 1, -1e3, 1e3))
        case _:  # a block that is not 0: x = b/(a + lam/||x||)
            length = root(lambda t: float(np.linalg.norm(shortened(0.4 / t))) - t, 1e-3, 1e3)
            return shortened(0.4 / length)


SEPARABLE = (
    "l1(lam = 0.4)",
    "elastic_net(l1 = 0.3, l2 = 0.7)",
    "group_l1(lam = 0.4)",
    "box(a = -0.2, b = 0.6)",
    "ball(r = 0.8)",
    "simplex",
)


@pytest.mark.parametrize("added", SEPARABLE)
def test_separable_problems_are_solved_and_gradient_descent_gets_there(added: str) -> None:
    smooth = dealt(QUADRATIC)
    assert isinstance(smooth, Quadratic)
    a, b = (rows.mean(axis=0) for rows in smooth.nodes(0, N))
    expected, text = separable(added, a, b), f"{QUADRATIC} + {added}"
    found = dealt(text).solution()
    assert found is not None and found.unique
    np.testing.assert_allclose(found.point, expected, atol=1e-10)
    result = cablese.run("gd", problem=text, nodes=N, rounds=250, wire="float64", metrics="f_gap,dist2")
    np.testing.assert_allclose(result.output, expected, atol=1e-8)
    last = result.points[-1].metrics
    assert abs(last["f_gap"]) < 1e-12 and last["dist2"] < 1e-16 and last["grad_map2"] < 1e-16
    assert last.get("outside2", 0) < 1e-30


def linear(name: str, added: str, m: int, d: int, **strengths: float) -> Problem:
    """A problem with data of its own, to which `added` is added."""
    from cablese.runtime.data.load import DataSet

    data = DataSet("random data", *samples(m, d, 7))
    family: Any = type(name, (registry()[name],), {"read": lambda self: data})
    (called, given), _ = read_problem(added)
    return regularised(family)(Setting(name, N, "contiguous", 0), [term(called, given)], **strengths)  # type: ignore[no-any-return]


def test_the_lasso_is_that_of_every_sign_pattern() -> None:
    features, targets = samples(30, 4, 7)
    lam, hessian, slope = 0.1, features.T @ features / 30, features.T @ targets / 30
    expected = None
    for signs in product((-1, 0, 1), repeat=4):
        s = np.array(signs)
        x, used = np.zeros(4), s != 0
        x[used] = np.linalg.solve(hessian[used][:, used], (slope - lam * s)[used])
        gradient = hessian @ x - slope
        if (np.sign(x) == s).all() and (np.abs(gradient[~used]) <= lam).all():
            expected = x
    solution = linear("least_squares", "l1(lam = 0.1)", 30, 4, l2=0.0).solution()
    assert solution is not None and expected is not None and 0 < (expected != 0).sum() < 4
    np.testing.assert_allclose(solution.point, expected, atol=1e-10)


def test_least_squares_in_a_box_is_scipys() -> None:
    features, targets = samples(30, 6, 7)
    reference = lsq_linear(features, targets, (-0.05, 0.1), method="bvls", tol=1e-14)
    solution = linear("least_squares", "box(a = -0.05, b = 0.1)", 30, 6, l2=0.0).solution()
    assert solution is not None
    np.testing.assert_allclose(solution.point, reference.x, atol=1e-10)


def test_logistic_regression_meets_its_conditions() -> None:
    """0 is in the subdifferential to 1e-10, and the loss is strongly convex along the data."""
    problem = linear("logreg", "l1(lam = 0.05)", 60, 6, l2=0.01)
    solution = problem.solution()
    assert solution is not None and solution.unique
    slope = problem.oracle(NUMPY, 0, N).gradients(solution.point).mean(axis=0)
    used = solution.point != 0
    assert 0 < used.sum() < 6
    np.testing.assert_allclose(slope[used], -0.05 * np.sign(solution.point[used]), atol=1e-12)
    assert (np.abs(slope[~used]) < 0.05).all()


def test_what_is_not_convex_or_has_no_minimum_has_no_solution() -> None:
    assert linear("sigmoid_classification", "ball(r = 1)", 30, 4).solution() is None
    assert linear("nonconvex_logreg", "l1(lam = 0.1)", 30, 4, reg=0.1).solution() is None


def test_one_of_several_minimisers_has_a_value_and_no_distance() -> None:
    problem = linear("least_squares", "ball(r = 100)", 6, 9, l2=0.0)
    solution = problem.solution()
    assert solution is not None and not solution.unique
    assert solution.value == pytest.approx(0, abs=1e-12)


# --- games ---------------------------------------------------------------------------------------------------


def affine(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """M and q of F(z) = Mz + q, by asking."""
    oracle = problem.oracle(NUMPY, 0, N)
    q = oracle.gradients(np.zeros(problem.d)).mean(axis=0)
    return np.stack([oracle.gradients(e).mean(axis=0) - q for e in np.eye(problem.d)], axis=1), q


def in_a_box(matrix: np.ndarray, shift: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """The solution of the variational inequality over a box, among all choices of faces; infinite bounds are free."""
    for faces in product((0, 1, None), repeat=len(shift)):
        free = np.array([face is None for face in faces])
        z = np.array([0.0 if face is None else bounds[c, face] for c, face in enumerate(faces)])
        if not np.isfinite(z).all():
            continue
        z[free] = np.linalg.lstsq(matrix[free][:, free], -(shift + matrix @ z)[free])[0]
        slope = matrix @ z + shift
        if np.abs(slope[free]).max(initial=0) > 1e-12:
            continue
        inside = (z >= bounds[:, 0] - 1e-12).all() and (z <= bounds[:, 1] + 1e-12).all()
        if inside and all(
            slope[c] * (-1, 1)[face == 0] >= 0 for c, face in enumerate(faces) if face is not None
        ):
            return z
    raise AssertionError("no faces fit")


@pytest.mark.parametrize(
    ("added", "lam"),
    [
        ("box(a = -0.4, b = 0.3)", 0.5),
        ("box(a = -0.2, b = 0.2, on = y)", 0.5),
        ("ball(r = 0.5)", 0.5),
        ("box(a = -0.4, b = 0.3)", 0.0),
        ("ball(r = 0.5)", 0.0),
    ],
)
def test_extragradient_reaches_the_solution_over_a_set(added: str, lam: float) -> None:
    text = f"{GAME.format(lam)} + {added}"
    matrix, q = affine(dealt(GAME.format(lam)))
    if "ball" in added:

        def held(theta: float) -> np.ndarray:
            return np.linalg.solve(matrix + theta * np.eye(4), -q)

        expected = held(root(lambda theta: float(np.linalg.norm(held(theta))) - 0.5, 1e-6, 1e3))
    else:
        low, high = (-0.2, 0.2) if "on" in added else (-0.4, 0.3)
        bounds = np.array([[low, high]] * 4)
        bounds[:2] = [-np.inf, np.inf] if "on" in added else bounds[:2]
        expected = in_a_box(matrix, q, bounds)
    np.testing.assert_allclose(solved(text), expected, atol=1e-10)
    result = cablese.run(
        "extragradient", problem=text, nodes=N, rounds=800, wire="float64", metrics="dist2,gap"
    )
    np.testing.assert_allclose(result.output, expected, atol=1e-8)
    last = result.points[-1].metrics
    assert last["natural2"] < 1e-16 and last["gap"] < 1e-8


@pytest.mark.slow
def test_a_game_without_a_solution_has_none() -> None:
    """A player who is free, and whose slope no y of the box makes 0."""
    assert dealt(f"{GAME.format(0)} + box(a = -0.2, b = 0.2, on = y)").solution() is None


def test_masha1_without_compression_is_extragradient_with_prox() -> None:
    """T30 of the reference, over sets in which the solution lies at the border."""
    text = "bilinear_saddle(d = 4, lam = 0.2, seed = 0) + simplex(on = x) + ball(r = 0.7, on = y)"
    settings = {"Q_dev": "identity()", "Q_srv": "identity()", "tau": "0", "gamma": "0.3"}
    common: dict[str, Any] = {
        "problem": text,
        "nodes": 4,
        "rounds": 40,
        "every": 1,
        "wire": "float64",
        "metrics": "gap",
    }
    ours = cablese.run("masha1", set=settings, **common)
    theirs = cablese.run("extragradient", set={"gamma": "0.3"}, **common)
    for name in ("natural2", "gap"):
        np.testing.assert_allclose(ours.trace[name], theirs.trace[name], rtol=1e-9, atol=1e-15)
    assert ours.trace["natural2"][-1] < 0.01 * ours.trace["natural2"][0]


def corners(added: str, d: int) -> Iterator[np.ndarray]:
    """Vertices of a box [-1, 2]^d or of the simplex."""
    if added == "simplex":
        yield from np.eye(d)
    else:
        yield from (np.array(corner) for corner in product((-1.0, 2.0), repeat=d))


@pytest.mark.parametrize("added", ["simplex", "box(a = -1, b = 2)"])
def test_the_gap_of_a_bilinear_game_is_that_over_all_corners(added: str) -> None:
    on = [added.replace(")", ", ") if "(" in added else f"{added}(" for _ in range(2)]
    problem = dealt(f"bilinear_saddle(d = 3, lam = 0, seed = 2) + {on[0]}on = x) + {on[1]}on = y)")
    assert isinstance(problem, BilinearSaddle)
    matrix, shift = (np.mean(part, axis=0) for part in problem.nodes(0, N))

    def value(x: np.ndarray, y: np.ndarray) -> float:
        return float(x @ matrix @ y + shift[:3] @ x - shift[3:] @ y)

    psi = problem.regulariser
    assert psi is not None
    for z in np.random.default_rng(0).standard_normal((5, 6)):
        z = psi.projections(NUMPY.xp, z[None])[0]
        best = max(value(z[:3], y) for y in corners(added, 3)) - min(
            value(x, z[3:]) for x in corners(added, 3)
        )
        assert problem.gap(z) == pytest.approx(best, abs=1e-12)
    solution = problem.solution()
    assert solution is not None
    assert problem.gap(solution.point) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    "added", ["", " + ball(r = 0.6, on = x) + ball(r = 0.9, on = y)", " + l1(lam = 0.1)"]
)
def test_the_gap_with_curvature_is_no_less_than_any_replies_and_attained(added: str) -> None:
    problem = dealt(f"bilinear_saddle(d = 3, lam = 0.3, seed = 2){added}")
    assert isinstance(problem, BilinearSaddle)
    (matrix, shift), psi = (np.mean(part, axis=0) for part in problem.nodes(0, N)), problem.regulariser

    def value(x: np.ndarray, y: np.ndarray) -> float:
        own = 0.15 * float(x @ x - y @ y) + (
            0.1 * float(np.abs(x).sum() - np.abs(y).sum()) if "l1" in added else 0
        )
        return float(x @ matrix @ y + shift[:3] @ x - shift[3:] @ y) + own

    draws = np.random.default_rng(0)
    z = draws.standard_normal(6) / 2
    z = z if psi is None else psi.projections(NUMPY.xp, z[None])[0]
    gap, best, reply = problem.gap(z), -np.inf, z
    for size in 3 * 0.7 ** np.arange(18):  # a random search that narrows
        for tried in reply + size * draws.standard_normal((60, 6)):
            tried = tried if psi is None else psi.projections(NUMPY.xp, tried[None])[0]
            found = value(z[:3], tried[3:]) - value(tried[:3], z[3:])
            if found > best:
                best, reply = found, tried
    assert gap is not None and best <= gap + 1e-12 and best == pytest.approx(gap, rel=3e-3)


def test_without_curvature_or_set_the_gap_is_over_a_ball() -> None:
    problem = dealt("bilinear_saddle(d = 3, lam = 0, seed = 2)")
    solution = problem.solution()
    assert solution is not None and isinstance(problem, BilinearSaddle)
    z = np.random.default_rng(0).standard_normal(6)
    assert problem.gap(z) == np.inf
    radius = 2 * np.linalg.norm(solution.point)
    matrix, shift = affine(problem)
    # z'Mz = 0, so that the gap is the most of F(z).(z - z') over the ball about 0
    slope = matrix @ z + shift
    assert problem.restricted_gap(z) == pytest.approx(slope @ z + radius * np.linalg.norm(slope), rel=1e-12)
    assert problem.restricted_gap(solution.point) == pytest.approx(0, abs=1e-12)


def test_a_gap_that_no_one_can_compute_is_refused() -> None:
    with pytest.raises(SetupError, match=r"--metrics gap: .* has no duality gap in closed form"):
        cablese.run("gd", problem=QUADRATIC, nodes=N, metrics="gap")


# --- metrics -------------------------------------------------------------------------------------------------

AHEAD = """algorithm Ahead
problem minimize
init:
    all:
        x = x0
        y = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all:
        y = x - g / L
        x = prox(y, 1 / L)
output y
"""


def test_a_point_outside_of_the_set_is_measured_as_such() -> None:
    """The output is the point before its projection."""
    from cablese.dsl.text.source import Source

    result = cablese.run(
        Source("spec.alg", AHEAD),
        problem=f"{QUADRATIC} + ball(r = 0.8)",
        nodes=N,
        rounds=3,
        every=1,
        wire="float64",
        thin=["grad_map2=2"],
    )
    distance = np.linalg.norm(result.output) - 0.8
    assert distance > 0.1
    assert result.points[-1].metrics["outside2"] == pytest.approx(distance**2, rel=1e-12)
    assert ["grad_map2" in point.metrics for point in result.points] == [True, False, True, True]


def test_reference_values_of_a_matrix_game_are_scipys() -> None:
    """Both players' best mixed strategies by linear programming."""
    problem = dealt("bilinear_saddle(d = 4, lam = 0, seed = 5) + simplex(on = x) + simplex(on = y)")
    assert isinstance(problem, BilinearSaddle)
    matrix, shift = (np.mean(part, axis=0) for part in problem.nodes(0, N))
    payoff = matrix + shift[:4, None] - shift[None, 4:]
    rows = np.hstack([payoff.T, -np.ones((4, 1))])
    found = linprog(
        [0, 0, 0, 0, 1],
        A_ub=rows,
        b_ub=np.zeros(4),
        A_eq=[[1, 1, 1, 1, 0]],
        b_eq=[1],
        bounds=[(0, None)] * 4 + [(None, None)],
    )
    solution = problem.solution()
    assert solution is not None
    x, y = solution.point[:4], solution.point[4:]
    assert x @ payoff @ y == pytest.approx(found.fun, abs=1e-9)
