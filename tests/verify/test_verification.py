"""Verification: verdicts, what runs are looked at for, and the test of means, against independent computations."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from cablese.cli.main import app
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.execute.problems import Problems
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from cablese.runtime.verify.confidence import is_above, lower_limit
from cablese.runtime.verify.findings import Verdict
from cablese.runtime.verify.guarantees import Claimed, Effort, check_guarantee, tried
from cablese.runtime.verify.invariants import check_invariant
from cablese.runtime.verify.laws import check_law
from cablese.runtime.verify.markdown import markdown_page
from cablese.runtime.verify.measures import Gauge, NotMeasured
from cablese.runtime.verify.problems import Trial, general_trials
from cablese.runtime.verify.table import verify_record
from cablese.runtime.verify.trials import Bench, options_of
from cablese.runtime.verify.verify import effort_of, find_specs, verify
from click.testing import CliRunner

TRIAL = Trial("quadratic(d = 3, mu = 0.5, L = 1, spread = 0, seed = 2)", 2)
GD = """algorithm Descent
problem minimize
param gamma = 1 / (2 * L)
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server: v = mean(m)
    server -> all: g = v
    all: x = x - gamma * g
output {output}
{claims}
"""


def spec(*claims: str, output: str = "x") -> Source:
    return Source("descent.alg", GD.format(output=output, claims="\n".join(claims)))


def invariant(text: str) -> tuple[Verdict, str]:
    source = spec(f"invariant {text}")
    (claim,) = compile_spec(source, plugins()).invariants
    found = check_invariant(source, claim, [TRIAL], [0], 4, Problems())
    return found.verdict, found.detail


# --- invariants ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["v == mean(m)", "norm2(m) == dot(m, m)", "x - v == x - mean(m) + zeros", "g == v"]
)
def test_an_invariant_that_holds(text: str) -> None:
    assert invariant(text) == (Verdict.HELD, "in 4 rounds of 1 runs")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("x == 5 * x", "after round 0 at coordinate"),
        ("m == zeros", "after round 0 at node 0, coordinate"),
        ("v == (1 + 1e-7) * mean(m)", "after round 0 at coordinate"),
        ("norm2(v) == 0", "after round 0 the sides are"),
    ],
)
def test_an_invariant_that_does_not(text: str, where: str) -> None:
    verdict, detail = invariant(text)
    assert verdict is Verdict.REFUTED
    assert where in detail
    assert "--nodes 2 --problem 'quadratic(" in detail


def test_an_invariant_of_what_some_nodes_alone_have() -> None:
    text = spec("invariant mean(m) == mean(m)").text.replace("node ->", "node in S ->")
    source = Source("some.alg", text.replace("round:\n", "round:\n    all: event S ~ subset(n, 1)\n"))
    (claim,) = compile_spec(source, plugins()).invariants
    found = check_invariant(source, claim, [TRIAL], [0], 4, Problems())
    assert found.verdict is Verdict.NOT_TRIED
    assert "`m`" in found.detail


# --- measures ------------------------------------------------------------------------------------------------


def measures(claim: str, output: str = "x", rounds: int = 5) -> list[float]:
    source = spec(f'guarantee "T" for strongly_convex: {claim}', output=output)
    problems, names = Problems(), frozenset({"x", "m"})
    bench = Bench.make(source, options_of(TRIAL, rounds), problems, names)
    guarantee = compile_spec(source, plugins()).guarantees[0]
    solution = bench.prepared.context.problem.solution()
    assert solution is not None
    found = Gauge(bench, guarantee, solution.value).run(bench, 0)
    return [found[one.symbol.name] for one in guarantee.measured]


def path(rounds: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The iterates (rounds + 1, d) of gradient descent by hand, curvatures and solution: all nodes are alike."""
    problem = Problems().dealt(TRIAL.problem, options_of(TRIAL, rounds))
    curvature, solution = np.geomspace(0.5, 1, 3), problem.solution()
    assert solution is not None
    away = np.cumprod(np.vstack([np.ones(3), np.tile(1 - curvature / 2, (rounds, 1))]), axis=0)
    return solution.point - away * solution.point, curvature, solution.point


