"""Gradients node by node in the line that reads them: only where it goes entry by entry, and into arrays that are free."""

from __future__ import annotations

import pytest
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, freeing_python_of, plan_program
from cablese.dsl.text.source import Source
from cablese.runtime.registry import plugins

SPEC = """algorithm A: "none"
problem minimize
compressor C: contractive = {compressor}
param gamma = 1 where gamma > 0
init:
    all: x = x0
    node: e = zeros
round:
    {lines}
    server -> all: g = mean(q)
    all: x = x - gamma * g
output x
"""
FED = "node -> server: q = C(e + gamma * grad(x))\n    node: e = e + gamma * grad(x) - q"


def lines_of(lines: str, compressor: str = "top_k(k = 2)") -> list[str]:
    registry = plugins()
    text = SPEC.format(lines=lines, compressor=compressor)
    plan = plan_program(compile_spec(Source("a.alg", text), registry), registry)
    python = freeing_python_of(plan, Layout.TOGETHER)
    compile(python, "a", "exec")
    return [line.strip() for line in python.splitlines()]


def test_a_sum_with_a_state_that_is_free_goes_into_its_array() -> None:
    lines = lines_of(FED)
    made = "grad_in_turn(x).map(lambda grad, e: e + gamma * grad(), e).into(e)"
    assert any(line.endswith(f" = {made}") for line in lines), lines
    assert 'grad_in_turn = run.in_turn("grad")' in lines
    assert any(line.startswith("e = subtract_from(") for line in lines)


def test_a_sum_whose_state_is_read_again_is_compressed_row_after_row() -> None:
    lines = lines_of("node -> server: q = C(grad(x) - e)\n    node: e = e + q")
    assert any(
        ".compress_in_turn(grad_in_turn(x).map(lambda grad, e: grad() - e, e), " in line for line in lines
    ), lines


def test_a_gradient_that_is_sent_as_it_is_goes_row_by_row_and_stays_as_sent() -> None:
    lines = lines_of("node -> server: q = grad(x)")
    assert any(line.endswith("(grad_to_send(x))") for line in lines), lines
    assert 'grad_to_send = run.to_send("grad")' in lines
    assert "run.expand_in_tiles(0)" in lines


@pytest.mark.parametrize("sent", ["q = grad(x) - e", "q = grad(x), r = e"])
def test_other_gradients_are_sent_whole(sent: str) -> None:
    assert not any("_to_send" in line for line in lines_of(f"node -> server: {sent}"))


@pytest.mark.parametrize("factor", ["norm(grad(x))", "norm(e)"])
def test_lines_with_a_number_of_each_node_keep_gradients_of_all(factor: str) -> None:
    lines = lines_of(f"node -> server: q = C({factor} * (e + grad(x)))\n    node: e = q")
    assert not any("in_turn" in line for line in lines)


def test_a_packet_that_may_be_the_vector_itself_keeps_it() -> None:
    assert not any("_from(" in line for line in lines_of(FED, compressor="identity()"))
