"""Conditions on what depends on the round are checked in every round, before the first."""

from __future__ import annotations

import pytest
from cablese.runtime.errors import RunFailed, SetupError
from execute_runs import prepared, run

HEAD = """algorithm A: "test"
problem minimize
param gamma = 0.1 where gamma > 0
{lines}
init:
    all: x = x0
round k:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
"""


def said(lines: str, rounds: int = 10, *settings: str) -> str:
    with pytest.raises(SetupError) as caught:
        prepared(HEAD.format(lines=lines), rounds=rounds, settings=settings)
    return str(caught.value)


def test_the_first_round_that_breaks_a_condition_is_named() -> None:
    found = said("", 10, "gamma=0.1 - 0.03 * k")
    assert "spec.alg:3" in found
    assert "`gamma` is -0.02 in round 4" in found
    assert "gamma > 0" in found


def test_a_schedule_that_holds_in_all_rounds_runs() -> None:
    run("ef_sgd", settings=("gamma=0.1 / (k + 1)",))
    run(HEAD.format(lines=""), rounds=4, settings=("gamma=0.1 - 0.03 * k",))


def test_the_first_round_counts() -> None:
    assert "`gamma` is 0 in round 0" in said("", 1, "gamma=0.1 * k")
    run(HEAD.format(lines=""), rounds=0, settings=("gamma=0.1 * k",))


def test_conditions_over_other_schedules_and_over_last_rounds() -> None:
    falling = "param eta = 1 / (k + 1)\n"
    assert "`require eta <= 0.4` does not hold in round 0" in said(f"{falling}require eta <= 0.4")
    assert "`require prev(eta) < 0.9` does not hold in round 1" in said(f"{falling}require prev(eta) < 0.9")
    assert "`beta` is 0.5 in round 2" in said(f"{falling}param beta = 0.5 where beta < prev(eta) or k < 2")
    assert "does not hold in round 3" in said("require k + 1 < 4")
    assert "does not hold in round 5" in said("require mean(L_i * k) < 5 * mean(L_i)")
    run(HEAD.format(lines=f"{falling}require eta <= 1 and prev(eta) <= 1"), rounds=10)


def test_what_does_not_change_is_told_without_a_round() -> None:
    assert "round" not in said("require gamma > 1")


LOOP = HEAD.format(lines="{head}").replace(
    "    node ->", "    repeat {count}:\n        all: x = x / 2\n    node ->"
)


@pytest.mark.parametrize(
    ("head", "count"), [("param H = 0 - 2", "H"), ("", "n - 9"), ("param H = d", "n - H")]
)
def test_a_count_known_before_the_run_is_checked_before_it(head: str, count: str) -> None:
    with pytest.raises(SetupError, match=r"spec\.alg:8.*-.*not below 0"):
        prepared(LOOP.format(head=head, count=count))


@pytest.mark.parametrize(
    ("head", "count"), [("param H = 2 - k", "H"), ("", "2 - k"), ("", "floor(2 - k / 1)")]
)
def test_a_count_of_the_round_is_checked_in_it(head: str, count: str) -> None:
    run(LOOP.format(head=head, count=count), rounds=3)
    with pytest.raises(RunFailed, match="-1 times"):
        run(LOOP.format(head=head, count=count), rounds=4)


def test_long_chains_of_schedules_cost_their_length() -> None:
    """Each reads the one above it twice: worked out afresh at each reading, this would be 2^150 evaluations."""
    links = "\n".join(f"param p{j} = (p{j - 1} + p{j - 1}) / 2 where p{j} > 0" for j in range(1, 150))
    spec = HEAD.format(lines=f"param p0 = 1 / (k + 1)\n{links}").replace("x - gamma", "x - p149")
    run(spec, rounds=3)


def test_conditions_of_late_rounds_are_checked_when_the_run_comes_there() -> None:
    spec = HEAD.format(lines="require k < 200500")
    ahead = prepared(spec, rounds=10**9, every=10**6)
    with pytest.raises(SetupError, match="does not hold in round 200500"):
        ahead.loop.conditions.hold_before(201_000)
