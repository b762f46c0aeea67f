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
