"""An aggregate that a block asks for twice, with nothing it reads bound between, is computed once and held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from ..check.kinds import Kind, Placement
from . import instructions as i
from .names import unused
from .walk import bound_slots, flat, leaves, values_of

Block = tuple[i.Instruction, ...]


def share_folds(plan: i.Plan) -> i.Plan:
    """The plan with a slot for every aggregate of vectors that a block evaluates more than once."""
    taken = {slot.name for part in flat((*plan.init, *plan.round)) for slot in bound_slots(part)}
    taken |= {part.counter for part in flat((*plan.init, *plan.round)) if isinstance(part, i.Repeat)}
    taken |= {part.target for part in flat((*plan.init, *plan.round)) if isinstance(part, i.Turn)}
    taken |= {slot.name for slot in plan.states} | set(plan.params) | set(plan.compressors) | {plan.counter}
    return replace(plan, init=_shared(plan.init, taken), round=_shared(plan.round, taken))


def _shared(block: Block, taken: set[str]) -> Block:
    for place, instruction in enumerate(block):
        for fold in (f for value in values_of(instruction) for f in _folds(value)):
            readers = _readers(block, place, fold)
            if len(readers) > 1:
                return _shared(_held(block, fold, readers, taken), taken)
    return tuple(_inside(part, taken) for part in block)


def _inside(instruction: i.Instruction, taken: set[str]) -> i.Instruction:
    if isinstance(instruction, i.Repeat):
        return replace(instruction, body=_shared(instruction.body, taken))
    if not isinstance(instruction, i.Branch):
        return instruction
    then, otherwise = _shared(instruction.then, taken), _shared(instruction.otherwise, taken)
    return replace(instruction, then=then, otherwise=otherwise)


def _readers(block: Block, first: int, fold: i.Fold) -> list[int]:
    """Places of the block's instructions that evaluate the fold with the value it has at the first of them."""
    reads = {leaf.name for leaf in leaves(fold)}
    found = []
    for place in range(first, len(block)):
        instruction = block[place]
        evaluates = any(fold in _folds(value) for value in values_of(instruction))
        if evaluates and _evaluators(instruction) == _evaluators(block[first]):
            found.append(place)
        bound = {slot.name for part in flat((instruction,)) for slot in bound_slots(part)}
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
    match value:
        case i.Fold():
            if value.kind is Kind.VECTOR:
                yield value
            yield from _folds(value.argument)
        case i.Operation():
            for argument in value.arguments:
                yield from _folds(argument)
        case i.Restrict():
            yield from _folds(value.family_value)
        case i.Number() | i.Use() | i.Global():
            return
        case _:
            assert_never(value)


def _replaced(instruction: i.Instruction, old: i.Pure, new: i.Pure) -> i.Instruction:
    """The instruction with an expression put in the place of an equal one."""

    def put(value: i.Pure) -> i.Pure:
        return _put(value, old, new)

    match instruction:
        case i.Compute():
            return replace(instruction, values=tuple(map(put, instruction.values)))
        case i.Store():
            return replace(instruction, value=put(instruction.value))
        case i.DrawEvent():
            settings = tuple((name, put(value)) for name, value in instruction.settings)
            return replace(instruction, arguments=tuple(map(put, instruction.arguments)), settings=settings)
        case i.CallOracle():
            extra = None if instruction.extra is None else put(instruction.extra)
            return replace(instruction, point=put(instruction.point), extra=extra)
        case i.Squeeze():
            return replace(instruction, operand=put(instruction.operand))
        case i.Transfer():
            parcels = (replace(parcel, payload=put(parcel.payload)) for parcel in instruction.parcels)
            return replace(instruction, parcels=tuple(parcels))
        case i.Branch():
            return replace(instruction, condition=put(instruction.condition))
        case i.Repeat():
            return replace(instruction, count=put(instruction.count))
        case i.Turn():
            settings = tuple((name, put(value)) for name, value in instruction.settings)
            return replace(instruction, settings=settings)
        case i.Guard():
            return instruction
        case _:
            assert_never(instruction)


def _put(value: i.Pure, old: i.Pure, new: i.Pure) -> i.Pure:
    if value == old:
        return new
    match value:
        case i.Operation():
            return replace(value, arguments=tuple(_put(a, old, new) for a in value.arguments))
        case i.Fold():
            return replace(value, argument=_put(value.argument, old, new))
        case i.Restrict():
            return replace(value, family_value=_put(value.family_value, old, new))
        case i.Number() | i.Use() | i.Global():
            return value
        case _:
            assert_never(value)
