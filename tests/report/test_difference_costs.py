"""The costs in a comparison: at samples where methods depend on them, and told to be missing where they need more."""

from __future__ import annotations

from cablese.runtime.execute.difference import SAMPLES, costs_of_both, difference
from cablese.runtime.library import find_spec
from cablese.runtime.report.difference import account_of


def cost_lines(one: str, other: str) -> list[str]:
    found = difference((find_spec(one), find_spec(other)), (), quick=True)
    return [text for label, text in account_of(found).lines if label == "cost"]


def test_methods_that_read_samples_are_compared_at_some() -> None:
    lines = cost_lines("marina", "vr_marina")
    assert lines[0] == f"for 10 nodes, {SAMPLES} samples at each and d = 1,000:"
    assert any(line.startswith("full gradients") for line in lines)
    assert "single gradients b·(2 - 1 / rounds); SGD 0" in cost_lines("sgd", "l_svrg")
    assert not any("single" in line for line in cost_lines("gd", "ef21"))
    assert cost_lines("gd", "diana")[0] == "for 10 nodes and d = 1,000:"


def test_what_needs_more_of_a_problem_says_so() -> None:
    found = difference((find_spec("scaffnew"), find_spec("gd")), (), quick=True)
    assert costs_of_both(found) is None
    assert cost_lines("scaffnew", "gd") == [
        "depends on numbers of a problem, which `cablese cost` takes by --constants"
    ]
