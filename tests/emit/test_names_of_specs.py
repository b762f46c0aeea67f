"""A spec may use any name that the language leaves free: the program's own names make room."""

from __future__ import annotations

import ast
import keyword
import re

import pytest
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.names import FRAME
from emit_tools import method, points, program
from tiers import every

PLAIN = method(
    """
    all: event c ~ bernoulli(0.5)
    node: e = e + grad(aaa)
    node -> server: m = C(e - 0.1 * aaa)
    node: e = e - 0.1 * m
    link: h = 0.9 * h + 0.1 * m
    server: bbb = mean(m * m) + min(2, norm(mean(m)))^2
    if c:
        server: bbb = bbb + mean(h)
    server -> all: v = bbb
    all: aaa, ccc = aaa - 0.05 * v, aaa
    """,
    init="all: aaa = x0\nnode: e = zeros\nlink: h = zeros",
    head="param ppp = 0.05\ncompressor C: contractive = top_k(k = 2)",
    output="aaa",
)

HOSTILE = [
    *("copy", "column", "minimum", "square", "mean_rows", "dense", "scale", "update", "add", "row", "select"),
    *(
        "send_m",
        "draw_c",
        "picks_m",
        "guard_x",
        "guard_aaa",
        "update_bbb",
        "h_at_server",
        "m_packet",
        "m_at",
        "point",
    ),
    *(
        "run",
        "here",
        "nodes",
        "program",
        "lambda",
        "class",
        "None",
        "True",
        "print",
        "len",
        "float",
        "self",
        "numpy",
    ),
    *(
        "grad_aaa",
        "at_",
        "expand",
        "grad_later",
        "omega_C",
        "k",
        "xp",
        "truth",
        "range",
        "is",
        "prelude",
        "aaa_at_server",
        "init_",
        "round_",
        "run_",
    ),
]


def renamed(old: str, new: str) -> str:
    return re.sub(rf"\b{old}\b", new, PLAIN)


EXPECTED = points(PLAIN)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_variable_may_have_any_free_name(name: str) -> None:
    text = renamed("aaa", name).replace("round k:", "round:")
    assert points(text) == EXPECTED


@pytest.mark.parametrize("first", range(len(HOSTILE)))
def test_so_may_families_params_and_several_at_once(first: int) -> None:
    text = PLAIN.replace("round k:", "round:")
    for place, old in enumerate(("e", "ppp", "bbb", "ccc", "h")):
        text = re.sub(rf"\b{old}\b", HOSTILE[(first + 7 * place) % len(HOSTILE)], text)
    assert points(text) == EXPECTED


def test_the_round_counter_may_have_any_free_name() -> None:
    for name in ("copy", "run", "lambda", "here", "t"):
        text = method("all: x = zeros + k").replace("round k:", f"round {name}:").replace("+ k", f"+ {name}")
        assert points(text, 3)


@pytest.mark.parametrize("layout", every(2, Layout))
def test_no_two_things_share_a_name_under_any_layout(layout: Layout) -> None:
    for name in HOSTILE:
        text = program(renamed("h", name).replace("round k:", "round:"), layout)
        compile(text, "program", "exec")
        prelude = text[: text.index("    def init")]
        made = re.findall(r"^    ([\w, ]+) = run", prelude, re.MULTILINE)
        names = [word for line in made for word in line.split(", ")]
        assert len(set(names)) == len(names)
        assert not any(keyword.iskeyword(word) for word in names)
        body = text[text.index("    def init") :]
        assigned = re.findall(r"^ {8,}([\w, ]+) = ", body, re.MULTILINE)
        assert not {word for line in assigned for word in line.split(", ")} & set(names)


def test_a_figure_and_a_param_of_its_name_are_two_things() -> None:
    text = method("all: x = zeros + omega_Q + 100 * omega(Q)", head="param omega_Q = 7 * omega(Q)")
    # rand_k(k = 2) of 6 entries: omega = 6 / 2 - 1
    assert points(text, 1)[-1] == points(method(f"all: x = zeros + {7 * 2 + 100 * 2}"), 1)[-1]


EVERY_KIND = method(
    """
    all: event chance ~ bernoulli(0.5)
    all: event some ~ subset(n, 2)
    node -> server: sent = first(grad(x)), kept = second(x, k = size)
    node in some -> server: part = second(grad(x), k = 2)
    server: total = mean(sent) + constant * mean(kept)
    if chance:
        server: total = total * (1 - schedule)
    all: counted = 0
    repeat 2 as inner:
        all: counted = counted + inner
    node:
        repeat floor(min(2, norm(x))):
            own = own / 2
    server: part_mean = mean(part)
    server -> all: told = total + 0.01 * part_mean + 0 * omega(first)
    all: x = x - 0.1 * told + 0 * counted
    """,
    init="all: x = x0; size = 1\nnode: own = zeros",
    head="compressor first: unbiased = rand_k(k = min(2 + k % 2, d))\ncompressor second: contractive = top_k\n"
    "param constant = 0.1\nparam schedule = 0.1 / (1 + k)",
)
NAMES = (
    *(
        "M",
        "first",
        "second",
        "constant",
        "schedule",
        "x",
        "size",
        "own",
        "chance",
        "some",
        "sent",
        "kept",
        "part",
    ),
    *("total", "counted", "inner", "told"),
)


@pytest.mark.parametrize(
    "word", every(5, ["is", "None", "range", "run", "here", "True", "class", "print", "init_", "_"])
)
def test_whatever_has_a_name_may_have_a_word_of_python(word: str) -> None:
    """The algorithm, compressors, params, events, sets, states, counters: each in turn; draws are keyed by some names."""
    for name in NAMES:
        assert len(points(re.sub(rf"\b{name}\b", word, EVERY_KIND), 2)) == 3


def test_generated_programs_read_no_name_that_a_spec_could_take() -> None:
    for text in (program(EVERY_KIND, layout) for layout in Layout):
        tree = ast.parse(text)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        bound = {node.id for node in names if isinstance(node.ctx, ast.Store)} | arguments | functions
        assert {node.id for node in names} - bound <= FRAME
