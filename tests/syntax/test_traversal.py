"""Traversals find every node that a tree holds, in the order of the text, and rebuild only what changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeAlias, get_args

import pytest
from cablese.dsl.check import program as core
from cablese.dsl.check import traverse as of_programs
from cablese.dsl.pipeline import compile_spec, plan_program, read_spec
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan import traverse as of_plans
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax import traverse as of_specs
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source
from cablese.dsl.text.traversal import Traversal
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "algorithms").rglob("*.alg"))


def everything(value: Any) -> Iterator[Any]:
    """Each record in a value, whatever its type, before what its fields hold."""
    if isinstance(value, tuple):
        for part in value:
            yield from everything(part)
    elif is_dataclass(value):
        yield value
        for field in fields(value):
            yield from everything(getattr(value, field.name))


def same(found: Any, wanted: Any) -> bool:
    """Whether two iterables hold the same objects in the same order."""
    return [*map(id, found)] == [*map(id, wanted)]


def of(kind: object, value: Any) -> list[Any]:
    """Each node of a union in a value."""
    return [part for part in everything(value) if isinstance(part, get_args(kind))]


@pytest.mark.parametrize("name", NAMES)
def test_a_specs_statements_and_expressions_are_all_found(name):
    spec = read_spec(find_spec(name))
    statements = list(of_specs.STATEMENTS.walk(spec))
    assert same(statements, of(nodes.Stmt, spec))
    found = [part for s in (spec, *statements) for part in of_specs.EXPRESSIONS.walk(s)]
    read = [part for part in found if not isinstance(part, nodes.Name | nodes.Text)]
    wanted = [part for part in of(nodes.Expr, spec) if not isinstance(part, nodes.Name | nodes.Text)]
    assert sorted(map(id, read)) == sorted(map(id, wanted))


@pytest.mark.parametrize("name", NAMES)
def test_a_programs_statements_and_expressions_are_all_found(name):
    program = compile_spec(find_spec(name), plugins())
    statements = list(of_programs.STATEMENTS.walk(program))
    assert same(statements, of(core.Stmt, (program.init, program.round)))
    found = [part for s in (program, *statements) for part in of_programs.EXPRESSIONS.walk(s)]
    wanted = [part for part in of(core.Expr, program) if part is not program.output.value]
    assert {*map(id, found)} - {id(program.output.value)} == {*map(id, wanted)}


@pytest.mark.parametrize("name", NAMES)
def test_a_plans_instructions_and_values_are_all_found(name):
    registry = plugins()
    plan = plan_program(compile_spec(find_spec(name), registry), registry)
    instructions = list(of_plans.INSTRUCTIONS.walk(plan))
    wanted = [x for x in of(ir.Instruction, plan) if not isinstance(x, ir.DrawEvent)]  # items name theirs
    assert same((x for x in instructions if not isinstance(x, ir.DrawEvent)), wanted)
    found = [part for x in (plan, *instructions) for part in of_plans.VALUES.walk(x)]
    assert {*map(id, found)} == {*map(id, of(ir.Pure, plan))}


def test_names_of_functions_arguments_and_targets_are_not_read():
    expr = parse_expression(Source("m.alg", "f(a + g(b), key = c)"), Bag())
    names = [part.id for part in of_specs.EXPRESSIONS.walk(expr) if isinstance(part, nodes.Name)]
    assert names == ["a", "b", "c"]


# --- a small tree --------------------------------------------------------------------------------------------


@record
class Leaf:
    """A node that holds none."""

    id: str


@record
class Sum:
    """A node with others: alone, in a tuple, and in records that are no nodes."""

    label: Leaf
    first: Tree
    others: tuple[Tree, ...]
    pairs: tuple[tuple[str, Tree], ...]
    carried: Carrier | None


@record
class Carrier:
    """A record on the way to nodes, perhaps through another of its kind."""

    tree: Tree
    more: Carrier | None = None


@record
class Closed:
    """A record that is not looked into from outside."""

    tree: Tree


@record
class Top:
    """What holds all of it."""

    trees: tuple[Tree, ...]
    apart: Closed


Tree: TypeAlias = Leaf | Sum
WAYS: Traversal[Tree] = Traversal(Tree, closed=Closed, labels=Leaf)
A, B, C, D, E, F = map(Leaf, "abcdef")
SUM = Sum(Leaf("label"), A, (B, C), (("key", D),), Carrier(E, Carrier(F)))


def test_children_come_in_the_order_of_the_fields():
    assert WAYS.children(SUM) == [A, B, C, D, E, F]
    assert WAYS.children(A) == []


def test_a_walk_starts_with_a_root_that_is_a_node():
    top = Top((SUM, A), Closed(B))
    assert list(WAYS.walk(SUM)) == [SUM, A, B, C, D, E, F]
    assert list(WAYS.walk(top)) == list(WAYS.walk(top.trees)) == [SUM, A, B, C, D, E, F, A]
    assert list(WAYS.walk(top.apart)) == [B]


def test_a_record_is_rebuilt_only_where_a_child_is_new():
    assert WAYS.map_children(SUM, lambda leaf: leaf) is SUM
    changed = WAYS.map_children(SUM, lambda leaf: A if leaf is F else leaf)
    assert changed == Sum(Leaf("label"), A, (B, C), (("key", D),), Carrier(E, Carrier(A)))
    assert changed.others is SUM.others
    assert WAYS.map_children(SUM, lambda leaf: Leaf(leaf.id.upper())).label == Leaf("label")


def test_blocks_are_changed_as_wholes():
    assert WAYS.map_blocks(Top((A, B), Closed(C)), lambda block: block[::-1]).trees == (B, A)
