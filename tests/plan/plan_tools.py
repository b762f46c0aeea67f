"""Short cuts of the plan's tests: plans of small specs, and ways to look into them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins


def method(body: str, *, init: str = "all: x = x0", head: str = "", output: str = "x") -> str:
    """A spec around the statements of its round; line 4 is the first of `head`."""
    inside = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    start = textwrap.indent(textwrap.dedent(init).strip("\n"), "    ")
    given = textwrap.dedent(head).strip("\n")
    return (
        "algorithm M\nproblem minimize\ncompressor Q: unbiased = rand_k(k = 2)\n"
        f"{given}\ninit:\n{start}\nround k:\n{inside}\noutput {output}\n"
    )


def plan_of(text: str, *settings: str) -> ir.Plan:
    """The plan of a spec's text."""
    registry = plugins()
    return plan_program(compile_spec(Source("m.alg", text), registry, settings), registry)


def shipped(name: str, *settings: str) -> ir.Plan:
    """The plan of a shipped spec."""
    registry = plugins()
    return plan_program(compile_spec(find_spec(name), registry, settings), registry)


def refusals(text: str) -> list[tuple[str, int, str]]:
    """Code, line and message of what the planner says against a checked spec."""
    registry = plugins()
    program = compile_spec(Source("m.alg", text), registry)
    try:
        plan_program(program, registry)
    except SpecError as error:
        return [(d.code, d.span.line, d.message) for d in error.diagnostics]
    return []


def everything(plan: ir.Plan) -> Iterator[ir.Instruction]:
    """All instructions, at any depth."""
    return INSTRUCTIONS.walk(plan)


def transfers(plan: ir.Plan) -> list[ir.Transfer]:
    """The messages of a plan's rounds, in order."""
    return [part for part in INSTRUCTIONS.walk(plan.round) if isinstance(part, ir.Transfer)]


def computes(plan: ir.Plan, name: str) -> list[ir.Compute]:
    """Where a round computes a name."""
    return [
        p for p in INSTRUCTIONS.walk(plan.round) if isinstance(p, ir.Compute) and p.targets[0].name == name
    ]
