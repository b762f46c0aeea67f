"""Ends of runs at points: `--stop` and `--max-bits`, and growth that is told as divergence."""

from __future__ import annotations

import cablese
import pytest
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.interface import Point
from cablese.runtime.execute.stop_rules import read_stop_rule

QUICK = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 100, "every": 10}


def point(**metrics: float) -> Point:
    return Point(7, 100, 200, 20, 1, 2, 0, 5.0, metrics, 0.5)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("loss <= 0.5", True),
        ("loss < 0.5", False),
        ("1e-3 < loss <= 1/2", True),
        ("loss * 2 - 1 >= 0 and round > 7", False),
        ("loss > 1 or bits_up + bits_down >= 300", True),
        ("not loss > 1", True),
        ("not grad_norm2 > 1", False),  # not measured at this point
        ("grad_norm2 <= 1", False),
        ("loss / bits_shared > 1e300", True),  # infinite
    ],
)
def test_a_rule_is_a_condition_on_a_point(rule: str, holds: bool) -> None:
    assert read_stop_rule(rule).holds(point(loss=0.5)) is holds


@pytest.mark.parametrize("rule", ["loss", "loss == 1", "3", "norm2(x) < 1", "loss < true", "loss < 1 < x.y"])
def test_what_is_no_condition_is_refused(rule: str) -> None:
    with pytest.raises((UsageError, cablese.SpecError)):
        read_stop_rule(rule)


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        ("grad_norm2 = 1e-8", "grad_norm2 <= 1e-8"),
        ("loss==1e-3 or rounds = 5", "loss<=1e-3 or rounds <= 5"),
        ("bits_up = 1e6", "bits_up >= 1e6"),
        ("test_accuracy =< 0.9", "test_accuracy <= 0.9"),
        ("test_accuracy = 0.9 and loss >= 0", "test_accuracy >= 0.9 and loss >= 0"),
    ],
)
def test_an_equality_is_told_the_comparison_that_is_meant(rule: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_stop_rule(rule)
    assert str(caught.value).endswith(f"write --stop '{meant}'.")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("los <= 1", "did you mean `loss`"),
        ("f_gap <= 1", "--metrics f_gap"),
        ("seconds >= 3", "--max-seconds"),
        ("loss_avg <= 1", "returns no average.*take `loss`"),
    ],
)
def test_a_name_that_no_point_has_is_refused_before_the_run(rule: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        cablese.run("gd", **QUICK, stop=rule)


def test_a_rule_may_be_of_every_metric_that_points_have() -> None:
    for spec, metrics in (
        ("gd", ()),
        ("gd", ("f_gap",)),
        ("extragradient", ()),
        ("extragradient", ("dist2",)),
    ):
        problem = "bilinear_saddle(d = 3, lam = 0.5)" if spec == "extragradient" else QUICK["problem"]
        result = cablese.run(spec, problem=problem, nodes=2, rounds=1, metrics=metrics)
        rule = " and ".join(f"{name} >= -1e300" for name in result.points[0].metrics)
        again = cablese.run(spec, problem=problem, nodes=2, rounds=1, metrics=metrics, stop=rule)
        assert again.stopped == f"--stop '{rule}'"


def test_a_run_ends_at_the_first_point_where_the_rule_holds() -> None:
    whole = cablese.run("gd", **QUICK)
    short = cablese.run("gd", **QUICK, stop="grad_norm2 <= 1e-4")
    first = next(i for i, p in enumerate(whole.points) if p.metrics["grad_norm2"] <= 1e-4)
    assert 0 < first < len(whole.points) - 1
    assert [p.metrics for p in short.points] == [p.metrics for p in whole.points[: first + 1]]
    assert short.stopped == "--stop 'grad_norm2 <= 1e-4'" and not short.failed


def test_a_rule_may_hold_at_the_start() -> None:
    assert len(cablese.run("gd", **QUICK, stop="round >= 0").points) == 1


def test_bits_bound_a_run() -> None:
    result = cablese.run("gd", **QUICK, max_bits=3 * 2 * 6 * 32 * 25)
    assert result.points[-1].round == 30 and result.stopped == "--max-bits 28800"
    assert cablese.run("gd", **QUICK, max_bits="28.8 kbit").header.max_bits == 28800


def test_growth_short_of_infinity_is_told() -> None:
    diverging = cablese.run("gd", **QUICK, set={"gamma": 1.1})
    assert "GD diverges: ‖∇f(x)‖² has grown from" in diverging._repr_html_()
    assert "diverges" not in cablese.run("gd", **QUICK)._repr_html_()


def test_a_loss_that_grows_while_its_gradient_falls_is_told() -> None:
    result = cablese.run(
        "marina",
        problem='logreg(data = "breast_cancer", scale = "columns")',
        nodes=4,
        rounds=100,
        every=10,
        set={"gamma": "50 / L"},
    )
    assert result.trace.grad_norm2[-1] < result.trace.grad_norm2[0]
    assert "MARINA diverges: loss f(x) has grown from" in result._repr_html_()
