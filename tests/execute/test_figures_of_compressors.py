"""Figures of compressors in rounds: a plan says which function of which compressor each name of its program is."""

from __future__ import annotations

import pytest
from execute_runs import prepared, run

SPEC = """algorithm FIGURES
problem minimize
compressor Q_up: unbiased = rand_k(k = {k})
init:
    all: x = x0
round k:
    node -> server: m = Q_up(grad(x))
    server -> all: g = mean(m) / (1 + omega(Q_up)) * density(Q_up)
    all: x = x - 0.1 * g
output x
"""


@pytest.mark.parametrize(("k", "asked"), [("2", "constant"), ("min(d, 1 + k)", "figure")])
def test_a_figure_is_asked_for_by_operator_and_compressor(k: str, asked: str) -> None:
    ready = prepared(SPEC.format(k=k))
    machine = ready.loop.machine
    assert f'run.{asked}("omega_Q_up")' in ready.python and f'run.{asked}("density_Q_up")' in ready.python
    if asked == "constant":
        assert machine.constant("omega_Q_up") == ready.context.figure("omega", "Q_up") == 6 / 2 - 1
        assert machine.constant("density_Q_up") == ready.context.figure("density", "Q_up") == 2
    else:
        assert [machine.figure("omega_Q_up")(round) for round in (0, 1, 9)] == [5, 2, 0]


@pytest.mark.parametrize(
    ("written", "a", "b"),
    [
        ("rand_k(k = 2)", 2 / 4, 0.0),
        ("rand_k(k = 2, shared = true)", 2.0, 0.0),
        ("natural() of rand_k(k = 2)", (9 / 8 * 3 - 1) / 4, 0.0),
        ("perm_k()", 1.0, 1.0),
        ("perm_k(s = 3)", 1 / 9, 1 / 9),
        ("identity()", 0.0, 0.0),
    ],
)
def test_the_ab_inequality_goes_by_how_nodes_draw(written: str, a: float, b: float) -> None:
    """d = 6, n = 4."""
    spec = SPEC.replace("rand_k(k = {k})", written).replace(
        "omega(Q_up)) * density(Q_up)", "ab_A(Q_up)) + ab_B(Q_up)"
    )
    ready = prepared(spec.replace("+ ab_B(Q_up)", "* (1 + ab_B(Q_up))"))
    found = [ready.context.figure(f"ab_{each}", "Q_up") for each in "AB"]
    assert found == pytest.approx([a, b], rel=1e-12)


def test_a_schedule_may_read_a_figure() -> None:
    spec = (
        SPEC.format(k="2")
        .replace("init:", "param gamma = omega(Q_up) / (k + 9)\ninit:")
        .replace("0.1", "gamma")
    )
    recording, _ = run(spec)
    assert recording.summary is not None and recording.summary.rounds == 5
    assert prepared(spec).schedules["gamma"] == (2 / 9, 2 / 13)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("rand_k(k = 2, shared = true)", "rand_k(k = 2, shared = true)"),
        ("identity(shared = true)", "identity(shared = true)"),
        ("rand_k(k = 2)", "rand_k(k = 2)"),
    ],
)
def test_a_header_says_which_compressors_draw_alike_for_everyone(written: str, told: str) -> None:
    ready = prepared(SPEC.format(k="2").replace("rand_k(k = 2)", written))
    assert ready.header.compressors == {"Q_up": told}