def test_measures_by_hand() -> None:
    x, a, star = path()
    gaps = 0.5 * np.sum(a * (x - star) ** 2, axis=1)
    slopes = np.sum((a * (x - star)) ** 2, axis=1)
    (average,) = measures("average(grad_norm2) <= 1")
    assert average == pytest.approx(np.mean(slopes[:-1]))
    found = measures("last(2 * dist2(x) + f_gap) <= start(norm2(x - x_star) + mean(norm2(grad_star)))")
    assert found[0] == pytest.approx(2 * np.sum((x[-1] - star) ** 2) + gaps[-1])
    assert found[1] == pytest.approx(np.sum(star**2))  # all nodes alike: their gradients at x* are 0
    assert measures("last(mean(norm2(m))) <= 1")[0] == pytest.approx(slopes[-2])
    assert measures("at_output(f_gap) <= 1", "average(x)")[0] == pytest.approx(
        0.5 * np.sum(a * (np.mean(x[:-1], axis=0) - star) ** 2)
    )
    assert measures("at_output(f_gap) <= 1", "uniform(x)")[0] == pytest.approx(np.mean(gaps[:-1]))


def test_what_cannot_be_measured() -> None:
    with pytest.raises(NotMeasured, match="metrics of the output alone"):
        measures("at_output(dist2(x)) <= 1", "average(x)")


# --- guarantees ----------------------------------------------------------------------------------------------


def guarantee(claim: str, classes: str = "strongly_convex") -> tuple[Verdict, str, list[float]]:
    source = spec(f'guarantee "T" for {classes}{claim}')
    program = compile_spec(source, plugins())
    found = check_guarantee(Claimed(source, program, 0), Effort(4, 8, 1), Problems())
    return found.verdict, found.detail, [case.ratio for case in found.cases]


def test_a_bound_that_holds_and_one_that_does_not() -> None:
    verdict, _, ratios = guarantee(": last(dist2(x)) <= (1 - mu / (2 * L))^(2 * rounds) * dist2_0")
    assert verdict is Verdict.NOT_REFUTED
    assert 0.02 < ratios[0] < 1
    verdict, _, ratios = guarantee(": last(dist2(x)) <= (1 - mu / (2 * L))^(2 * rounds) * dist2_0 / 100")
    assert verdict is Verdict.REFUTED
    assert ratios[0] > 1


def test_the_largest_step_that_a_condition_allows_is_tried() -> None:
    source = spec('guarantee "T" for strongly_convex when gamma <= 2 / L: last(dist2(x)) <= 1.01 * dist2_0')
    found = check_guarantee(Claimed(source, compile_spec(source, plugins()), 0), Effort(4, 8, 1), Problems())
    assert [case.setting for case in found.cases] == ["default", "gamma = 2.0"]


@pytest.mark.parametrize(
    ("claim", "classes", "why"),
    [
        (": last(residual2) <= 1", "smooth", "no `residual2`"),
        (" when gamma > 5: last(f_gap) <= 1", "smooth", "the condition does not hold: gamma > 5"),
        (": last(residual2) <= 1", "monotone", "no problem of its classes"),
    ],
)
def test_a_guarantee_that_is_not_tried(claim: str, classes: str, why: str) -> None:
    verdict, detail, _ = guarantee(claim, classes)
    assert verdict is Verdict.NOT_TRIED
    assert why in detail


def test_a_random_method_is_run_until_its_bound_is_refuted() -> None:
    """The ratio of MARINA's sides, bounded 20 times too low, is above 1 in every run: a few suffice."""
    text = find_spec("marina").text.replace("<= 2 * f_gap0", "<= 0.1 * f_gap0")
    source = Source("marina.alg", text)
    claimed = Claimed(source, compile_spec(source, plugins()), 0)
    case = tried(claimed, "smooth", TRIAL, (), Effort(40, 8, 1), 1e-3, Problems())
    assert case.refuted
    assert case.runs < 12
    assert 1 < case.at_least < case.ratio


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "verdict"), [(1, Verdict.NOT_REFUTED), (1.1, Verdict.REFUTED)])
def test_the_worst_problem_refutes_what_others_do_not(
    factor: float, verdict: Verdict, tmp_path: Path
) -> None:
    """Gradient descent's rate on strongly convex functions is attained: no smaller bound holds, if only by a tenth."""
    bound = f"(1 - 2 * gamma * mu * L / (L + mu))^rounds * dist2_0 / {factor}"
    text = spec(f'guarantee "T" for strongly_convex when gamma <= 2 / (L + mu): last(dist2(x)) <= {bound}')
    (finding,) = verify(text, Effort(2, 16, 1), worst=tmp_path).findings
    assert finding.verdict is verdict
    *others, worst = finding.cases
    assert max(case.ratio for case in others) < 0.9
    assert worst.ratio == pytest.approx(factor, rel=0.02)
    assert CliRunner().invoke(app, ["run", "gd", *shlex.split(worst.problem), "-k", "3"]).exit_code == 0


