"""The generated program as a person reads it: the spec's lines above its own, groups in the prelude."""

from __future__ import annotations

import re
from itertools import accumulate

import pytest
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, plan_program, python_of
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from emit_tools import method, program
from library_tiers import specs_by_tier

SHOWN = re.compile(r"^ *# (\d+): (.*)$", re.MULTILINE)


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("name", specs_by_tier())
def test_comments_are_lines_of_the_spec_in_their_order(name: str, layout: Layout) -> None:
    source, registry = find_spec(name), plugins()
    text = python_of(plan_program(compile_spec(source, registry), registry), layout)
    shown = [(int(line), words) for line, words in SHOWN.findall(text)]
    assert [words for _, words in shown] == [
        source.line_text(line).split("#")[0].strip() for line, _ in shown
    ]
    firsts = list(dict.fromkeys(line for line, _ in shown))
    assert firsts == sorted(firsts)
    again = [
        words for (line, words), before in zip(shown, accumulate(shown, max), strict=True) if line < before[0]
    ]
    assert all(words.startswith(("if ", "repeat ")) or "-> server" in words for words in again), (
        "only what a node's own branch or loop leaves is joined behind it, and the server's part of an uplink comes late"
    )
    assert all(line > 1 for line, _ in shown)


def _without_comments(text: str) -> list[str]:
    return [
        line.strip() for line in text.split("def round")[1].splitlines() if not line.strip().startswith("#")
    ]


def test_a_rank_of_both_roles_receives_after_the_work_of_its_nodes() -> None:
    body = "node -> server: m = Q(grad(x))\nnode:\n    h = h + m\n    e = h - m\nserver: g = mean(m)\nall: x = x + x"
    text = program(method(body, init="all: x = x0\nnode: h, e = zeros, zeros"), Layout.SERVER_AND_NODES)
    lines = _without_comments(text)
    sent = next(place for place, line in enumerate(lines) if line.startswith("m = send_m("))
    received = lines.index("m_at_server = receive_m()")
    assert [line.split(" ")[0] for line in lines[sent + 1 : received]] == ["h", "e"]
    assert "mean_rows(m_at_server)" in lines[received + 1]


@pytest.mark.parametrize("then", ["server: g = mean(m)", "if k > 2:\n    node: h = h + m", "all: x = x + x"])
def test_it_receives_at_once_where_nodes_have_no_work_of_their_own(then: str) -> None:
    body = f"node -> server: m = Q(grad(x))\n{then}\nserver: g = mean(m)"
    text = program(method(body, init="all: x = x0\nnode: h = zeros"), Layout.SERVER_AND_NODES)
    assert "m, m_at_server = send_m(" in text
    assert "receive_m" not in text


@pytest.mark.parametrize("layout", [Layout.TOGETHER, Layout.NODES, Layout.SERVER])
def test_other_processes_have_uplinks_whole(layout: Layout) -> None:
    body = "node -> server: m = Q(grad(x))\nnode: h = h + m\nserver: g = mean(m)"
    assert "run.finish" not in program(method(body, init="all: x = x0\nnode: h = zeros"), layout)


def test_a_statement_over_several_lines_shows_its_first() -> None:
    text = program(method("node -> server:\n    m = grad(x)\n    w = 2 * x\nall: x = (x\n    + x)"))
    assert "# 8: node -> server:\n" in text
    assert "# 11: all: x = (x\n" in text
    assert "# 9:" not in text and "# 12:" not in text


def test_what_a_round_settles_at_its_end_shows_where_it_comes_from() -> None:
    text = program(
        method(
            "node: q = Q(grad(x) - q)\nall: x = 0.5 * x",
            init="all: x = x0; node: q = zeros".replace("; ", "\n"),
        )
    )
    assert re.search(r"# 9: .*\n.*\n *q_packet|# 9: node: q", text)
    assert "# 1:" not in text


def test_nothing_is_made_that_is_not_used() -> None:
    text = program(method("all: x = 0.5 * x", head="param gamma = 1"))
    prelude = text[: text.index("    def init")]
    assert "gamma" not in prelude
    assert "Q" not in prelude
    assert "# draws" not in prelude


def test_a_rank_of_nodes_has_no_branch_for_what_the_server_does() -> None:
    halves = "if c:\n    server: h = 0.5 * h\n"
    body = f"all: event c ~ bernoulli(0.5)\n{halves}else:\n    node: y = x\n{halves}"
    text = method(body, init="all: x = x0\nserver: h = x0")
    nodes = program(text, Layout.NODES)
    assert nodes.count("\n        if c:") == 1
    assert "        if c:\n            pass\n        else:\n            # 13" in nodes
    assert program(text, Layout.SERVER).count("\n        if c:") == 2
    assert "h" not in re.findall(r"def round\((.*)\)", nodes)[0].split(", ")


def test_titles_with_quotes_and_backslashes() -> None:
    text = method("all: x = 0.5 * x").replace("algorithm M", "algorithm M: 'a \"b\" \\n'")
    compile(program(text), "m", "exec")
