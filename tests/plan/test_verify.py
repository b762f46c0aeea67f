"""The plan's invariants hold for what lowering makes, and a plan that breaks one is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cablese.dsl.check.contracts import Contract, Form
from cablese.dsl.check.kinds import Placement
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.verify import verify_plan
from cablese.dsl.text.diagnostics import InternalError
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from library_tiers import specs_by_tier
from plan_tools import method, plan_of, shipped

COMPRESSORS = {
    Contract.UNBIASED: (
        "identity()",
        "rand_k(k = 2)",
        "rand_k(k = 2, shared = true)",
        "quantize(s = 2)",
        "natural()",
        "rand_p(p = 0.5)",
    ),
    Contract.CONTRACTIVE: (
        "identity()",
        "top_k(k = 2)",
        "rand_k(k = 2, scaled = false)",
        "block_sign(size = 3)",
    ),
    Contract.ANY: (
        "sign()",
        "rand_k(k = 2, scaled = false)",
        "natural()",
        "threshold_k(t = 1)",
        "round_to(h = 1)",
    ),
    Contract.COLLECTIVE: ("power_sgd(rank = 1)", "sketch(rows = 1, cols = 2, k = 1)"),
}


@pytest.mark.parametrize("name", specs_by_tier())
def test_every_shipped_spec_with_every_compressor(name: str) -> None:
    registry = plugins()
    program = compile_spec(find_spec(name), registry)
    bound = {c.symbol.name: COMPRESSORS[c.contract] for c in program.compressors}
    for choice in range(max((len(calls) for calls in bound.values()), default=1)):
        settings = [f"{name} = {calls[choice % len(calls)]}" for name, calls in bound.items()]
        verify_plan(plan_program(compile_spec(find_spec(name), registry, settings), registry))


Change = Callable[[tuple[ir.Instruction, ...]], tuple[ir.Instruction, ...]]


def changed(kind: type, **fields: Any) -> Change:
    """Every instruction of a kind in a block with other fields."""
    return lambda block: tuple(replace(p, **fields) if isinstance(p, kind) else p for p in block)


def without(kind: type) -> Change:
    """The block without instructions of a kind."""
    return lambda block: tuple(p for p in block if not isinstance(p, kind))


def in_ways(change: Change) -> Change:
    """A change to both ways of the branches of a block."""

    def apply(block: tuple[ir.Instruction, ...]) -> tuple[ir.Instruction, ...]:
        return tuple(
            replace(p, then=change(p.then), otherwise=change(p.otherwise)) if isinstance(p, ir.Branch) else p
            for p in block
        )

    return apply


BREAKS: list[tuple[str, Change, str]] = [
    ("two messages with one number", changed(ir.Transfer, number=0), "two messages are number 0"),
    ("a message without a receiver", changed(ir.Transfer, roles=ir.SERVER), "a sender and a receiver"),
    ("a message without items", changed(ir.Transfer, message_items=()), "something to send"),
    ("a message gone", without(ir.Transfer), "reads `u`, which it does not have"),
    ("a draw gone", without(ir.DrawEvent), "server reads `c`"),
    ("an oracle gone", in_ways(without(ir.CallOracle)), "node reads `grad_x`"),
    ("a packet gone", in_ways(without(ir.Compress)), "node reads `m_packet`"),
    ("computed by others", changed(ir.Compute, roles=ir.SERVER), "others compute it"),
    ("in place without owning", changed(ir.Compute, in_place=True), "only an owned name's sparse update"),
]


@pytest.mark.parametrize(("what", "change", "said"), BREAKS, ids=[what for what, _, _ in BREAKS])
def test_a_broken_round_is_found(what: str, change: Change, said: str) -> None:
    plan = shipped("marina")
    verify_plan(plan)
    with pytest.raises(InternalError, match=said):
        verify_plan(replace(plan, round=change(plan.round)))


def test_the_instruction_and_its_line_are_named() -> None:
    plan = shipped("marina")
    with pytest.raises(InternalError, match=r"plan of MARINA, line \d+, Compute x: "):
        verify_plan(replace(plan, round=without(ir.Transfer)(plan.round)))


def test_what_one_way_binds_is_not_known_after_the_branch() -> None:
    plan = plan_of(
        method("all: event c ~ bernoulli(0.5)\nif c:\n    all: y = x\nelse:\n    all: y = x0\nall: x = y")
    )
    verify_plan(plan)
    branch = next(part for part in plan.round if isinstance(part, ir.Branch))
    broken = tuple(replace(p, otherwise=()) if p is branch else p for p in plan.round)
    with pytest.raises(InternalError, match="reads `y`"):
        verify_plan(replace(plan, round=broken))


def test_a_state_that_init_leaves_unbound_is_found() -> None:
    plan = shipped("marina")
    with pytest.raises(InternalError, match="`g` is not at home, dense, at the end of init"):
        verify_plan(replace(plan, init=tuple(p for p in plan.init if "g" not in _names(p))))


def _names(part: ir.Instruction) -> set[str]:
    match part:
        case ir.Compute():
            return {target.name for target in part.targets}
        case ir.Guard():
            return {part.slot.name}
        case _:
            return set()


def test_an_owned_name_must_not_be_lent() -> None:
    plan = shipped("marina")
    with pytest.raises(InternalError, match="cannot all be owned"):
        verify_plan(replace(plan, owned=plan.owned | {"x"}))


def test_a_sparse_value_must_not_reach_an_operator_that_takes_none() -> None:
    plan = plan_of(
        method("node -> server: q = Q(grad(x))\nserver -> all: u = norm2(mean(q))\nall: x = x - u * x0")
    )
    transfer = next(p for p in plan.round if isinstance(p, ir.Transfer) and p.number == 1)
    value = transfer.message_items[0].payload
    assert isinstance(value, ir.Operation)
    (dense,) = value.arguments
    assert isinstance(dense, ir.Operation)
    assert dense.operator == "dense"
    assert dense.arguments[0].form is Form.SPARSE
    spoiled = replace(
        transfer,
        message_items=(
            replace(transfer.message_items[0], payload=replace(value, arguments=dense.arguments)),
        ),
    )
    with pytest.raises(InternalError, match="`norm2` takes no sparse value"):
        verify_plan(replace(plan, round=tuple(spoiled if p is transfer else p for p in plan.round)))


def test_mixing_reads_the_copies_of_neighbours() -> None:
    """A mixed value that nodes know of themselves alone is not enough."""
    plan = shipped("choco_sgd")
    narrow = tuple(
        replace(p, targets=(replace(p.targets[0], placement=Placement.NODE),), roles=ir.NODE)
        if isinstance(p, ir.Compute) and p.targets[0].name == "x_hat"
        else p
        for p in plan.round
    )
    with pytest.raises(InternalError, match="neighbor reads `x_hat`, which it does not have"):
        verify_plan(replace(plan, round=narrow))


def test_neighbours_hear_only_of_what_is_sent_to_them() -> None:
    plan = shipped("dpsgd")
    with pytest.raises(InternalError, match="neighbor reads `x`, which it does not have"):
        verify_plan(replace(plan, round=without(ir.Transfer)(plan.round)))


def test_a_family_does_not_share_its_name_with_one_value() -> None:
    """Else a rank that is server and node would read as the server what it wrote as a node."""
    plan = plan_of(method("all: u = x + 1\nlink: u = 0.5 * u\nserver -> all: v = mean(u)\nall: x = x - v"))
    assert [p.targets[0].name for p in plan.round if isinstance(p, ir.Compute)] == ["u", "u_i", "x"]
    merged = tuple(
        replace(p, targets=(replace(p.targets[0], name="u"),))
        if isinstance(p, ir.Compute) and p.targets[0].name == "u_i"
        else p
        for p in plan.round
    )
    with pytest.raises(InternalError, match=r"\['u'\]: each is one value's name and a family's"):
        verify_plan(replace(plan, round=merged))
