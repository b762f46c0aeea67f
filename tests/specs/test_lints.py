"""Warnings: each kind planted in a shipped spec is told, what ships is told nothing, and control flow is followed."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from cablese.dsl.lint.lint import LINTS
from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import Severity
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from spec_tools import SHIPPED, diagnose

PLANTED = (
    ("W101", "ef_sgd", "init:", "param beta = 0.9\n\ninit:", "param beta"),
    ("W101", "sgd", "prox(x - gamma * g, gamma)\n\noutput x\n", "x - g / L\n\noutput x\n#", "param gamma"),
    ("W102", "marina", "init:", "compressor C: contractive = top_k(k = 1)\n\ninit:", "compressor C"),
    ("W102", "sign_sgd_mv", "init:", "compressor Q: any = sign()\n\ninit:", "compressor Q"),
    ("W103", "gd", "m = grad(x)", "m = grad(x), l = loss(x)", "l"),
    ("W103", "ef_sgd", "v = mean(m)", "v = mean(m), w = mean(m)", "w"),
    ("W103", "dpsgd", "neighbors: x", "neighbors: x, y = grad(x)", "y"),
    ("W104", "sgd", "grad(x, xi)", "grad(x)", "xi"),
    ("W104", "pp_marina", "event S ~", "event T ~ subset(n, r)\n        server: event S ~", "T"),
    ("W105", "ef_sgd", "C(e + gamma * grad(x))", "C(gamma * grad(x))", "e"),
    ("W105", "clag", "norm2(moved)", "norm2(grad(x))", "moved"),
    ("W201", "ef21", "g_i = g_i + m", "g_i = g_i + C(grad(x) - g_i)", "C(grad(x) - g_i)"),
    ("W201", "qsparse_local_sgd", "e = a - m", "e = a - C(a)", "C(a)"),
    ("W202", "comp_ams", "u = x", "x", "x"),
    ("W202", "marina", "u = g, c", "g, c", "g"),
    ("W203", "ef_sgd", "output x", "output average(x, 1 / prev(gamma))", "prev(gamma)"),
    ("W203", "ef_sgd", "C(e + ", "C(gamma / prev(gamma) * e + ", "prev(gamma)"),
)
"""A code, a shipped spec, a part of its text, what takes its place, and what the warning then underlines."""

_COPY = {("W202", "comp_ams"): ("grad(u, xi)", "grad(x, xi)"), ("W202", "marina"): ("gamma * u", "gamma * g")}


@pytest.mark.parametrize(
    ("code", "name", "part", "planted", "underlined"), PLANTED, ids=[f"{p[0]}-{p[1]}" for p in PLANTED]
)
def test_a_lint_planted_in_a_shipped_spec_is_told(
    code: str, name: str, part: str, planted: str, underlined: str
) -> None:
    text = find_spec(name).text
    assert part in text
    text = text.replace(part, planted, 1).replace(*_COPY.get((code, name), ("", "")))
    said = diagnose(f"{name}.alg", text.encode())
    assert [(d.code, d.span.text, d.severity) for d in said] == [(code, underlined, Severity.WARNING)]


def test_every_lint_is_planted() -> None:
    assert {planted[0] for planted in PLANTED} == set(LINTS)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_told_nothing(path: Path) -> None:
    assert diagnose(path.name, path.read_bytes(), pedantic=True) == []
    assert diagnose(path.name, path.read_bytes()) == []


# --- exact about control flow, roles and rounds ----------------------------------------------------------------

HEAD = """\
compressor C: contractive = top_k(k = 1)
param gamma = 1 / (L * (1 + k))
"""
STEP = "server -> all: g = mean(m)\nall: x = x - gamma * g"
SEND = "node -> server: m = C(grad(x))\n"


def codes(body: str, *, init: str = "", output: str = "x", head: str = "") -> list[str]:
    """The codes of what is said of a spec around the statements of its round."""
    start = textwrap.indent(f"all: x = x0\n{init}".strip("\n"), "    ")
    inside = textwrap.indent(f"{body}\n{STEP}", "    ")
    text = (
        f"algorithm M\nproblem minimize\n{HEAD}{head}\ninit:\n{start}\nround k:\n{inside}\noutput {output}\n"
    )
    return [d.code for d in diagnose("m.alg", text.encode())]


FINE = {
    "a draw that one branch uses": SEND
    + "all: event c ~ bernoulli(0.5); event b ~ bernoulli(0.5)\nif c:\n    if b:\n        all: x = x / 2",
    "a set that only says who sends": "all: event S ~ subset(n, 2)\nnode in S -> server: m = C(grad(x))",
    "a message of which only the senders matter": SEND
    + "node when norm(x) > 1 -> server: q = C(x)\nserver -> all: A = who(q)\nnode in A: e = e + x\n"
    + "node -> server: r = e\nserver -> all: v = mean(r)\nall: x = x - v",
    "a message that only says over whom to add up": SEND
    + "all: event S ~ subset(n, 2)\nnode in S -> server: q = norm(x)\n"
    + "server: w = sum(1 over q)\nserver -> all: v = w\nall: x = x - v",
    "a message that tells members": SEND
    + "server: event S ~ subset(n, 2)\nserver -> node in S: u = x\nnode in S -> server: q = grad(x)\n"
    + "server -> all: v = mean(q)\nall: x = x - v",
    "a value of the iteration before": SEND
    + "repeat 3:\n    all: x = x - 0.1 * y\n    all: y = x\nall: x = x - y",
    "one compressor on both branches": "all: event c ~ bernoulli(0.5)\nif c:\n    node -> server: m = C(x)\n"
    + "else:\n    node -> server: m = C(x)",
    "one compressor on a value and on its next": SEND + "all: x = x / 2\nnode: e = e + C(grad(x))\n"
    "node -> server: q = e\nserver -> all: v = mean(q)\nall: x = x - v",
    "one compressor at both ends": SEND + "server -> all: u = C(y)\nall: z = C(y)\nall: x = x - u - z",
    "a state that is sent and bound anew": SEND + "server -> all: h\nall: x = x - h\nserver: h = mean(m)",
    "a state that everyone keeps": SEND + "server -> all: y = y + mean(m)\nall: x = x - y",
    "a state that is sent compressed": SEND
    + "server: h = C(h + mean(m))\nserver -> all: h\nall: x = x - h\nserver: h = 2 * h",
    "where in round 0": SEND + "all: x = x * where(k == 0, 1, gamma / prev(gamma))",
    "a branch that round 0 does not take": SEND + "if k > 0:\n    all: x = x * gamma / prev(gamma)",
    "what min makes finite": SEND + "all: x = x * min(1, gamma / prev(gamma))",
    "prev in a numerator": SEND + "all: x = x * prev(gamma) / gamma",
}
"""What is meant; each gets its own states in `init` where it needs any."""

STATES = {
    "a message of which only the senders matter": "node: e = zeros",
    "a value of the iteration before": "all: y = x0",
    "one compressor on a value and on its next": "node: e = zeros",
    "one compressor at both ends": "all: y = x0",
    "a state that is sent and bound anew": "server: h = zeros",
    "a state that everyone keeps": "all: y = x0",
    "a state that is sent compressed": "server: h = zeros",
}


@pytest.mark.parametrize("what", FINE)
def test_what_is_meant_is_told_nothing(what: str) -> None:
    assert codes(FINE[what], init=STATES.get(what, "")) == []


@pytest.mark.parametrize(
    ("body", "init", "told"),
    [
        (SEND + "node: p = e + grad(x)\nnode: e = p - m", "node: e = zeros", "W105"),
        (SEND + "server: h = h + mean(m)", "server: h = zeros", "W105"),
        (SEND + "node -> server: q = x, r = x\nserver -> all: v = mean(q)\nall: x = x - v", "", "W103"),
        (SEND + "node: y = m\nnode -> server: m = C(y)", "", "W103"),
        (SEND + "all: event c ~ bernoulli(0.5)\nall: event c ~ bernoulli(0.5)\nall: x = where(c, x, x / 2)", "", "W104"),
        (SEND + "node: e = e + C(grad(x))\nnode -> server: q = e\nserver -> all: v = mean(q)\nall: x = x - v",
         "node: e = zeros", "W201"),
        ("node: p = grad(x)\n" + SEND + "if k > 3:\n    node: e = C(p)\nnode -> server: q = e\n"
         "server -> all: v = mean(q)\nall: x = x - v", "node: e = zeros", "W201"),
        (SEND + "server -> all: h = h + mean(m)\nall: x = x - h", "server: h = zeros", "W202"),
        (SEND + "node -> server: e\nserver -> all: v = mean(e)\nall: x = x - v\nnode: e = e + m", "node: e = zeros", "W202"),
        (SEND + "all: x = x / k", "", "W203"),
        (SEND + "all: x = late * x", "", "W203"),
    ],
)  # fmt: skip
def test_what_is_not_meant_is_told_through_whatever_it_goes(body: str, init: str, told: str) -> None:
    assert codes(body, init=init, head="param late = 1 / prev(gamma)\n" if "late" in body else "") == [told]


# --- comments that allow ---------------------------------------------------------------------------------------

SILENCED = """\
algorithm Allowed
problem minimize

