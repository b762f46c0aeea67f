"""Values that a block computes twice are computed once, where nothing between binds an operand."""

from __future__ import annotations

from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import python_of
from plan_tools import method, plan_of

STEP = "server -> all: v = mean(m)\nall: x = x - 0.1 * v"
FEEDBACK = f"node -> server: m = e + grad(x)\nnode: e = e + grad(x) - m\n{STEP}"
START = "all: x = x0\nnode: e = zeros"


def round_of(body: str, init: str = "all: x = x0", **others: str) -> list[str]:
    python = python_of(plan_of(method(body, init=init, **others)), Layout.TOGETHER)
    return [line.strip() for line in python.partition("def round(")[2].splitlines()]


def test_a_gradient_that_a_name_holds_is_not_asked_for_again() -> None:
    assert sum(" grad(" in line and line[0] != "#" for line in round_of(FEEDBACK, START)) == 1


def test_a_gradient_at_a_point_that_was_bound_between_is() -> None:
    moved = FEEDBACK.replace("\nnode: e", "\nall: x = x + 0.1 * x0\nnode: e")
    assert sum(" grad(" in line and line[0] != "#" for line in round_of(moved, START)) == 2


def test_a_sum_of_vectors_is_held_between_its_readers() -> None:
    lines = round_of(FEEDBACK, START)
    assert "sum_e_grad_x = e + grad_x" in lines
    assert "m = send_m(sum_e_grad_x)" in lines
    assert "e = sum_e_grad_x - m" in lines


def test_a_sum_is_made_anew_once_an_operand_was_bound() -> None:
    body = f"node -> server: m = e + grad(x)\nnode: e = 0.5 * e\nnode: e = e + grad(x) - m\n{STEP}"
    assert not any(line.startswith("sum_") for line in round_of(body, START))


def test_multiples_are_made_anew() -> None:
    body = f"node -> server: m = 0.5 * grad(x)\nnode: e = e + 0.5 * grad(x)\n{STEP}"
    assert not any(line.startswith(("product_", "sum_")) for line in round_of(body, START))
