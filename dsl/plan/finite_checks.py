"""Finite checks of states, at the end of `init` and of a round, where a state may hold a value that no check has seen.

Sending or compressing a value checks it, and an update in place checks the entries that it touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..check.kinds import HISTORIES, Kind
from . import instructions as ir
from .traverse import INSTRUCTIONS, bound_slots, last_span

Block = tuple[ir.Instruction, ...]


def place_guards(plan: ir.Plan) -> ir.Plan:
    """The plan with a guard for every state that may have taken an unchecked value."""
    init, round = plan.init, plan.round
    for slot in plan.states:
        if slot.kind in (Kind.VECTOR, Kind.REAL, Kind.INT, *HISTORIES):
            init, round = _guarded(init, slot, False), _guarded(round, slot, False)
    return replace(plan, init=init, round=round)


def _guarded(block: Block, slot: ir.Slot, unchecked: bool) -> Block:
    """The block with a guard of the slot where it may end unchecked; `unchecked`: it may be so before the block."""
    before = [unchecked]
    for instruction in block:
        before.append(_unchecked_after(instruction, slot.name, before[-1]))
    if not before[-1]:
        return block
    last = _last_change(block, slot.name)
    branch = block[last] if last is not None else None
    if last is not None and isinstance(branch, ir.Branch) and _updates(branch, slot.name):
        then = _guarded(branch.then, slot, before[last])
        otherwise = _guarded(branch.otherwise, slot, before[last])
        return (*block[:last], replace(branch, then=then, otherwise=otherwise), *block[last + 1 :])
    span = last_span(block, slot.name)
    if span is None:  # this block is a branch, and the value comes from before its `if`
        return block
    return (*block, ir.Guard(slot, ir.roles_of(slot.placement), span))


def _unchecked_after(instruction: ir.Instruction, name: str, before: bool) -> bool:
    if isinstance(instruction, ir.Branch):
        branches = (instruction.then, instruction.otherwise)
        return any(_unchecked_after_all(block, name, before) for block in branches)
    if isinstance(instruction, ir.Repeat):  # its body may run no time
        return before or _unchecked_after_all(instruction.body, name, before)
    if not any(slot.name == name for slot in bound_slots(instruction)):
        return before
    match instruction:
        case ir.Transfer() | ir.Compress():
            return False
        case ir.Compute():
            return before if instruction.in_place else True
        case _:
            return True


def _unchecked_after_all(block: Sequence[ir.Instruction], name: str, before: bool) -> bool:
    for instruction in block:
        before = _unchecked_after(instruction, name, before)
    return before


def _last_change(block: Block, name: str) -> int | None:
    """The last instruction after which the slot may hold a new array."""
    changes = [index for index, instruction in enumerate(block) if _changes(instruction, name)]
    return changes[-1] if changes else None


def _changes(instruction: ir.Instruction, name: str) -> bool:
    return any(
        slot.name == name and not (isinstance(part, ir.Compute) and part.in_place)
        for part in INSTRUCTIONS.walk(instruction)
        for slot in bound_slots(part)
    )


def _updates(branch: ir.Branch, name: str) -> bool:
    """True if a branch updates the slot in place: a guard behind the `if` would cost more than that branch."""
    return any(
        isinstance(part, ir.Compute) and part.in_place and part.targets[0].name == name
        for part in INSTRUCTIONS.walk(branch)
    )
