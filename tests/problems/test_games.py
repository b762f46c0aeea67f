"""Games with samples: operators against saddle functions, constants against the largest that occurs, methods on them."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.chance.batch import Batch
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.affine import AffineGame, AffineOracle
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.policy import PolicyEvaluation
from cablese.runtime.problems.registry import make_problem
from problem_cases import NUMPY, robust, samples
from test_problem_oracles import differences

N = 3


def dealt(name: str, n: int = N, **arguments: Any) -> Any:
    return make_problem(name, arguments, n=n, split="contiguous", seed=0)


MADE = {
    "bilinear": ("bilinear_game", {"d": 4, "lam": 0.3, "samples": 5, "norm": 2.0}),
    "quadratic": ("quadratic_game", {"d": 3, "mu": 0.2, "L": 1.5, "samples": 4}),
    "not monotone": ("quadratic_game", {"d": 3, "mu": -0.4, "L": 1.5, "samples": 4}),
    "matrix": ("matrix_game", {"rows": 3, "columns": 4, "samples": 5}),
    "policy": ("policy_evaluation", {"states": 9, "features": 3, "samples": 30, "l2": 0.05}),
}
ROBUST = {
    "least squares": ("robust_least_squares", {"lam": 1.7, "l2": 0.1}),
    "cheap noise": ("robust_least_squares", {"lam": 0.6, "l2": 0.1}),
    "logistic": ("robust_logreg", {"l2": 0.2, "beta": 1.5, "noise": 0.5, "radius": 2.0}),
    "shifts": ("robust_logreg", {"l2": 0.2, "beta": 1.5, "noise": 0.5, "radius": 2.0, "per_sample": True}),
    "cheap shifts": (
        "robust_logreg",
        {"l2": 0.2, "beta": 0.1, "noise": 0.5, "radius": 2.0, "per_sample": True},
    ),
    "cheap shift": ("robust_logreg", {"l2": 0.2, "beta": 0.1, "noise": 0.5, "radius": 2.0}),
}


def made(label: str) -> Any:
    name, arguments = (MADE | ROBUST)[label]
    return dealt(name, **arguments) if label in MADE else robust(name, *samples(17, 4, 3), N, **arguments)


def saddle(label: str, problem: Any, node: int, j: int, z: np.ndarray) -> float:
    """f_ij as docs/problems.md has it."""
    if label in ROBUST:
        features, labels = samples(17, 4, 3)
        parts = np.array_split(np.arange(17), N)
        row = parts[node][j]
        a, y, (_, given) = features[row], labels[row], ROBUST[label]
        ridge = given["l2"] / 2 * float(z[:4] @ z[:4])
        if "lam" in given:
            u = z[4 + row]
            return 0.5 * (a @ z[:4] - y - u) ** 2 - given["lam"] / 2 * u**2 + ridge
        v = z[4 + 4 * row : 8 + 4 * row] if "per_sample" in given else z[4:]
        return math.log1p(math.exp(-y * z[:4] @ (a + v))) + ridge - given["beta"] / 2 * float(v @ v)
    if isinstance(problem, PolicyEvaluation):
        here, there, rewards = (part[j] for part in problem.transitions(node))
        theta, w = z[:3], z[3:]
        bellman = rewards * here - np.outer(here, here - 0.95 * there) @ theta
        return float(w @ bellman - 0.5 * (w @ here) ** 2 + 0.025 * theta @ theta)
    matrices, shifts = problem.sampled(node)
    k = problem.blocks[0][1][0]
    (m, q), x, y = (matrices[j], shifts[j]), z[:k], z[k:]
    return float(
        0.5 * x @ m[:k, :k] @ x + x @ m[:k, k:] @ y - 0.5 * y @ m[k:, k:] @ y + q[:k] @ x - q[k:] @ y
    )


@pytest.mark.parametrize("label", [*MADE, *ROBUST])
def test_operators_are_gradients_and_minus_gradients_of_the_saddle_function(label: str) -> None:
    """Whole and by sample, by finite differences."""
    problem = made(label)
    z = np.random.default_rng(1).standard_normal(problem.d) / 2
    oracle = problem.oracle(NUMPY, 0, N)
    k = problem.blocks[0][1][0]
    signs = np.repeat([1.0, -1.0], [k, problem.d - k])
    for i in range(N):
        m, fields = problem.samples[i], []
        for j in range(m):
            slope = differences(lambda p, i=i, j=j: np.asarray(saddle(label, problem, i, j, p)), z)  # type: ignore[misc]
            fields.append(signs * slope)
            batch = Batch(np.full((1, 1), j), np.ones(1, dtype=np.int64), full=False)
            found = oracle.batch_gradients(z, batch, np.array([i]))[0]
            np.testing.assert_allclose(found, fields[-1], rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(oracle.gradients(z)[i], np.mean(fields, axis=0), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("label", [*MADE, *ROBUST])
def test_a_batch_is_the_mean_of_its_samples_repeated_ones_too(label: str) -> None:
    problem = made(label)
    z = np.random.default_rng(2).standard_normal(problem.d)
    oracle = problem.oracle(NUMPY, 0, N)
    indices = np.array([[0, 1, 1], [2, 2, 2], [0, 3, -1]])
    batch = Batch(indices, np.array([3, 3, 2]), full=False)
    found = oracle.batch_gradients(z, batch)
    for i, row in enumerate(indices):
        each = [
            oracle.batch_gradients(
                z, Batch(np.array([[j]]), np.ones(1, dtype=np.int64), False), np.array([i])
            )[0]
            for j in row
            if j >= 0
        ]
        np.testing.assert_allclose(found[i], np.mean(each, axis=0), rtol=1e-12, atol=1e-13)


def jacobian(field: Any, z: np.ndarray) -> np.ndarray:
    return differences(field, z)


def of_sample(problem: Problem, i: int, j: int) -> Any:
    oracle = problem.oracle(NUMPY, i, i + 1)
    batch = Batch(np.array([[j]]), np.ones(1, dtype=np.int64), full=False)
    return lambda z: oracle.batch_gradients(z, batch)[0]


@pytest.mark.parametrize("label", [*MADE, "least squares", "cheap noise"])
def test_constants_of_affine_games_are_those_of_their_jacobians(label: str) -> None:
    problem = made(label)
    oracle, zero = problem.oracle(NUMPY, 0, N), np.zeros(problem.d)
    local = [jacobian(lambda z, i=i: oracle.gradients(z)[i], zero) for i in range(N)]  # type: ignore[misc]
    norms, mean = [np.linalg.norm(each, 2) for each in local], np.mean(local, axis=0)
    assert problem.constant("L") == pytest.approx(np.linalg.norm(mean, 2), rel=1e-9)
    np.testing.assert_allclose(problem.constant("L_i"), norms, rtol=1e-9)
    assert problem.constant("L_max") == pytest.approx(max(norms), rel=1e-9)
    assert problem.constant("L_mean2") == pytest.approx(np.sqrt(np.mean(np.square(norms))), rel=1e-9)
    least = np.linalg.eigvalsh((mean + mean.T) / 2)[0]
    mu = problem.constant("mu")
    if label in ("not monotone", "cheap noise"):
        assert least < -1e-3 and mu is None
    else:
        assert mu == pytest.approx(least, rel=1e-7, abs=1e-9)
    each = [
        [jacobian(of_sample(problem, i, j), zero) for j in range(m)] for i, m in enumerate(problem.samples)
    ]
    if isinstance(problem, AffineGame):  # the root of the mean square over samples
        squares = [np.linalg.norm(np.mean([a.T @ a for a in node], axis=0), 2) for node in each]
    else:  # the largest of samples
        squares = [max(np.linalg.norm(a, 2) for a in node) ** 2 for node in each]
    assert problem.constant("calL") == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-9)
    if isinstance(problem, AffineGame):
        variance = np.mean([a.T @ a for a in local], axis=0) - mean.T @ mean
        assert problem.constant("L_pm") ** 2 == pytest.approx(np.linalg.norm(variance, 2), rel=1e-6)
    single = max(np.linalg.norm(a, 2) for node in each for a in node)
    assert problem.constant("L_sample") == pytest.approx(single, rel=1e-9)


def test_unequal_nodes_of_robust_least_squares_have_an_exact_l() -> None:
    """17 samples over 3 nodes are unequal already; 15 are not."""
    problem = robust("robust_least_squares", *samples(15, 4, 3), N, lam=1.7, l2=0.1)
    oracle = problem.oracle(NUMPY, 0, N)
    mean = jacobian(lambda z: oracle.gradients(z).mean(axis=0), np.zeros(problem.d))
    assert problem.constant("L") == pytest.approx(np.linalg.norm(mean, 2), rel=1e-9)


@pytest.mark.parametrize("label", ["logistic", "cheap shift", "shifts", "cheap shifts"])
def test_constants_of_robust_classification_bound_every_jacobian(label: str) -> None:
    problem = made(label)
    oracle, draws = problem.oracle(NUMPY, 0, N), np.random.default_rng(0)
    mu, limit = problem.constant("mu"), problem.constant("L")
    assert (mu is None) == label.startswith("cheap")
    worst, least, single = 0.0, np.inf, 0.0
    for _ in range(40 if problem.d < 20 else 6):
        z = problem.regulariser.projections(NUMPY.xp, 3 * draws.standard_normal((1, problem.d)))[0]
        local = jacobian(lambda p: oracle.gradients(p).reshape(-1), z).reshape(N, problem.d, problem.d)
        assert (np.linalg.norm(local, 2, axis=(1, 2)) <= problem.constant("L_i")).all()
        single = max(single, np.linalg.norm(jacobian(of_sample(problem, 0, 1), z), 2))
        mean = local.mean(axis=0)
        worst, least = (
            max(worst, np.linalg.norm(mean, 2)),
            min(least, np.linalg.eigvalsh((mean + mean.T) / 2)[0]),
        )
    assert limit / 6 < worst <= limit
    assert single <= problem.constant("L_sample") <= math.sqrt(N) * problem.constant("calL")
    assert least < 0 if mu is None else least >= mu


# --- what the made ones promise -------------------------------------------------------------------------------


def test_samples_lie_around_their_node_whatever_the_spread() -> None:
    one, other = (dealt("bilinear_game", d=4, lam=0.3, spread=spread) for spread in (0.0, 3.0))
    z = np.random.default_rng(0).standard_normal(8)
    np.testing.assert_allclose(
        one.oracle(NUMPY, 0, N).gradients(z), other.oracle(NUMPY, 0, N).gradients(z), rtol=1e-12
    )
    matrices, _ = one.sampled(0)
    assert np.linalg.norm(matrices[0][:4, 4:], 2) == pytest.approx(1)
    assert np.ptp(matrices, axis=0).max() == 0 and np.ptp(other.sampled(0)[0], axis=0).max() > 0.5


def test_the_mean_of_a_quadratic_game_has_the_curvatures_asked_for() -> None:
    problem = dealt("quadratic_game", n=4, d=5, mu=-0.3, L=2.0, norm=1.5)
    matrix = problem._measures[0]
    for own in (matrix[:5, :5], matrix[5:, 5:]):
        np.testing.assert_allclose(np.linalg.eigvalsh(own), np.linspace(-0.3, 2, 5), atol=1e-12)
    assert np.linalg.norm(matrix[:5, 5:], 2) == pytest.approx(1.5)


def test_policy_evaluation_is_least_squares_temporal_differences() -> None:
    """theta* = A^-1 b of all transitions, w* = 0."""
    problem = dealt("policy_evaluation", states=9, features=3, samples=40)
    parts = [problem.transitions(i) for i in range(N)]
    here, there, rewards = (np.concatenate(part) for part in zip(*parts, strict=True))
    theta = np.linalg.solve(here.T @ (here - 0.95 * there), here.T @ rewards)
    solution = problem.solution()
    np.testing.assert_allclose(solution.point, [*theta, 0, 0, 0], atol=1e-10)
    assert problem.constant("mu") == 0


@pytest.mark.parametrize("size", [(3, 4), (12, 20)])
def test_equilibria_of_matrix_games_are_those_of_linear_programming(size: tuple[int, int]) -> None:
    from scipy.optimize import linprog

    rows, columns = size
    problem = dealt("matrix_game", rows=rows, columns=columns)
    payoff = problem._measures[0][:rows, rows:]
    found = linprog(
        [*np.zeros(rows), 1],
        A_ub=np.hstack([payoff.T, -np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=[[*np.ones(rows), 0]],
        b_eq=[1],
        bounds=[*[(0, None)] * rows, (None, None)],
    )
    z = problem.solution().point
    assert z[:rows] @ payoff @ z[rows:] == pytest.approx(found.fun, abs=1e-9)
    np.testing.assert_allclose(z[:rows], found.x[:rows], atol=1e-8)
    assert problem.gap(z) == pytest.approx(0, abs=1e-9)
    assert problem.gap(problem.start) == pytest.approx(payoff.mean(axis=0).max() - payoff.mean(axis=1).min())


@pytest.mark.parametrize("label", ["bilinear", "quadratic", "policy", "least squares", "logistic"])
def test_solutions_solve(label: str) -> None:
    """The natural residual, from the mean operator, is 0."""
    problem = made(label)
    solution = problem.solution()
    assert solution is not None and solution.unique
    moved = solution.point - problem.oracle(NUMPY, 0, N).gradients(solution.point).mean(axis=0)
    psi = problem.regulariser
    there = moved if psi is None else psi.prox(NUMPY.xp, moved[None], np.ones((1, 1)))[0]
    np.testing.assert_allclose(there, solution.point, atol=1e-11)
    if problem.gap(solution.point) is not None:
        assert problem.gap(solution.point) == pytest.approx(0, abs=1e-11)


def test_a_game_that_is_not_monotone_says_so() -> None:
    problem = made("not monotone")
    assert problem.constant("mu") is None and problem.gap(problem.start) is None
    assert problem.solution() is not None  # of F = 0
    assert made("cheap noise").solution() is None and made("cheap shift").solution() is None
    with pytest.raises(SetupError, match="no duality gap in closed form"):
        cablese.run(
            "extragradient", problem="quadratic_game(d = 3, mu = -0.2, L = 1)", nodes=N, metrics="gap"
        )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("quadratic_game(d = 3, mu = -0.2, L = 1)", "mu = -0.2 is negative"),
        ('robust_least_squares(data = "diabetes", lam = 0.5)', "lam = 0.5 is below 1"),
        ('robust_logreg(data = "breast_cancer", beta = 0.5)', "beta = 0.5 is below radius^2/4 = 1"),
    ],
)
def test_a_method_for_monotone_operators_is_warned_of_one_that_is_not(
    text: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from cablese.cli.main import app

    run: dict[str, Any] = {"problem": text, "nodes": N, "rounds": 2, "set": {"gamma": 0.01}}
    with pytest.warns(UserWarning, match=re.escape(f"is not known to be monotone: {why}. Extragradient is")):
        assert cablese.run("extragradient", **run).points  # a warning, no error
    with pytest.raises(SetupError, match="not known to be monotone"):
        cablese.run("extragradient", **run, strict=True)
    line = ["run", "extragradient", "--problem", text, "-n", str(N), "-k", "2", "--set", "gamma=0.01"]
    with pytest.raises(SystemExit) as ended:
        app(line)
    assert not ended.value.code and f"warning: {text.split('(')[0]}" in capsys.readouterr().err


def test_monotone_games_are_told_nothing(recwarn: pytest.WarningsRecorder) -> None:
    for text in ("quadratic_game(d = 3, mu = 0, L = 1)", "matrix_game(rows = 3, columns = 4)"):
        cablese.run("extragradient", problem=text, nodes=N, rounds=2)
    assert not [warning for warning in recwarn if "monotone" in str(warning.message)]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        (
            "bilinear_game",
            {"d": 3, "lam": 1, "samples": 0},
            "`samples` of `bilinear_game` must be at least 1",
        ),
        ("quadratic_game", {"d": 3, "mu": 2, "L": 1}, "`quadratic_game` needs mu <= L, but mu = 2 and L = 1"),
        (
            "policy_evaluation",
            {"discount": 1.0},
            "`discount` of `policy_evaluation` must be at least 0 and below 1",
        ),
        ("matrix_game", {"rows": 1, "columns": 3}, "`rows` of `matrix_game` must be at least 2"),
        ("robust_logreg", {"data": "iris"}, "`robust_logreg` needs two classes"),
    ],
)
def test_wrong_arguments_are_told(name: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(SetupError) as caught:
        dealt(name, **arguments)
    assert words in str(caught.value)


def test_a_set_cannot_be_added_to_one_that_comes_with_the_game() -> None:
    with pytest.raises(SetupError, match=r"`matrix_game` comes with a regulariser or set of its own"):
        make_problem(
            "matrix_game",
            {"rows": 2, "columns": 2},
            n=N,
            split="contiguous",
            seed=0,
            added=[("ball", {"r": 1})],
        )


# --- methods -------------------------------------------------------------------------------------------------

MASHA1 = """algorithm StochasticMASHA1
problem vi
compressor Q: unbiased = identity()
param tau   = 0.8
param gamma = 0.1
init:
    all:
        z = x0
        w = x0
    node -> server: m = F(w)
    node: Fw_i = m
    server -> all: Fw = mean(m)
