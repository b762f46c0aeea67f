"""Which names' points programs number: those at which some path may ask for a gradient twice, and no others."""

from __future__ import annotations

import pytest
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from plan_tools import method, plan_of, shipped

STEP = "server -> all: v = mean(m)\nall: x = x - 0.1 * v"


@pytest.mark.parametrize("name", ["gd", "diana", "ef21", "local_sgd", "extragradient", "dpsgd"])
def test_a_method_that_asks_once_at_each_point_numbers_none(name: str) -> None:
    assert shipped(name).tracked == frozenset()


def test_marina_asks_at_the_point_of_the_round_before() -> None:
    assert shipped("marina").tracked == {"x0", "x", "x_old"}


def test_minibatches_are_numbered_where_their_points_are() -> None:
    assert shipped("vr_marina").tracked == {"x0", "x", "x_old", "xi"}
    assert shipped("sgd").tracked == frozenset()


def test_a_copy_is_the_same_point() -> None:
    assert "y" in plan_of(method(f"all: y = x\nnode -> server: m = grad(x) - grad(y)\n{STEP}")).tracked
    assert not plan_of(method(f"all: y = x + 0\nnode -> server: m = grad(x) - grad(y)\n{STEP}")).tracked


def test_an_entry_of_each_node_is_a_point_of_its_own() -> None:
    assert not plan_of(method(f"node: y = x\nnode -> server: m = grad(x) - grad(y)\n{STEP}")).tracked


def test_a_point_that_a_branch_may_keep_is_numbered() -> None:
    body = f"""
        all: event c ~ bernoulli(0.5)
        if c:
            all: w = x
        node -> server: m = grad(w)
        {STEP.splitlines()[0]}
        {STEP.splitlines()[1]}
    """
    assert {"w", "x"} <= plan_of(method(body, init="all: x = x0; w = x")).tracked


def test_a_loop_asks_at_a_new_point_in_each_iteration() -> None:
    loop = "node: y = x\nrepeat 3:\n    node: y = y - 0.1 * grad(y)\nnode -> server: m = x - y\n"
    assert not plan_of(method(loop + STEP)).tracked
    kept = loop.replace("grad(y)", "(grad(y) - grad(x))")
    assert plan_of(method(kept + STEP)).tracked == {"x", "x0"}


def test_a_constant_is_one_point_for_good() -> None:
    assert plan_of(method(f"node -> server: m = grad(x0)\n{STEP}")).tracked >= {"x0"}


def test_losses_are_not_gradients() -> None:
    assert not plan_of(method(f"node -> server: m = grad(x), f = loss(x) + loss(x)\n{STEP}")).tracked


def test_a_gradient_is_last_where_no_path_asks_for_it_again() -> None:
    assert lasts("comp_ams") == [True]  # asked for twice in a round, computed once by the program itself
    # in init, then at x where a coin says so; else at x and, for the last time, at the point of the round before
    assert lasts("marina") == [False, False, False, True]


def lasts(name: str) -> list[bool]:
    calls = INSTRUCTIONS.walk(shipped(name))
    return [call.last for call in calls if isinstance(call, ir.CallOracle)]
