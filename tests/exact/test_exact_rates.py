"""Exact worst-case rates: known tight ones, programs written by hand, runs on real problems, and what is not translated."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest
from cablese.cli.main import app
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.exact.instance import Instance
from cablese.runtime.exact.rates import Exact, Standing, exact_rates
from cablese.runtime.library import find_spec, shipped_specs
from click.testing import CliRunner

PEPit = pytest.importorskip("PEPit", reason="the extra `pepit` solves the programs")

GD = """algorithm Descent
problem {problem}
param gamma = {gamma}
init:
    all: x = x0
round:
    node -> server: m = {oracle}(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output {output}
guarantee "T" for {guarantee}
"""


def descent(
    guarantee: str, gamma: str = "1 / L", output: str = "x", problem: str = "minimize", oracle: str = "grad"
) -> Source:
    text = GD.format(gamma=gamma, output=output, guarantee=guarantee, problem=problem, oracle=oracle)
    return Source("descent.alg", text)


def lefts(source: Source, rounds: int, constants: str = "", *settings: str) -> list[float]:
    (found, *_) = exact_rates(source, settings, Instance.read(constants), rounds)
    assert not found.reason
    return [rate.left for rate in found.rates if rate.left is not None]


def one(name: str, constants: str = "", rounds: int = 1, place: int = 0, *settings: str) -> Exact:
    return exact_rates(find_spec(name), settings, Instance.read(constants), rounds)[place]


# --- rates that are known ------------------------------------------------------------------------------------


@pytest.mark.parametrize("constants", ["n = 1, L = 2", "n = 3, L = 2"])
def test_descent_on_convex_functions_is_slow_by_four_times_the_rounds(constants: str) -> None:
    """L ||x0 - x*||^2 / (4 N + 2): Drori, Teboulle (2014)."""
    source = descent("convex: last(f_gap) <= L * dist2_0 / rounds")
    assert lefts(source, 4, constants) == pytest.approx([2 / (4 * N + 2) for N in (1, 2, 3, 4)], rel=1e-5)


def test_descent_on_smooth_functions_has_a_gradient_of_the_descent_lemma() -> None:
    """The least gradient of N steps of 1/L is at most 4 L f_gap / (3 N + 1); the mean one has 2 L f_gap / N, which a slope
    that turns at the last point attains."""
    source = descent("smooth: average(grad_norm2) <= 2 * L * f_gap0 / rounds")
    assert lefts(source, 3) == pytest.approx([2, 1, 2 / 3], rel=1e-5)


def test_the_best_constant_step_on_strongly_convex_functions() -> None:
    """((L - mu) / (L + mu))^2 a round, which a quadratic attains."""
    source = descent("strongly_convex: last(dist2(x)) <= dist2_0", gamma="2 / (L + mu)")
    factor = ((1 - 0.1) / (1 + 0.1)) ** 2
    assert lefts(source, 3) == pytest.approx([factor, factor**2, factor**3], rel=1e-5)


def test_steps_along_monotone_operators_leave_the_solution() -> None:
    """||z - gamma F(z)||^2 is at most (1 + gamma^2 L^2) ||z||^2, which a rotation attains."""
    source = descent("monotone: last(dist2(x)) <= dist2_0", gamma="0.5", problem="vi", oracle="F", output="x")
    assert lefts(source, 2) == pytest.approx([1.25, 1.25**2], rel=1e-5)


# --- programs written by hand --------------------------------------------------------------------------------


def by_hand(build: Any) -> float:
    problem = PEPit.PEP()
    problem.set_performance_metric(build(problem))
    return float(problem.solve(verbose=0, solver="SCS", eps=1e-7, max_iters=100_000))


def bounded(problem: Any, function: Any, points: list[Any], L: float = 1.0) -> Any:
    """A lower bound of a smooth function, with the conditions that make it one."""
    least = PEPit.Expression(is_leaf=True)
    for point in points:
        problem.add_constraint(function.value(point) - least >= function.gradient(point) ** 2 / (2 * L))
    problem.set_initial_condition(function.value(points[0]) - least <= 1)
    return least


def test_ef21_of_one_node_and_two_rounds() -> None:
    gamma, kept = 1 / (1 + np.sqrt(3 / 4) / (1 - np.sqrt(3 / 4))), 1 - 1 / 4

    def build(problem: Any) -> Any:
        f = problem.declare_function(PEPit.functions.SmoothFunction, L=1.0)
        x0, c = problem.set_initial_point(), problem.set_initial_point()
        g0 = f.gradient(x0)
        x1 = x0 - gamma * g0
        sent = f.gradient(x1) - g0
        problem.add_constraint((c - sent) ** 2 <= kept * sent**2)
        x2 = x1 - gamma * (g0 + c)
        bounded(problem, f, [x0, x1, x2])
        return (f.gradient(x0) ** 2 + f.gradient(x1) ** 2) / 2

    found = one("ef21", "n = 1, d = 4", 2)
    assert found.tight
    assert found.rates[1].left == pytest.approx(by_hand(build), rel=1e-4)


def feedback(classes: str) -> Source:
    """Error feedback with gamma = 1/8, and a bound for convex functions."""
    text = find_spec("ef_sgd").text.replace("1 / (28 * delta(C) * L_max)", "1 / 8")
    text = text.replace("smooth, homogeneous when gamma <= 1 / (4 * delta(C) * L)", classes)
    text = text.replace("average(grad_norm2) <= 4 * f_gap0 / (gamma * rounds)", "last(f_gap) <= dist2_0")
    return Source("feedback.alg", text)


def test_error_feedback_of_two_nodes_and_two_rounds() -> None:
    """One function at both nodes, whose compressors drop what they like; delta = 4."""

    def build(problem: Any) -> Any:
        f = problem.declare_function(PEPit.functions.SmoothConvexFunction, L=1.0)
        optimum, x = f.stationary_point(), problem.set_initial_point()
        problem.set_initial_condition((x - optimum) ** 2 <= 1)
        errors: list[Any] = [0 * x, 0 * x]
        for _ in range(2):
            asked = [e + f.gradient(x) / 8 for e in errors]
            sent = [problem.set_initial_point() for _ in errors]
            for v, c in zip(asked, sent, strict=True):
                problem.add_constraint((c - v) ** 2 <= 0.75 * v**2)
            errors = [v - c for v, c in zip(asked, sent, strict=True)]
            x = x - (sent[0] + sent[1]) / 2
        return f.value(x) - f.value(optimum)

    found = lefts(feedback("convex, homogeneous"), 2, "n = 2, d = 4")
    assert found[1] == pytest.approx(by_hand(build), rel=1e-4)


def test_error_feedback_of_nodes_that_differ_is_as_bad_as_their_difference() -> None:
    """Their gradients at the solution may be of any size, and so may what a compressor makes of them."""
    (found,) = exact_rates(feedback("convex"), [], Instance(n=2), 1)
    assert found.rates[0].ratio == np.inf
    assert found.standing is Standing.REFUTED


DIANA = """algorithm Memory
problem minimize
compressor C: contractive = top_k(k = ceil(d / 10))
param alpha = 1 / 2
param gamma = 1 / (4 * L)
init:
    all: x = x0
    node: h_i = zeros
    server: h = zeros
round:
    node -> server: m = C(grad(x) - h_i)
    node: h_i = h_i + alpha * m
    server -> all: g = h + mean(m)
    server: h = h + alpha * mean(m)
    all: x = prox(x - gamma * g, gamma)
output x
guarantee "T" for strongly_convex: last(dist2(x)) <= start(dist2(x) + mean(norm2(h_i - grad_star)))
"""


def test_diana_with_a_contractive_compressor() -> None:
    def build(problem: Any) -> Any:
        f = problem.declare_function(PEPit.functions.SmoothStronglyConvexFunction, L=1.0, mu=0.2)
        optimum, x = f.stationary_point(), problem.set_initial_point()
        problem.set_initial_condition((x - optimum) ** 2 <= 1)
        h = 0 * x
        for _ in range(2):
            asked, sent = f.gradient(x) - h, problem.set_initial_point()
            problem.add_constraint((sent - asked) ** 2 <= 0.75 * asked**2)
            x, h = x - (h + sent) / 4, h + sent / 2
        return (x - optimum) ** 2

    source = Source("memory.alg", DIANA)
    assert lefts(source, 2, "n = 1, d = 4, mu = 0.2")[1] == pytest.approx(by_hand(build), rel=1e-4)


def test_marina_as_a_mean_over_its_coins() -> None:
    """Without compression in the way the four sequences of coins are written out; omega of rand_k(k = 1) of 2 is 1."""
    gamma, chances = 0.3, {True: 0.5, False: 0.5}

    def build(problem: Any) -> Any:
        f = problem.declare_function(PEPit.functions.SmoothFunction, L=1.0)
        x0 = problem.set_initial_point()
        g0 = f.gradient(x0)
        total, x1 = f.gradient(x0) ** 2 / 3, x0 - gamma * g0
        total, points = total + f.gradient(x1) ** 2 / 3, [x0, x1]
        for coin in (True, False):  # of the first round; the second round's decides nothing that is measured
            g1 = f.gradient(x1)
            if not coin:
                step, drawn = f.gradient(x1) - f.gradient(x0), problem.set_initial_point()
                problem.add_constraint((drawn - step) ** 2 <= step**2)
                g1 = g0 + drawn
            x2 = x1 - gamma * g1
            total, points = total + chances[coin] * f.gradient(x2) ** 2 / 3, [*points, x2]
        bounded(problem, f, points)
        return total

    found = one("marina", "n = 1, d = 2", 3, 0, "gamma = 0.3", "p = 0.5")
    assert (found.paths, found.worst_draws, found.standing) == (8, ("Q",), Standing.OPEN)
    assert found.rates[2].left == pytest.approx(by_hand(build), rel=1e-4)


def test_methods_that_are_one_have_one_rate() -> None:
    for name, settings in (("marina", ["Q = identity()", "gamma = 1 / L"]), ("ef21", ["C = identity()"])):
        found = exact_rates(find_spec(name), settings, Instance.read("n = 2"), 2)[0]
        assert found.rates[1].left == pytest.approx(one("gd", "n = 2", 2).rates[1].left, rel=1e-4)
        assert not found.worst_draws


# --- against runs --------------------------------------------------------------------------------------------


def test_no_run_of_ef21_is_worse_than_the_worst() -> None:
    """Top-1 of four coordinates on quadratics, some of them not convex, over three rounds."""
    rates = [rate.left for rate in one("ef21", "n = 1, d = 4", 3).rates]
    gamma, draws, found = 1 / (1 + np.sqrt(0.75) / (1 - np.sqrt(0.75))), np.random.default_rng(1), [0.0] * 3
    for _ in range(2000):
        turned, _ = np.linalg.qr(draws.standard_normal((4, 4)))
        A = (turned * 10.0 ** draws.uniform(-2, 0, 4)) @ turned.T
        x, total = draws.standard_normal(4), 0.0
        at_start, g = x @ A @ x / 2, A @ x
        for k in range(3):
            total += float(np.sum((A @ x) ** 2))
            found[k] = max(found[k], total / (k + 1) / at_start)
            x = x - gamma * g
            away = A @ x - g
            place = int(np.argmax(np.abs(away)))
            g = g + np.where(np.arange(4) == place, away, 0)
    for least, most in zip(found, rates, strict=True):
        assert most is not None
        assert 0.8 * most < least <= most * (1 + 1e-6)


# --- verdicts, and what is not translated --------------------------------------------------------------------


def test_a_bound_that_is_too_small_is_refuted() -> None:
    source = descent("smooth: average(grad_norm2) <= L * f_gap0 / rounds")
    (found,) = exact_rates(source, [], Instance(), 2)
    assert found.standing is Standing.REFUTED
    assert found.rates[0].ratio == pytest.approx(2, rel=1e-4)


def test_a_step_that_the_theorem_excludes_is_replaced_by_the_largest_that_it_allows() -> None:
    source = descent(
        "smooth when gamma <= 1 / L: average(grad_norm2) <= 2 * f_gap0 / (gamma * rounds)", "5 / L"
    )
    (found,) = exact_rates(source, [], Instance(), 1)
    assert (found.setting, found.standing) == ("gamma = 1", Standing.HOLDS)


def test_a_schedule_is_followed() -> None:
    source = descent("convex: last(f_gap) <= dist2_0", gamma="1 / (L * (k + 1))")
    source = Source("descent.alg", source.text.replace("round:", "round k:"))

    def build(problem: Any) -> Any:
        f = problem.declare_function(PEPit.functions.SmoothConvexFunction, L=1.0)
        optimum, x = f.stationary_point(), problem.set_initial_point()
        problem.set_initial_condition((x - optimum) ** 2 <= 1)
        for k in range(3):
            x = x - f.gradient(x) / (k + 1)
        return f.value(x) - f.value(optimum)

    assert lefts(source, 3)[2] == pytest.approx(by_hand(build), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lag", "line 20: `norm2(y_i - g_i) > zeta * norm2(moved)` is a condition that is not known"),
        ("ef21_plus", "is a condition that is not known before the run"),
        ("pp_marina", "line 25: `event S ~ sample(n, r)` draws by `sample`"),
        ("ef21_pp", "draws by `each`"),
    ],
)
def test_what_is_not_translated_is_told_with_its_place(name: str, reason: str) -> None:
    assert reason in one(name, "n = 2").reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("all: x = x - gamma * sign(g)", "`sign(g)` is no linear combination"),
        ("all: x = x - gamma * norm2(g) * g", "is no linear combination"),
        ("all: x = x - g * g", "is no linear combination"),
        ("all: x = x - gamma * (g + 1)", "is no linear combination"),
        ("all: x = x - gamma * block_norm(g)", "is no linear combination"),
    ],
)
def test_steps_that_are_not_linear(line: str, reason: str) -> None:
    text = descent("smooth: average(grad_norm2) <= f_gap0").text.replace("all: x = x - gamma * g", line)
    (found,) = exact_rates(Source("descent.alg", text), [], Instance(), 1)
    assert reason in found.reason
    assert found.standing is None


@pytest.mark.parametrize(
    "guarantee", ["smooth: average(grad_norm2) <= f_gap0 + 1", "smooth: sqrt(last(grad_norm2)) <= f_gap0"]
)
def test_bounds_that_are_not_linear(guarantee: str) -> None:
    (found,) = exact_rates(descent(guarantee), [], Instance(), 1)
    assert "not linear in what is measured" in found.reason


@pytest.mark.slow
@pytest.mark.parametrize("name", [spec.name for spec in shipped_specs()])
def test_every_shipped_guarantee_is_translated_or_refused_with_a_reason(name: str) -> None:
    """One round: no bound of the library is refuted."""
    for found in exact_rates(find_spec(name), [], Instance(n=2), 1):
        assert bool(found.rates) is not bool(found.reason)
        assert found.standing is not Standing.REFUTED


def test_the_command(tmp_path: Any) -> None:
    run = CliRunner().invoke(
        app, ["verify", "gd", "--exact", "--constants", "n = 2, L = 2", "--rounds", "2", "--json"]
    )
    found = json.loads(run.stdout)
    assert run.exit_code == 0
    assert found["constants"] == {"n": 2, "d": 4, "L": 2.0, "mu": 0.1}
    assert {each["verdict"] for each in found["guarantees"]} == {"holds"}
    path = tmp_path / "wrong.alg"
    path.write_text(descent("smooth: average(grad_norm2) <= L * f_gap0 / rounds").text)
    run = CliRunner().invoke(app, ["verify", str(path), "--exact", "--rounds", "1"])
    assert run.exit_code == 1
    assert (
        "after 1 rounds the left side is 2 times the bound on the worst problem of the class smooth"
        in run.stderr
    )


@pytest.mark.parametrize("text", ["n = 4", "m = 2", "mu = 1", "n = 1.5", "L", "n = 1, n = 2", "mu = nan"])
def test_constants_out_of_range(text: str) -> None:
    with pytest.raises(UsageError, match="--constants takes"):
        Instance.read(text)


@pytest.mark.parametrize(
    "words",
    [
        ("--exact", "--quick"),
        ("--exact", "--seeds", "3"),
        ("--exact", "--rounds", "99"),
        ("--constants", "n = 2"),
    ],
)
def test_options_that_do_not_go_together(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["verify", "gd", *words]).exit_code == 2


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PEPit", None)
    with pytest.raises(SetupError, match=r"pip install 'cablese\[pepit\]'"):
        exact_rates(find_spec("gd"), [], Instance(), 1)
