"""Short cuts of the emitter's tests: programs of small specs, and what they compute."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, plan_program, python_of
from cablese.dsl.text.source import Source
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.registry import plugins

QUADRATIC = "quadratic(d = 6, mu = 0.3, L = 2, spread = 1, seed = 2)"


def method(
    body: str, *, init: str = "all: x = x0", head: str = "", output: str = "x", round: str = "round k"
) -> str:
    """A spec around the statements of its round, which starts on line 8 where `head` and `init` are a line each."""
    inside = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    start = textwrap.indent(textwrap.dedent(init).strip("\n"), "    ")
    given = textwrap.dedent(head).strip("\n")
    return (
        "algorithm M\nproblem minimize\ncompressor Q: unbiased = rand_k(k = 2)\n"
        f"{given}\ninit:\n{start}\n{round}:\n{inside}\noutput {output}\n"
    )


def program(text: str, layout: Layout = Layout.TOGETHER, settings: tuple[str, ...] = ()) -> str:
    """The generated program of a spec."""
    registry = plugins()
    plan = plan_program(compile_spec(Source("m.alg", text), registry, settings), registry)
    return python_of(plan, layout)


def options(rounds: int = 3, **given: Any) -> Options:
    """A short run in float64, measured after every round."""
    chosen = {"problem": QUADRATIC, "nodes": 4, "every": 1, "wire": "float64", "wire_check": "all", **given}
    return Options(rounds=rounds, **chosen)


def output(text: str, rounds: int = 3, **given: Any) -> Any:
    """The vector that a run of a spec returns."""
    found = prepare(Source("m.alg", text), options(rounds, **given)).run(Recording()).output
    assert found is not None
    return np.asarray(found)


def points(text: str, rounds: int = 8, **given: Any) -> list[Any]:
    """Bits and metrics after every round."""
    recording = Recording()
    prepare(Source("m.alg", text), options(rounds, **given)).run(recording)
    return [(p.bits_up, p.bits_down, p.oracle_calls, p.metrics) for p in recording.points]


def number(expression: str, rounds: int = 1, *, head: str = "", before: str = "") -> float:
    """What an expression of constants, params and `k` is in the last round."""
    lines = f"{before}\nall: x = zeros + ({expression})" if before else f"all: x = zeros + ({expression})"
    found = output(method(lines, head=head), rounds)
    assert (found == found[0]).all()
    return float(found[0])
