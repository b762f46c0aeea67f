"""Every operator of a plan is a row of its table, with a kernel; what a row does not allow is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.operators import OPERATORS
from cablese.dsl.check.scalars import KERNELS
from cablese.dsl.emit.expressions import CALLS, COMPARISONS, INFIX, OF_HISTORIES, OF_ROWS
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.forms import ELEMENTWISE
from cablese.dsl.plan.operators import PLAN_OPERATORS
from cablese.dsl.plan.traverse import INSTRUCTIONS, VALUES
from cablese.dsl.plan.verify import verify_plan
from cablese.dsl.text.diagnostics import InternalError
from cablese.dsl.text.source import Source
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.execute.functions import Functions
from cablese.runtime.execute.views import View
from cablese.runtime.registry import plugins
from plan_tools import method, plan_of
from slow_numbers import apply

ROOT = Path(__file__).parents[2]
FOLDERS = ("algorithms", "tests/reference/specs", "tests/found")
SPECS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.alg"))
ADDED = sorted(PLAN_OPERATORS.keys() - OPERATORS.keys())

SIGNS = {"+", "-", "*", "/", "neg", "and", "or", "not"}
"""Rows that Python has signs for; of numbers `/` is a call, too."""

MESSAGE_BOUND = {"mix", "support"}
"""Rows that need to know of messages: `mix` of the network, `support` of a codec."""


def operations(plan: ir.Plan) -> Iterator[ir.Operation]:
    """Every operation of a plan, those of its schedules and its weight among them."""
    for holder in (plan, *INSTRUCTIONS.walk(plan)):
        yield from (part for part in VALUES.walk(holder) if isinstance(part, ir.Operation))


def test_every_operator_that_a_plan_holds_is_a_row_and_lowering_adds_no_other() -> None:
    registry, found = plugins(), set[str]()
    for path in SPECS:
        program = compile_spec(Source(path.name, path.read_text(encoding="utf-8")), registry)
        found |= {part.operator for part in operations(plan_program(program, registry))}
    assert found <= PLAN_OPERATORS.keys()
    assert set(ADDED) <= found


@pytest.mark.parametrize("name", ADDED)
def test_an_operator_that_lowering_adds_has_a_kernel(name: str) -> None:
    of = View if name in OF_ROWS else Functions(NumpyBackend("float64", "float64"), 3)
    assert callable(getattr(of, CALLS.get(name, name)))


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_an_operator_of_the_language_is_a_sign_or_has_a_kernel(name: str) -> None:
    """`mix` is made for the graph of a run."""
    called = {**CALLS, **COMPARISONS}.get(name, name)
    kernels = (
        [f"{OF_HISTORIES[name]}_{of}" for of in ("numbers", "vectors")] if name in OF_HISTORIES else [called]
    )
    assert name in {*SIGNS, "mix"} or all(callable(getattr(Functions, kernel)) for kernel in kernels)


def test_signs_and_calls_are_of_operators() -> None:
    assert INFIX.keys() - COMPARISONS.keys() == SIGNS - {"neg", "not"}
    assert {*CALLS, *COMPARISONS} <= OPERATORS.keys()


def test_numbers_known_before_the_rounds_have_every_operator_that_goes_entry_by_entry() -> None:
    assert KERNELS.keys() == ELEMENTWISE


@pytest.mark.parametrize("name", sorted(OPERATORS.keys() - MESSAGE_BOUND - OF_HISTORIES.keys()))
def test_the_slow_evaluator_has_every_operator(name: str) -> None:
    """Numbers and vectors of them agree; a block's norm is the norm of the block."""
    value, arity = np.array([1.0]), OPERATORS[name].arity
    found = apply(name.removeprefix("block_"), (value,) * arity)
    assert name not in ELEMENTWISE or found == KERNELS[name](*(1.0,) * arity)


@pytest.mark.parametrize("row", PLAN_OPERATORS.values(), ids=lambda row: row.name)
def test_a_row_gives_no_kind_to_sets_of_nodes(row: object) -> None:
    operator = PLAN_OPERATORS[getattr(row, "name", "")]
    moves_whatever_it_is_given = ("of_group", "spread")
    kinds = {operator.kind((Kind.NODES,) * arity) for arity in operator.arities}
    assert operator.doc
    assert operator.name in moves_whatever_it_is_given or kinds == {None}


NUMBER, VECTOR = ir.Number(1, Kind.INT), ir.Global("x0", Kind.VECTOR, ir.Origin.CONSTANT)
FAULTS = [
    (ir.Operation("plus", (NUMBER, NUMBER), Kind.INT, False), "`plus` is no row of the operator table"),
    (ir.Fold("total", VECTOR, Kind.VECTOR), "`total` is no row of the operator table"),
    (ir.Operation("+", (VECTOR,), Kind.VECTOR, False), "`\\+` takes no 1 arguments"),
    (ir.Operation("copy", (NUMBER,), Kind.VECTOR, False), "`copy` gives no vector here"),
    (ir.Operation("neg", (VECTOR,), Kind.VECTOR, True), "`neg` has rows where its arguments give none"),
    (ir.Operation("spread", (VECTOR,), Kind.VECTOR, True), "`spread` is not for neighbor, node"),
]


@pytest.mark.parametrize(("value", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_an_operation_that_its_row_does_not_allow_is_found(value: ir.Pure, said: str) -> None:
    plan = plan_of(method("all: x = x0"))
    broken = tuple(replace(p, values=(value,)) if isinstance(p, ir.Compute) else p for p in plan.round)
    with pytest.raises(InternalError, match=said):
        verify_plan(replace(plan, round=broken))
