"""Gradients in the line that reads them: only where nothing else does, and within one statement of the spec."""

from __future__ import annotations

from cablese.dsl.emit.inlining import with_gradients_inlined
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

PROGRAM = """def program(run):
    grad = run.oracle("grad")
    picks_m = run.picks("m")

    def round(k, states):
        x, h_i = states
        # 1: m = Q(grad(x) - h_i)
        grad_x = grad(x)
        m_at = picks_m(k)
        m = at(grad_x, m_at) - at(h_i, m_at)
{}
        return [x, h_i], x

    return init, round
"""


def inlined(lines: str) -> list[str]:
    registry = plugins()
    plan = plan_program(compile_spec(find_spec("marina"), registry), registry)
    python = with_gradients_inlined(PROGRAM.format(lines), plan, Layout.TOGETHER)
    return [line.strip() for line in python.splitlines()]


def test_a_gradient_stands_in_its_one_reader_behind_the_coordinates() -> None:
    lines = inlined("        # 2: h_i = h_i + m\n        h_i = h_i + m")
    at = lines.index("m_at = picks_m(k)")
    assert lines[at - 1 : at + 2] == [
        "# 1: m = Q(grad(x) - h_i)",
        "m_at = picks_m(k)",
        "m = at(grad(x), m_at) - at(h_i, m_at)",
    ]


def test_a_gradient_that_is_read_again_keeps_its_name() -> None:
    assert "grad_x = grad(x)" in inlined("        h_i = grad_x")


def test_a_gradient_of_another_statement_keeps_its_name() -> None:
    assert "g_i = grad(y)" in inlined("        g_i = grad(y)\n        # 2: h_i = g_i\n        h_i = g_i")


def test_columns_are_counted_in_bytes() -> None:
    assert "ö = at(grad(x), 1)" in inlined("        grad_x = grad(x)\n        ö = at(grad_x, 1)")
