"""Params that depend on the round, and their values of the round before."""

from __future__ import annotations

import pytest
from emit_tools import method, number, output, program

HALVES = "param a = 1 / (k + 1)"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", 1 / 4),
        ("prev(a)", 1 / 3),
        ("prev(a) / a", 4 / 3),
        ("k", 3),
        ("b", 0.5 / 4),
        ("prev(b)", 0.5 / 3),
        ("e", 10 / 3),
        ("c", 2),
        ("prev(c)", 2),
        ("prev(f)", 1 / 2),
    ],
)
def test_values_in_the_fourth_round(expression: str, expected: float) -> None:
    head = f"{HALVES}\nparam b = a / 2\nparam c = 2\nparam e = 10 * prev(a)\nparam f = prev(a)"
    assert number(expression, 4, head=head) == pytest.approx(expected, rel=1e-15)


def test_the_value_before_round_0_is_0() -> None:
    for param in (HALVES, "param a = 3", "param a = 5 + k"):
        assert number("prev(a)", 1, head=param) == 0
    assert number("b", 1, head="param a = 3\nparam b = 1 + prev(a)") == 1


def test_a_schedule_without_a_named_counter() -> None:
    text = method("all: x = zeros + a", head=HALVES, round="round")
    assert output(text, 4)[0] == 0.25


def test_a_setting_makes_a_schedule_of_a_param_and_a_param_of_a_schedule() -> None:
    text = method("all: x = zeros + a + 10 * prev(a)", head=HALVES)
    assert output(text, 4, settings=("a = 2 * k",))[0] == 6 + 10 * 4
    assert output(text, 4, settings=("a = 3",))[0] == 33


def test_only_what_is_read_is_worked_out_and_its_line_is_shown() -> None:
    text = program(method("all: x = zeros + prev(a)", head=f"{HALVES}\nparam b = 2 * k"))
    assert "        # 4: param a = 1 / (k + 1)\n        return " in text
    assert "a_previous = a_at(k - 1) if k > 0 else 0.0" in text
    assert "b_at" not in text
    assert "        a = " not in text


def test_names_of_schedules_make_room() -> None:
    text = method("all: a_at = 2; x = zeros + a_at + a + prev(a); a_previous = a_at", head=HALVES)
    assert output(text, 2)[0] == pytest.approx(2 + 0.5 + 1)
