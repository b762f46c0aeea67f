"""An aggregate that a block asks for twice, with nothing it reads bound between, is computed once and held."""

from __future__ import annotations

from collections.abc import Iterator

from ..check.kinds import Kind, Placement
from . import instructions as i
from .names import unused
from .traverse import INSTRUCTIONS, VALUES, bound_slots, leaves, values_of

Block = tuple[i.Instruction, ...]


def share_folds(plan: i.Plan) -> i.Plan:
    """The plan with a slot for every aggregate of vectors that a block evaluates more than once."""
    taken = {slot.name for part in INSTRUCTIONS.walk(plan) for slot in bound_slots(part)}
    taken |= {part.counter for part in INSTRUCTIONS.walk(plan) if isinstance(part, i.Repeat)}
    taken |= {part.target for part in INSTRUCTIONS.walk(plan) if isinstance(part, i.Turn)}
    taken |= {slot.name for slot in plan.states} | set(plan.params) | set(plan.compressors) | {plan.counter}
    return INSTRUCTIONS.map_blocks(plan, lambda block: _shared(block, taken))


def _shared(block: Block, taken: set[str]) -> Block:
    for place, instruction in enumerate(block):
        for fold in (f for value in values_of(instruction) for f in _folds(value)):
            readers = _readers(block, place, fold)
            if len(readers) > 1:
                return _shared(_held(block, fold, readers, taken), taken)
    return tuple(_inside(part, taken) for part in block)


def _inside(instruction: i.Instruction, taken: set[str]) -> i.Instruction:
    return INSTRUCTIONS.map_blocks(instruction, lambda block: _shared(block, taken))


def _readers(block: Block, first: int, fold: i.Fold) -> list[int]:
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


def _evaluators(instruction: i.Instruction) -> i.Roles:
    """Who evaluates an instruction's expressions: of a transfer its senders, where aggregates are the server's."""
    return i.SERVER if isinstance(instruction, i.Transfer) else instruction.roles


def _held(block: Block, fold: i.Fold, readers: list[int], taken: set[str]) -> Block:
    """The block with the fold in a slot of its own before its first reader."""
    first = block[readers[0]]
    name = unused(f"{fold.operator}_{'_'.join(leaf.name for leaf in leaves(fold))}", taken)
    taken.add(name)
    placement = Placement.SERVER if _evaluators(first) == i.SERVER else Placement.ALL
    slot = i.Slot(name, fold.kind, False, placement, fold.form)
    hold = i.Compute((slot,), (fold,), None, _evaluators(first), False, first.span)
    out = [
        _replaced(part, fold, i.Use(slot)) if place in readers else part for place, part in enumerate(block)
    ]
    return (*out[: readers[0]], hold, *out[readers[0] :])


def _folds(value: i.Pure) -> Iterator[i.Fold]:
    """The aggregates of vectors in an expression, outermost first."""
    return (part for part in VALUES.walk(value) if isinstance(part, i.Fold) and part.kind is Kind.VECTOR)


def _replaced(instruction: i.Instruction, old: i.Pure, new: i.Pure) -> i.Instruction:
    """The instruction with an expression put in the place of an equal one."""

    def put(value: i.Pure) -> i.Pure:
        return new if value == old else VALUES.map_children(value, put)

    return VALUES.map_children(instruction, put)
