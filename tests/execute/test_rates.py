"""Rounds until an accuracy by guarantees: the formulas of theorems, and runs that are no slower."""

from __future__ import annotations

import math

import cablese
import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.problem_scale import scale_of_problem
from cablese.runtime.execute.rate import Rate, rate_of, rates_of
from cablese.runtime.execute.scale import Scale, read_constants
from cablese.runtime.library import find_spec

GIVEN = {"L": 1.0, "L_mean2": 1.5, "f_gap0": 10.0}
QUADRATIC = "quadratic(d = 12, mu = 0.1, L = 1, spread = 0.5, seed = 3)"


def rate(spec: str, metric: str = "grad_norm2", accuracy: float = 1e-3, **changed: object) -> Rate:
    source = Source("spec.alg", spec) if "\n" in spec else find_spec(spec)
    given = {"options": Options(nodes=10), "d": 1000, "given": GIVEN} | changed
    return rate_of(source, Scale(**given), metric, accuracy)  # type: ignore[arg-type]


def test_rates_of_shipped_specs_by_hand() -> None:
    """GD: 2 L f_gap0/eps. MARINA, Theorem 2.1: rand_k(k = 100) of 1000 has omega 9, p = 0.1. EF21, Theorem 1: delta = 10."""
    assert rate("gd") == Rate("GD", "descent lemma", "average(grad_norm2)", 20_000)
    marina = 1.5 * (1 + math.sqrt(0.9 * 9 / (0.1 * 10)))
    assert rate("marina").rounds == math.ceil(2 * 10 * marina / 1e-3)
    root = math.sqrt(0.9)
    assert rate("ef21").rounds == math.ceil(2 * 10 * (1 + 1.5 * root / (1 - root)) / 1e-3)


def test_settings_reach_the_spec_that_has_them() -> None:
    scale = Scale(Options(nodes=10, settings=("Q=rand_k(k = 500)",)), 1000, given=GIVEN)
    gd, marina = rates_of([find_spec("gd"), find_spec("marina")], scale, "grad_norm2", 1e-3)
    assert gd.rounds == 20_000
    assert marina.rounds == math.ceil(2 * 10 * 1.5 * (1 + math.sqrt(0.5 * 1 / (0.5 * 10))) / 1e-3)


def test_a_run_is_there_no_later_than_the_bound_says() -> None:
    scale = scale_of_problem(Options(nodes=5, problem=QUADRATIC), False, "codec", {})
    assert (scale.d, scale.given["L"], scale.given["mu"]) == (12, pytest.approx(1), pytest.approx(0.1))
    rounds = rate_of(find_spec("gd"), scale, "grad_norm2", 0.02).rounds
    run = cablese.run("gd", problem=QUADRATIC, nodes=5, rounds=rounds, every=1)
    slopes = [point.metrics["grad_norm2"] for point in run.points[:-1]]
    assert 10 < rounds < 10_000
    assert sum(slopes) / rounds <= 0.02
    gap = run.points[0].metrics["loss"] - min(point.metrics["loss"] for point in run.points)
    assert scale.given["f_gap0"] >= gap > 0.99 * scale.given["f_gap0"]


def test_games_have_their_distance() -> None:
    scale = scale_of_problem(Options(nodes=3, problem="bilinear_saddle(d = 4, lam = 0.5)"), True, "codec", {})
    assert scale.d == 8 and scale.given["dist2_0"] > 0 and "f_gap0" not in scale.given
    given = scale_of_problem(Options(nodes=3, problem=QUADRATIC), False, "codec", {"L": 7.0, "f_gap0": 2.0})
    assert (given.given["L"], given.given["f_gap0"]) == (7.0, 2.0)


CLAIMS = """algorithm Claims
problem minimize
param gamma = 0.5 / L
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
guarantee "slow" for smooth: last(f_gap) <= 4 * L * start(dist2(x)) / rounds
guarantee "fast" for convex: last(f_gap) <= L * dist2_0 / rounds
guarantee "steps" for convex when gamma <= 0.1 / L: last(f_gap) <= L * dist2_0 / (8 * rounds)
guarantee "both" for smooth: last(dist2(x) + f_gap) <= start(norm2(g)) / rounds
"""


def test_of_several_guarantees_that_hold_the_best_counts() -> None:
    given = {"L": 2.0, "dist2_0": 3.0}
    assert rate(CLAIMS, "f_gap", 0.1, given=given) == Rate("Claims", "fast", "last(f_gap)", 60)
    slow = CLAIMS.replace('guarantee "fast"', "# ")
    assert rate(slow, "f_gap", 0.1, given=given).rounds == 240
    small = Options(nodes=10, settings=("gamma = 0.01",))
    assert rate(CLAIMS, "f_gap", 0.1, given=given, options=small).theorem == "steps"


@pytest.mark.parametrize(
    ("spec", "metric", "changed", "told"),
    [
        ("signum", "grad_norm2", {}, "SIGNUM has no `guarantee`"),
        ("gd", "loss", {}, r"no guarantee of GD bounds loss: it bounds average\(grad_norm2\), last\(f_gap\)"),
        (CLAIMS, "dist2", {}, "no guarantee of Claims bounds dist2"),
        ("gd", "grad_norm2", {"given": {"L": 1.0}}, "reads `f_gap0`: give it by `--constants f_gap0="),
        ("gd", "grad_norm2", {"given": {"f_gap0": 1.0}}, "computed from `L`.*`--constants L="),
        ("gd", "grad_norm2", {"options": Options(settings=("gamma = 2",))}, "holds when `gamma <= 1 / L`"),
        ("gd", "grad_norm2", {"options": Options(settings=("gamma = 1 / rounds",))}, "computed from `rounds`"),
    ],
)  # fmt: skip
def test_a_spec_without_a_rate_is_refused(
    spec: str, metric: str, changed: dict[str, object], told: str
) -> None:
    with pytest.raises(SetupError, match=told):
        rate(spec, metric, **changed)


def test_a_bound_that_does_not_fall_is_refused() -> None:
    with pytest.raises(SetupError, match="does not fall that low"):
        rate("gd", accuracy=0.0)


def test_constants_as_they_are_written() -> None:
    assert read_constants("L = 2, mu=1e-3 ,dist2_0=0") == {"L": 2.0, "mu": 1e-3, "dist2_0": 0.0}
    for text, told in (
        ("", "takes numbers"), ("L", "takes numbers"), ("n = 3", "knows L, "), ("L = 1, L = 2", "twice"),
        ("L = -1", "0 or more"), ("mu = x", "0 or more"), ("mu = inf", "0 or more"), ("L = 1,", "takes numbers"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=told):
            read_constants(text)
