"""What `show` prints of seven shipped specs, letter by letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from cablese.dsl.emit.layout import Layout
from cablese.dsl.emit.plan_text import emit_plan
from cablese.dsl.emit.projection import project_spec
from cablese.dsl.pipeline import compile_spec, plan_program, python_of, read_spec
from cablese.dsl.plan.instructions import Plan
from cablese.dsl.syntax.printer import print_spec
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from library_tiers import specs_by_tier

Golden = Callable[[str, str], None]

NAMES = ("marina", "diana", "ef21", "masha1", "pp_marina", "choco_sgd", "qsparse_local_sgd")


def plan_of(name: str) -> Plan:
    registry = plugins()
    return plan_program(compile_spec(find_spec(name), registry), registry)


@pytest.mark.parametrize("name", NAMES)
def test_python(name: str, golden: Golden) -> None:
    golden(f"{name}.py.txt", python_of(plan_of(name), Layout.TOGETHER))


@pytest.mark.parametrize("name", ["diana", "pp_marina"])
def test_python_of_a_rank_that_plays_both_roles(name: str, golden: Golden) -> None:
    golden(f"{name}.both.py.txt", python_of(plan_of(name), Layout.SERVER_AND_NODES))


def test_python_of_a_rank_with_copies_of_its_neighbours(golden: Golden) -> None:
    golden("choco_sgd.peers.py.txt", python_of(plan_of("choco_sgd"), Layout.PEERS))


@pytest.mark.parametrize("name", NAMES)
def test_plan(name: str, golden: Golden) -> None:
    golden(f"{name}.plan.txt", emit_plan(plan_of(name)))


@pytest.mark.parametrize("name", NAMES)
def test_roles(name: str, golden: Golden) -> None:
    spec = read_spec(find_spec(name))
    if not plan_of(name).on_graph:
        golden(f"{name}.server.alg", print_spec(project_spec(spec, "server")))
    golden(f"{name}.node.alg", print_spec(project_spec(spec, "node")))


@pytest.mark.parametrize("name", specs_by_tier())
def test_texts_are_the_same_every_time(name: str) -> None:
    assert emit_plan(plan_of(name)) == emit_plan(plan_of(name))
    for layout in Layout:
        text = python_of(plan_of(name), layout)
        assert text == python_of(plan_of(name), layout)
        compile(text, name, "exec")


@pytest.mark.parametrize("name", specs_by_tier())
def test_each_message_has_its_two_ends_in_the_plan(name: str) -> None:
    plan = plan_of(name)
    text = emit_plan(plan)
    if plan.on_graph:
        ends = Counter(words[1] for words in map(str.split, text.splitlines()) if words and words[0] in _ENDS)
        assert set(ends.values()) == {2}
        return
    server, node = text[text.index("\nserver\n") : text.index("\nnode\n")], text[text.index("\nnode\n") :]
    ends = [
        sorted(words[:2] for words in map(str.split, part.splitlines()) if words and words[0] in _ENDS)
        for part in (server, node)
    ]
    assert len(ends[0]) == len(ends[1]) > 0
    mirrored = sorted([_ENDS[verb], number] for verb, number in ends[0])
    assert mirrored == ends[1]


_ENDS = {"send": "receive", "receive": "send"}
