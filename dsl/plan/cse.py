"""Common folds: one that a block evaluates twice, on operands that no instruction between binds, is computed once."""

from __future__ import annotations

from collections.abc import Iterator

from ..check.kinds import Kind, Placement
from . import instructions as ir
from .names import unused
from .traverse import INSTRUCTIONS, VALUES, bound_slots, leaves, values_of

Block = tuple[ir.Instruction, ...]


def share_folds(plan: ir.Plan) -> ir.Plan:
    """The plan with a slot for every aggregate of vectors that a block evaluates more than once."""
    taken = {slot.name for part in INSTRUCTIONS.walk(plan) for slot in bound_slots(part)}
    taken |= {part.counter for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Repeat)}
    taken |= {part.target for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Rebind)}
    taken |= {slot.name for slot in plan.states} | set(plan.params) | set(plan.compressors) | {plan.counter}
    return INSTRUCTIONS.map_blocks(plan, lambda block: _shared(block, taken))


def _shared(block: Block, taken: set[str]) -> Block:
    for place, instruction in enumerate(block):
        for fold in (f for value in values_of(instruction) for f in _folds(value)):
            readers = _readers(block, place, fold)
            if len(readers) > 1:
                return _shared(_held(block, fold, readers, taken), taken)
    return tuple(_inside(part, taken) for part in block)


def _inside(instruction: ir.Instruction, taken: set[str]) -> ir.Instruction:
    return INSTRUCTIONS.map_blocks(instruction, lambda block: _shared(block, taken))


def _readers(block: Block, first: int, fold: ir.Fold) -> list[int]:
    """Places of the block's instructions that evaluate the fold with the value it has at the first of them."""
    reads = {leaf.name for leaf in leaves(fold)}
    found = []
    for place in range(first, len(block)):
        instruction = block[place]
        evaluates = any(fold in _folds(value) for value in values_of(instruction))
        if evaluates and _evaluators(instruction) == _evaluators(block[first]):
            found.append(place)
        bound = {slot.name for part in INSTRUCTIONS.walk(instruction) for slot in bound_slots(part)}
        if reads & bound:
            break
    return found


def _evaluators(instruction: ir.Instruction) -> ir.Roles:
    """The roles that evaluate an instruction's folds: in a transfer only payloads of the server's hold any."""
    return ir.SERVER if isinstance(instruction, ir.Transfer) else instruction.roles


def _held(block: Block, fold: ir.Fold, readers: list[int], taken: set[str]) -> Block:
    """The block with the fold in a slot of its own before its first reader."""
    first = block[readers[0]]
    name = unused(f"{fold.operator}_{'_'.join(leaf.name for leaf in leaves(fold))}", taken)
    taken.add(name)
    placement = Placement.SERVER if _evaluators(first) == ir.SERVER else Placement.ALL
    slot = ir.Slot(name, fold.kind, False, placement, fold.form)
    hold = ir.Compute((slot,), (fold,), None, _evaluators(first), False, first.span)
    out = [
        _replaced(part, fold, ir.Use(slot)) if place in readers else part for place, part in enumerate(block)
    ]
    return (*out[: readers[0]], hold, *out[readers[0] :])


def _folds(value: ir.Pure) -> Iterator[ir.Fold]:
    """The aggregates of vectors in an expression, outermost first."""
    return (part for part in VALUES.walk(value) if isinstance(part, ir.Fold) and part.kind is Kind.VECTOR)


def _replaced(instruction: ir.Instruction, old: ir.Pure, new: ir.Pure) -> ir.Instruction:
    """The instruction with an expression put in the place of an equal one."""

    def put(value: ir.Pure) -> ir.Pure:
        return new if value == old else VALUES.map_children(value, put)

    return VALUES.map_children(instruction, put)