# --- the test of means ---------------------------------------------------------------------------------------


def test_means_above_1_are_shown() -> None:
    assert not is_above([1.0] * 50, 1e-3)
    wealth = np.mean([(1 + share) ** 12 for share in (0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 1.0)])
    assert is_above([2.0] * 12, 1.01 / wealth)
    assert not is_above([2.0] * 12, 0.99 / wealth)
    assert is_above([1.0, np.inf], 1e-3)
    assert lower_limit([2.0] * 400, 1e-3) == pytest.approx(2, rel=0.05)
    assert lower_limit([0.0, 0.0], 1e-3) == 0


@pytest.mark.slow
def test_a_true_mean_is_seldom_refuted_however_often_one_looks() -> None:
    """Heavy tails with mean 1: of 400 sequences of 60, at most a twentieth ever have evidence of 20."""
    draws = np.random.default_rng(1).pareto(2.5, (400, 60)) * 1.5
    assert np.mean([any(is_above(row[: k + 1], 0.05) for k in range(60)) for row in draws]) < 0.05


# --- laws ----------------------------------------------------------------------------------------------------


def law(text: str) -> tuple[Verdict, str]:
    source = spec(f"equals {text}")
    program = compile_spec(source, plugins())
    found = check_law(source, program, 0, general_trials(program.problem)[:1], [0], 4, Problems())
    return found.verdict, found.detail


def test_laws() -> None:
    assert law("GD")[0] is Verdict.PROVEN
    verdict, detail = law("GD(gamma = gamma / 2)")
    assert verdict is Verdict.REFUTED
    assert detail.startswith("the outputs part by")
    assert law("NO_SUCH")[0] is Verdict.NOT_TRIED
    assert law("GD at rounds = 2")[0] is Verdict.REFUTED


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.alg"
    wrong.write_text(spec("invariant x == 5 * x").text)
    run = CliRunner().invoke(app, ["verify", str(wrong), "--json"])
    assert run.exit_code == 1
    record = json.loads(run.stdout)
    assert record["failed"]
    assert [finding["verdict"] for finding in record["specs"][0]["findings"]] == ["refuted"]
    assert "wrong.alg:12: invariant x == 5 * x is refuted" in run.stderr
    right = tmp_path / "right.alg"
    right.write_text(spec("invariant v == mean(m)").text)
    run = CliRunner().invoke(app, ["verify", str(right), "--quick"])
    assert (run.exit_code, run.stderr) == (0, "")
    assert "1 spec: 1 held" in run.stdout
    for words in ([], ["--all", "gd"], ["gd", "--seeds", "1"]):
        assert CliRunner().invoke(app, ["verify", *words]).exit_code == 2


def test_words_that_name_specs() -> None:
    assert [source.name for source in find_specs(["gd", "first_order"])] == ["gd.alg", "sgd.alg", "sgd_m.alg"]
    assert effort_of(quick=True, seeds=3, rounds=None).seeds == 3


def test_the_page_of_markdown() -> None:
    reports = [verify(spec("invariant v == mean(m)", "equals GD"), effort_of(quick=True, seeds=2, rounds=4))]
    page = markdown_page(verify_record(reports), " --quick")
    assert "`cablese verify --all --quick --markdown`" in page
    assert "1 specs: 1 invariants held, 1 laws proven." in page
    assert "| Descent | `invariant v == mean(m)` | held in 48 rounds of 4 runs |" in page
    assert "| Descent | `equals GD` | proven |" in page
