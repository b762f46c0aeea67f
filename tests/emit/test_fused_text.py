"""Text of fused rounds, by layout: closed over its arguments and functions, with MPI where others have a part."""

from __future__ import annotations

import ast

import pytest
from cablese.dsl.emit.fused import emit_fused
from cablese.dsl.emit.fused_inputs import Choosing, Drawing, Entrywise, Forms, Fused
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import plan_program
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.runtime.compiled import compiled
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

BUILTINS = {"range", "float", "int", "bool", "max"}
SETTINGS = {"diana": ("Q=rand_k(k = 2)",), "marina": ("Q=rand_k(k = 2)",), "scaffnew": ()}


def fused(spec: str, layout: Layout, sets: str = "ranked") -> Fused | None:
    plan = plan_program(compiled(find_spec(spec), SETTINGS.get(spec, ())), plugins())
    compressors = {name: Choosing("by_floyd", True, sets) for name in plan.compressors}
    draws = [each for each in INSTRUCTIONS.walk(plan) if isinstance(each, ir.DrawEvent)]
    forms = Forms(
        compressors, {"grad": Entrywise("curved", 2)}, False, {each.site: Drawing("") for each in draws}
    )
    return emit_fused(plan, layout, forms)


@pytest.mark.parametrize("layout", [Layout.TOGETHER, Layout.SERVER_AND_NODES, Layout.NODES])
@pytest.mark.parametrize("spec", SETTINGS)
def test_the_function_is_closed(spec: str, layout: Layout) -> None:
    found = fused(spec, layout)
    assert found is not None
    (function,) = ast.parse(found.text).body
    assert isinstance(function, ast.FunctionDef)
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {argument.arg for argument in function.args.args}
    free = {node.id for node in names} - bound
    assert free <= BUILTINS | set(found.functions) | {"empty", "float64", "int64", "uint64", "uint8"}
    assert ("gather" in free) is (layout is not Layout.TOGETHER)
    assert [variable for variable, _ in found.inputs] == [each.arg for each in function.args.args[8:]]


@pytest.mark.parametrize(
    ("spec", "layout", "sets"),
    [
        ("diana", Layout.SERVER, "ranked"),  # a server of its own
        ("diana", Layout.NODES, ""),  # sets that compiled code does not write
        ("sgp", Layout.TOGETHER, "ranked"),  # a graph with directions
        ("dpsgd", Layout.PEERS, "ranked"),
        ("rand_mcm_g", Layout.TOGETHER, "ranked"),  # groups
    ],
)
def test_what_has_no_form(spec: str, layout: Layout, sets: str) -> None:
    assert fused(spec, layout, sets) is None