param beta = 0.9    # allow W101: set by those who compare
compressor C: contractive = top_k(k = 1)    # ordinary

init: all: x = x0; a = 0; b = 0    # allow W105: kept for later

round:
    node -> server: m = grad(x), l = loss(x) + 100 * norm2(x - x / 3) + norm2(x), o = 1    # allow W103: the paper sends them
    # allow W105, W104: a block
    server:
        event e ~ bernoulli(0.5)
        f = 1
    if true: all: y = x    # allow W105: one line
    server -> all: g = mean(C(m)) + mean(
        C(m)  # allow W201: two draws on purpose
    )
    all: x = x - g / L

output x
"""


def test_allowed_warnings_are_silent_and_stay_so_when_the_spec_is_formatted() -> None:
    for text in (SILENCED, print_spec(read_spec(Source("a.alg", SILENCED)))):
        assert [(d.code, d.span.line) for d in diagnose("a.alg", text.encode())] == []
        bare = "\n".join(line.partition("# allow")[0] for line in text.split("\n"))
        told = [d.code for d in diagnose("a.alg", bare.encode())]
        assert sorted(told) == ["W101", "W103", "W103", "W104", "W105", "W105", "W105", "W105", "W201"]
    assert print_spec(read_spec(Source("a.alg", text))) == text


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# allow W103: it is counted", []),
        ("# allow W103, W101: it is counted", ["W302"]),
        ("# allow w103 it is counted", []),
        ("# allow W103", ["W301"]),
        ("# allow W103:  ", ["W301"]),
        ("# allow W104: it is counted", ["W103", "W302"]),
        ("# allow W193: it is counted", ["W103", "W303"]),
        ("# allow E203: it is counted", ["W103", "W303"]),
        ("# allow me to send this", ["W103"]),
        ("# allow", ["W103"]),
    ],
)
def test_comments_that_allow(comment: str, told: list[str]) -> None:
    text = find_spec("gd").text.replace("m = grad(x)", f"m = grad(x), l = loss(x)    {comment}")
    assert [d.code for d in diagnose("gd.alg", text.encode())] == told


def test_a_message_that_nobody_reads_is_told_as_that_alone() -> None:
    """Not of the state, too, that it rounds: the remedy is to leave it out, not to send a copy."""
    body = SEND + "server: y = y + mean(m)\n{}\nserver: y = 2 * y"
    options = {"init": "server: y = x0", "output": "y"}
    assert codes(body.format("server -> all: y"), **options) == ["W103"]
    allowed = "# allow W103: a reader of the wire counts it\nserver -> all: y"
    assert codes(body.format(allowed), **options) == ["W202"]
