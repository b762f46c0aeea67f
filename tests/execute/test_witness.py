"""Trial runs of two methods: problems on which their differences show."""

from __future__ import annotations

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.execute.difference import Difference, difference
from cablese.runtime.library import find_spec


def compared(name: str, old: str, new: str) -> Difference:
    """A shipped spec beside one with a text replaced."""
    spec = find_spec(name)
    assert old in spec.text
    return difference((spec, Source("other.alg", spec.text.replace(old, new))), (), quick=False)


def test_steps_of_a_regulariser_are_told_apart() -> None:
    found = compared("diana", "prox(x - gamma * g, gamma)", "prox(x - gamma * g, 2 * gamma)")
    assert found.answer == "different" and found.trial is not None
    assert all("+ l1(" in problem for problem in found.trial.problems)


@pytest.mark.slow
def test_a_method_without_a_regulariser_is_run_on_problems_without_one() -> None:
    found = compared("diana", "prox(x - gamma * g, gamma)", "x - gamma * g")
    assert found.answer == "not proven" and found.trial is not None and not found.trial.failed
    assert not any("+ l1(" in problem for problem in found.trial.problems)
    assert found.without_prox is not None and found.without_prox.value == "the same method"


@pytest.mark.slow
def test_minibatches_of_an_operator_are_told_apart() -> None:
    found = compared("masha1_stochastic", "event xi ~ minibatch(b)", "event xi ~ minibatch(1)")
    assert found.answer == "different"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("dgc", "most / sqrt(n)", "2 * most / sqrt(n)"),  # a threshold of 1e3, which no gradient meets
        ("l_svrg", "w = x", "w = 2 * x"),  # where a coin of 1 in 190 falls
        ("dist_ef_block_sgd", "p = beta * m", "p = 2 * beta * m"),  # beta is 0
        ("lamb", "C(grad(x, xi))", "grad(x, xi)"),  # C changes nothing in short vectors
        ("rand_mcm_1mem", "if k % T == 0:", "if 2 * k % T == 0:"),  # which is the same for all odd T
    ],
)
@pytest.mark.slow
def test_what_defaults_hide_is_told_apart(name: str, old: str, new: str) -> None:
    """Found by mutants."""
    assert compared(name, old, new).answer == "different"


BOUNDED = """\
algorithm Bounded
problem minimize
param beta = 0.3
param gamma = 1 / L
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - where(g > 0, max(g, 0), (g - abs(g)) / 2) * gamma * beta
output x
"""


@pytest.mark.parametrize(
    ("old", "new"), [("0.3", "0.2 where 0 < beta < 0.25"), ("0.3", "0"), ("0.3", "0.9 where beta > 0.5")]
)
def test_both_run_with_values_that_both_admit(old: str, new: str) -> None:
    """Algebra does not see that they are one, and runs with params of their own would part."""
    other = BOUNDED.replace(f"beta = {old}", f"beta = {new}").replace("max(g, 0)", "(g + abs(g)) / 2")
    found = difference((Source("a.alg", BOUNDED), Source("b.alg", other)), (), quick=False)
    assert found.answer == "not proven" and found.trial is not None and found.trial.runs > 0


def test_params_that_no_value_fits_are_not_taken_for_one() -> None:
    """A weight of at most 1 and a number of nodes from 2 on: found in pairs of the library, which were left open."""
    found = difference((find_spec("rand_mcm_1mem"), find_spec("tamuna")), (), quick=False)
    assert found.answer == "different"
    assert found.comparison.pairing.params.get("s") != "alpha_dwn"
