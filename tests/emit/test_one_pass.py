"""Neighbouring sums of long vectors in one pass: what they alone read stands nowhere, and they write where nobody reads."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, freeing_python_of, plan_program
from cablese.dsl.plan.aliases import CONSTANT, aliases, starts
from cablese.dsl.plan.instructions import Plan
from cablese.dsl.text.source import Source
from cablese.runtime.arrays import threads
from cablese.runtime.arrays.select import backend
from cablese.runtime.arrays.summed import Summed
from cablese.runtime.execute import tiles
from cablese.runtime.execute.functions import Functions
from cablese.runtime.execute.tiles import Tiles
from cablese.runtime.registry import plugins

SPEC = """algorithm A: "none"
problem minimize
compressor Q: unbiased = quantize(s = 4)
param gamma = 1 where gamma > 0
init:
    all: x = x0
    node: h_i = zeros
    server: h = zeros
    {init}
round k:
    node -> server: m = Q(grad(x) - h_i)
    node: h_i = h_i + gamma * m
    {lines}
output {output}
"""
DIANA = "server -> all: g = h + mean(m)\n    server: h = h + gamma * mean(m)\n    all: x = x - gamma * g"


def plan_of(lines: str, init: str = "", output: str = "x") -> Plan:
    registry = plugins()
    text = SPEC.format(lines=lines, init=init, output=output)
    return plan_program(compile_spec(Source("a.alg", text), registry), registry)


def lines_of(plan: Plan, layout: Layout = Layout.TOGETHER) -> list[str]:
    python = freeing_python_of(plan, layout)
    compile(python, "a", "exec")
    return [line.strip() for line in python.splitlines()]


def call_in(lines: list[str]) -> str:
    [call] = [line for line in lines if "in_one_pass(" in line]
    return call


def test_a_mean_and_a_broadcast_vector_stand_nowhere() -> None:
    lines = lines_of(plan_of(DIANA))
    first = lines.index("def piece(m, h, x, send_g_piece):")
    assert lines[first - 1] == "send_g_piece = send_g_in_pieces()"
    assert lines[first + 1 : first + 9] == [
        "mean_m = mean_rows(m)",
        "g = send_g_piece(h + mean_m)",
        "# 14: server: h = h + gamma * mean(m)",
        "h = h + gamma * mean_m",
        "# 15: all: x = x - gamma * g",
        "x = x - gamma * g",
        "return [h, x]",
        "[h, x] = in_one_pass(piece, [h, x], m, h, x, send_g_piece)",
    ]
    assert "x = copy(x0)" in lines
    assert "h = copy(zeros)" in lines


HELD = "server -> all: g = h + mean(m)\n    all: x = x - gamma * g\n    all: t = norm(x - y)"


@pytest.mark.parametrize("held", ["all: y = x", "server -> all: y = x"])
def test_a_vector_that_another_name_holds_is_left_alone(held: str) -> None:
    call = call_in(lines_of(plan_of(f"{held}\n    {HELD}")))
    assert call == "[x] = in_one_pass(piece, [None], h, m, x, send_g_piece)"


def test_names_that_may_have_one_array_do_not_both_give_theirs() -> None:
    moved = "all: u = x - gamma * y\n    all: z = u + y\n    all: x = u - z\n    all: y = x\n    node: h_i = h_i + z"
    lines = lines_of(plan_of(moved, "all: y = x0"))
    assert call_in(lines) == "[z, x] = in_one_pass(piece, [y, None], x, y)"


def test_an_output_whose_average_is_weighed_is_left_alone() -> None:
    lines = lines_of(plan_of(DIANA, output="average(x, k + 1)"))
    assert call_in(lines) == "[h, x] = in_one_pass(piece, [h, None], m, h, x, send_g_piece)"


def test_a_vector_that_a_later_line_reads_is_made() -> None:
    lines = lines_of(plan_of(DIANA + "\n    all: t = norm(g)"))
    assert call_in(lines) == "[g, h, x] = in_one_pass(piece, [None, h, x], m, h, x, send_g_piece)"


@pytest.mark.parametrize(
    ("layout", "call"),
    [
        (Layout.SERVER_AND_NODES, "[h, x] = in_one_pass(piece, [h, x], m_at_server, h, x, send_g_piece)"),
        (Layout.SERVER, "[h, x] = in_one_pass(piece, [h, x], m, h, x, send_g_piece)"),
        (Layout.NODES, "[x] = in_one_pass(piece, [x], x, send_g_piece)"),
    ],
)
def test_each_process_takes_its_lines_together(layout: Layout, call: str) -> None:
    lines = lines_of(plan_of(DIANA), layout)
    assert call_in(lines) == call
    assert f"g = send_g_piece({'' if layout is Layout.NODES else 'h + mean_m'})" in lines


def test_between_processes_a_pass_has_one_message() -> None:
    """Their pieces would come in another order where only one of two processes takes both together."""
    plan = plan_of(DIANA + "\n    server -> all: y = h + x\n    all: x = x - gamma * y")
    assert "send_y_piece" in call_in(lines_of(plan))
    for layout in (Layout.SERVER_AND_NODES, Layout.SERVER, Layout.NODES):
        calls = [line for line in lines_of(plan, layout) if "in_one_pass(" in line]
        assert len(calls) == 2


def test_a_vector_that_the_servers_copy_of_a_family_may_hold_is_left_alone() -> None:
    lines = "server: v = h + x\n    server -> node: u = v\n    server: w = v - h\n    server: v = w + x\n    "
    plan = plan_of(lines + "server: t = norm(v)\n    server: h = h + mean(u) + t * v")
    for layout in (Layout.SERVER_AND_NODES, Layout.SERVER):
        calls = [line for line in lines_of(plan, layout) if line.startswith("[v] = in_one_pass(")]
        assert len(calls) == 1 and calls[0].startswith("[v] = in_one_pass(piece, [None],")


def test_names_that_share_an_array() -> None:
    plan = plan_of("server -> all: g = mean(m)\n    all: y = x\n    all: x = x - gamma * g", "all: y = x0")
    shared = aliases(plan)
    assert shared["x"] == shared["y"] >= {"x", "y"}
    assert CONSTANT not in shared["x"]
    assert "g" not in shared
    assert starts(plan) == {"x", "y", "h"}


def test_a_constant_of_a_round_is_shared() -> None:
    shared = aliases(plan_of("all: y = x0\n    all: x = x - gamma * y"))
    assert CONSTANT in shared["y"]
    assert "x" not in shared


@pytest.mark.parametrize("long", [0, 1 << 20])
def test_pieces_of_several_vectors_have_the_bits_of_the_whole(
    long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "LONG_ROW", long)
    monkeypatch.setattr(threads, "AT_ONCE", 21)
    draws = np.random.default_rng(0)
    family = draws.standard_normal((3, 100)).astype(np.float32)
    one, other = draws.standard_normal((2, 100)).astype(np.float32)
    helper = Tiles()
    helper.backend, helper.d = backend("cpu", "float32", "float32"), 100

    def piece(family: np.ndarray, one: np.ndarray, other: np.ndarray) -> list[np.ndarray]:
        total = family.sum(axis=0) + one
        return [other - total, one + 0.5 * total]

    wanted = piece(family, one, other)
    first = one.copy()
    found = helper.in_one_pass(piece, [None, first], family, first, other)
    assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
    assert long or found[1] is first


BEGUN = """algorithm A: "none"
problem minimize
compressor C: contractive = scaled_sign()
param gamma = 1 where gamma > 0
init:
    all: x = x0
    node -> server: m = grad(x)
    node: g_i = m
    server: g = mean(m)
