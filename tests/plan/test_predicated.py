"""Behind the pass every condition and count is one value at its placement, and what differs by node runs over sets."""

from __future__ import annotations

from pathlib import Path

import cablese.dsl.check.program as core
import pytest
from cablese.dsl.check.kinds import Kind, Spread
from cablese.dsl.check.traverse import EXPRESSIONS, STATEMENTS
from cablese.dsl.check.uses import targets_in
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.dsl.plan import lower
from cablese.dsl.plan.predicated import differs_by_node, predicate
from cablese.dsl.text.diagnostics import InternalError
from cablese.dsl.text.source import Source
from cablese.runtime.registry import plugins
from plan_tools import method

ROOT = Path(__file__).parents[2]
SPECS = [*ROOT.glob("algorithms/**/*.alg"), *ROOT.glob("tests/reference/specs/*.alg")]
SPECS += ROOT.glob("tests/found/*.alg")


def checked(path: Path) -> core.Program:
    return compile_spec(Source(path.name, path.read_text(encoding="utf-8")), plugins())


def predicated(body: str, **parts: str) -> core.Program:
    return predicate(compile_spec(Source("m.alg", method(body, **parts)), plugins()))


def own(program: core.Program) -> list[core.Stmt]:
    return [statement for statement in STATEMENTS.walk(program) if differs_by_node(statement)]


@pytest.mark.parametrize("path", sorted(SPECS), ids=lambda path: path.stem)
def test_no_condition_or_count_differs_by_node(path: Path) -> None:
    program = checked(path)
    found = predicate(program)
    assert not own(found)
    for statement in STATEMENTS.walk(found):
        match statement:
            case core.Branch():
                assert statement.condition.where.spread is Spread.ONE
            case core.Repeat():
                assert statement.count.where.spread is Spread.ONE
            case _:
                continue
    assert predicate(found) is found  # nothing is left to do
    if not own(program):
        assert found is program


def test_some_specs_have_what_the_pass_removes() -> None:
    assert len([path for path in SPECS if own(checked(path))]) > 15


@pytest.mark.parametrize("path", sorted(SPECS), ids=lambda path: path.stem)
def test_each_set_has_a_domain_of_its_own(path: Path) -> None:
    found = predicate(checked(path))
    families = [t for t in targets_in(found) if t.kind is Kind.NODES and t.where.spread is not Spread.ONE]
    assert len({t.where.domain.over for t in families}) == len(families)
    for statement in STATEMENTS.walk(found):
        names = {part.symbol.name for part in EXPRESSIONS.walk(statement) if isinstance(part, core.Read)}
        assert names <= {t.symbol.name for t in targets_in(found)}


def test_a_branch_binds_beside_and_both_branches_join() -> None:
    program = predicated(
        "node:\n    if norm(h) > 1:\n        h = 2 * h\nall: x = x", init="all: x = x0\nnode: h = x"
    )
    names = [target.symbol.name for target in targets_in(program.round)]
    assert names == ["taken", "takers", "others", "h_new", "h", "x"]
    (joined,) = [s for s in program.round if isinstance(s, core.Assign) and s.targets[0].symbol.name == "h"]
    (value,) = joined.values
    assert isinstance(value, core.Apply)
    assert value.operator == "interleave"
    assert [a.symbol.name for a in value.arguments if isinstance(a, core.Read)] == [
        "taken",
        "takers",
        "h_new",
        "others",
        "h",
    ]


def test_a_loop_of_the_nodes_own_runs_as_often_as_any_asks() -> None:
    body = "node:\n    repeat floor(norm(h)):\n        h = 0.5 * h\nall: x = x"
    program = predicated(body, init="all: x = x0\nnode: h = x")
    (loop,) = [s for s in program.round if isinstance(s, core.Repeat)]
    assert isinstance(loop.count, core.Apply)
    assert loop.count.operator == "most"
    assert [t.symbol.name for t in targets_in(program.round)][:2] == ["times", "h"]


@pytest.mark.parametrize(
    ("block", "said"), [("if norm(h) > 1", "line 10: `if`"), ("repeat floor(norm(h))", "line 10: `repeat`")]
)
def test_lowering_takes_no_condition_or_count_that_differs_by_node(
    block: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lower, "predicate", lambda program: program)
    text = method(f"node:\n    {block}:\n        h = 0.5 * h\nall: x = x", init="all: x = x0\nnode: h = x")
    with pytest.raises(InternalError, match=f"{said} differs by node"):
        plan_program(compile_spec(Source("m.alg", text), plugins()), plugins())


def test_divergent_statements_in_both_branches_of_a_plain_if_have_names_of_their_own() -> None:
    inner = "        if norm(h) > 1:\n            h = 2 * h\n"
    body = f"all: event c ~ bernoulli(0.5)\nnode:\n    if c:\n{inner}    else:\n{inner}all: x = x"
    program = predicated(body, init="all: x = x0\nnode: h = x")
    names = [t.symbol.name for t in targets_in(program.round)]
    assert {"takers", "takers_2", "h_new", "h_new_2"} <= set(names)
