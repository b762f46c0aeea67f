"""In-place updates happen only where nobody else can hold the array."""

from __future__ import annotations

import pytest
from plan_tools import method, plan_of, shipped

SEND = "node -> server: q = Q(grad(x))\n"
STEP = "\nserver -> all: v = h\nall: x = x - 0.1 * v"


def owned(body: str, init: str = "all: x = x0\nserver: h = zeros; w = zeros") -> frozenset[str]:
    return plan_of(method(SEND + body + STEP, init=init)).owned


def test_memories_of_shipped_methods_are_updated_in_place() -> None:
    assert shipped("diana").owned == {"h", "h_i"}
    assert shipped("vr_marina").owned == set(), "what is sent as it is may be held by everyone"
    assert shipped("ef21", "C = top_k(k = 2)").owned >= {"g_i"}


@pytest.mark.parametrize(
    "lends",
    [
        "server: w = h",
        "server: w = prox(h, 0.1)",
        "server: w = where(1 > 0, h, w)",
        "server: w = prox(where(1 > 0, w, h), 0.1)",
    ],
)
def test_an_array_that_another_name_may_hold_is_left_alone(lends: str) -> None:
    assert "h" not in owned(f"server: h = h + mean(q)\n{lends}\nserver: h = h + 0 * w")


def test_a_name_takes_a_copy_of_what_it_will_overwrite() -> None:
    body = "server: w = w + 0.1 * h\nserver: h = prox(w, 0.1)\nserver: h = h + mean(q)\nserver -> all: v = 1 * h\n"
    plan = plan_of(method(f"{SEND}{body}all: x = x - v", init="all: x = x0\nserver: h = zeros; w = zeros"))
    assert plan.owned == {"h"}
    assert "operator='copy'" in str(plan.round)


def test_what_the_method_returns_is_not_overwritten() -> None:
    text = method(
        f"{SEND}server: x = x + mean(q)\nserver -> all: y = 1 * x", init="server: x = x0\nall: y = x0"
    )
    assert plan_of(text.replace("grad(x)", "grad(y)")).owned == frozenset()


def test_a_dense_update_makes_a_new_array() -> None:
    assert owned("server: h = h + 0.1 * mean(q) * mean(q)") == frozenset()