round:
    {first}
    server -> all: u = g
    all: x = x - gamma * u
    {last}
    node: g_i = g_i + m
    server: g = g + mean(m)
output uniform(x)
"""
ASKED = "node -> server: m = C(grad(x) - g_i)"


@pytest.mark.parametrize(
    ("first", "last", "into"),
    [("", ASKED, "g_i"), (ASKED, "", "None")],
)
def test_a_message_that_became_a_state_is_written_into_unless_its_gradient_is_kept(
    first: str, last: str, into: str
) -> None:
    registry = plugins()
    source = Source("a.alg", BEGUN.format(first=first, last=last))
    lines = lines_of(plan_program(compile_spec(source, registry), registry))
    changed = [line for line in lines if line.startswith("g_i = ")][-1]
    assert changed == (
        "g_i = in_tiles(lambda g_i, m: g_i + m, g_i, g_i, m)" if into == "g_i" else "g_i = g_i + m"
    )
    assert "[g] = in_one_pass(piece, [g], g, m)" in lines


def test_sums_that_were_added_up_on_their_way_go_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "LONG_ROW", 0)
    helper = Functions(backend("cpu", "float64", "float32"), 100)
    total, one = np.random.default_rng(0).standard_normal((2, 100))

    def piece(m: Summed, one: np.ndarray) -> list[np.ndarray]:
        return [one - 0.5 * helper.mean_rows(m)]

    [found] = helper.in_one_pass(piece, [None], Summed(total, 3), one)
    assert np.array_equal(found, one - 0.5 * (total / 3))