round:
    all:
        z_bar = tau * z + (1 - tau) * w
        z_half = prox(z_bar - gamma * Fw, gamma)
    node: event pi ~ minibatch(1)
    node -> server: q = Q(F(z_half, pi) - OLD)
    server: event c ~ bernoulli(1 - tau)
    server -> all: g = mean(q), c
    all: z = prox(z_bar - gamma * (g + Fw), gamma)
    if c:
        all: w = z
        node -> server: m = F(w)
        node: Fw_i = m
        server -> all: Fw = mean(m)
output z
"""
CORRECTED, MISPRINTED = (Source("masha1.alg", MASHA1.replace("OLD", old)) for old in ("F(w, pi)", "Fw_i"))


@pytest.mark.slow
def test_the_misprint_in_stochastic_masha1_stalls_where_the_corrected_form_converges() -> None:
    """F8 of the reference: only differences of the same sample have a variance that vanishes."""
    common: dict[str, Any] = {
        "problem": "bilinear_game(d = 3, lam = 0.5, samples = 6)",
        "nodes": 2,
        "rounds": 1500,
        "wire": "float64",
        "metrics": "dist2",
    }
    right, wrong = (cablese.run(spec, **common) for spec in (CORRECTED, MISPRINTED))
    assert right.points[-1].metrics["dist2"] < 1e-12
    assert min(point.metrics["dist2"] for point in wrong.points[-5:]) > 1e-3


@pytest.mark.parametrize(
    "text",
    ["bilinear_game(d = 3, lam = 0.2, samples = 4)", "matrix_game(rows = 3, columns = 4, samples = 4)"],
)
def test_stochastic_masha1_on_one_node_is_extragradient_with_variance_reduction(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T31 of the reference, with real samples: F8 with n = 1 and no compression is F3 (Alacaoglu and Malitsky, Alg. 1)."""
    asked: list[int] = []
    before = AffineOracle.batch_gradients

    def watched(self: AffineOracle, point: Any, batch: Batch, members: Any = None) -> Any:
        asked.append(int(batch.indices[0, 0]))
        return before(self, point, batch, members)

    monkeypatch.setattr(AffineOracle, "batch_gradients", watched)
    result = cablese.run(
        CORRECTED,
        problem=text,
        nodes=1,
        rounds=60,
        every=1,
        wire="float64",
        metrics="dist2",
        set={"tau": "0.6"},
    )
    monkeypatch.undo()
    assert asked[::2] == asked[1::2] and len(set(asked)) == 4
    indices, ups = asked[::2], [point.bits_up for point in result.points]
    renewed = [later - earlier > 64 * result.header.d + 1 for earlier, later in pairwise(ups)]
    assert 0 < sum(renewed) < 60

    name, _, rest = text.partition("(")
    given = {part.split("=")[0].strip(): part.split("=")[1] for part in rest[:-1].split(",")}
    problem = dealt(name, n=1, **{key: float(v) if key == "lam" else int(v) for key, v in given.items()})
    matrices, shifts = problem.sampled(0)
    psi, solution = problem.regulariser, problem.solution()

    def prox(v: np.ndarray) -> np.ndarray:
        return v if psi is None else psi.prox(NUMPY.xp, v[None], np.full((1, 1), 0.1))[0]

    def mean(v: np.ndarray) -> np.ndarray:
        return np.asarray((matrices @ v + shifts).mean(axis=0))

    z = w = problem.start
    distances = [np.sum((z - solution.point) ** 2)]
    for j, coin in zip(indices, renewed, strict=True):
        bar = 0.6 * z + 0.4 * w
        half = prox(bar - 0.1 * mean(w))
        z = prox(bar - 0.1 * (mean(w) + matrices[j] @ half - matrices[j] @ w))
        w = z if coin else w
        distances.append(np.sum((z - solution.point) ** 2))
    np.testing.assert_allclose(result.trace.dist2, distances, rtol=1e-8)


@pytest.mark.parametrize(
    "text",
    [
        "bilinear_game(d = 3, lam = 0.3)",
        "quadratic_game(d = 3, mu = 0.2, L = 1)",
        "matrix_game(rows = 3, columns = 4)",
        "policy_evaluation(features = 3, l2 = 0.1)",
        'robust_logreg(data = "breast_cancer", scale = "columns", l2 = 0.1, radius = 1)',
        'robust_least_squares(data = "diabetes", scale = "columns", l2 = 1) + ball(r = 9, on = noise)',
    ],
)
def test_minibatches_run_on_every_game(text: str) -> None:
    """Samples are counted, and a run gets nearer."""
    spec = Source(
        "masha1.alg", MASHA1.replace("OLD", "F(w, pi)").replace("param gamma = 0.1", "param gamma = 0.1 / L")
    )
    result = cablese.run(spec, problem=text, nodes=N, rounds=150, wire="float64")
    first, last = (point.metrics for point in (result.points[0], result.points[-1]))
    name = "natural2" if "natural2" in first else "residual2"
    assert last[name] < 0.95 * first[name]
    assert result.points[-1].oracle_calls < 150 * 3 * 60 * N + 2 * sum(result.header.samples) * 60
