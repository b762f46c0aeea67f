"""Updates in place: `h = h + alpha * q` with sparse q overwrites h's array where no other name can hold it.

An owned name takes a copy where it is bound to what may be another name's array, so that its own is never shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from ..check.contracts import Form
from ..check.kinds import Kind
from . import instructions as ir
from .forms import whole_of
from .operators import PLAN_OPERATORS
from .traverse import INSTRUCTIONS, bound_slots


def mark_in_place(plan: ir.Plan) -> ir.Plan:
    """The plan with `in_place` set on every sparse update of an array that only one name holds."""
    shared = shared_names(plan) | {plan.output.name}
    private = {slot.name for slot in plan.states if slot.kind is Kind.VECTOR} - shared
    owned = frozenset(
        part.targets[0].name
        for part in INSTRUCTIONS.walk(plan)
        if isinstance(part, ir.Compute) and is_update(part, private)
    )
    return replace(INSTRUCTIONS.map_children(plan, lambda part: _marked(part, owned)), owned=owned)


def shared_names(plan: ir.Plan) -> frozenset[str]:
    """Names whose array another name, an oracle or a message may hold as well."""
    return frozenset(_shared(INSTRUCTIONS.walk(plan)))


def private_names(plan: ir.Plan) -> frozenset[str]:
    """Names of arrays that nothing else can hold: made for them by arithmetic or for each node, and never handed on as they
    are. Packets of sparse form have entries of their own."""
    parts = tuple(INSTRUCTIONS.walk(plan))
    gathering = frozenset(_gathering(parts))
    lent = {
        *_shared(
            part for part in parts if not isinstance(part, ir.Compress) or part.compressor not in gathering
        ),
        plan.output.name,
    }
    return _made_only(parts, _made_by_arithmetic) - lent


def received_names(plan: ir.Plan) -> frozenset[str]:
    """Names of dense vectors that messages of fresh ones bind: in one process, whose roles share a name, nothing else holds
    their arrays."""
    parts = tuple(INSTRUCTIONS.walk(plan))
    return _made_only(parts, _made_by_message) - {*_shared(parts), plan.output.name}


def _made_only(
    parts: Iterable[ir.Instruction], made_by: Callable[[ir.Instruction, ir.Slot], bool]
) -> frozenset[str]:
    """Names that instructions of this kind bind, and no others."""
    made: set[str] = set()
    others: set[str] = set()
    for part in parts:
        for target in bound_slots(part):
            (made if made_by(part, target) else others).add(target.name)
    return frozenset(made - others)


def _made_by_arithmetic(instruction: ir.Instruction, target: ir.Slot) -> bool:
    return isinstance(instruction, ir.Compute) and _is_made_for(instruction, target)


def _made_by_message(instruction: ir.Instruction, target: ir.Slot) -> bool:
    """True for a message item that is not compressed, and whose vector was made for it."""
    return isinstance(instruction, ir.Transfer) and any(
        part.target == target and part.compressor is None and not may_be_shared(part.payload)
        for part in instruction.message_items
    )


def _gathering(parts: Iterable[ir.Instruction]) -> Iterator[str]:
    """Compressors with results of sparse form, whose packets take entries out of the vector."""
    for part in parts:
        match part:
            case ir.Compress(target=ir.Slot(form=Form.SPARSE)):
                yield part.compressor
            case ir.Transfer():
                for item in part.message_items:
                    if item.compressor is not None and item.target.form is Form.SPARSE:
                        yield item.compressor
            case _:
                continue


def _is_made_for(instruction: ir.Compute, target: ir.Slot) -> bool:
    """True if the value that an instruction binds to this target is an array of its own."""
    value = instruction.values[instruction.targets.index(target)]
    return (target.family and not value.family) or not may_be_shared(value)


def is_update(instruction: ir.Compute, owned: Iterable[str]) -> bool:
    """True if an instruction adds a sparse vector to the array of one of these owned names."""
    target, value = instruction.targets[0], instruction.values[0]
    if len(instruction.targets) != 1 or target.name not in owned:
        return False
    if not isinstance(value, ir.Operation) or value.operator not in ("add", "subtract"):
        return False
    base = value.arguments[0]
    return isinstance(base, ir.Use) and base.slot.name == target.name


def may_be_shared(value: ir.Pure) -> bool:
    """True if a value may be an array that a name or a constant holds already, not one made for this value."""
    return isinstance(value, ir.Global) or any(True for _ in _passed_on(value))


def _shared(instructions: Iterable[ir.Instruction]) -> Iterator[str]:
    """Names whose array a plain copy, an oracle's point, a compression's operand or a message item shares."""
    for instruction in instructions:
        match instruction:
            case ir.Compute():
                yield from (name for value in instruction.values for name in _passed_on(value))
            case ir.CallOracle():
                yield from _passed_on(whole_of(instruction.point))
            case ir.Transfer():
                for message_item in instruction.message_items:
                    yield from _sent(message_item)
            case ir.Compress():
                held = set(_passed_on(instruction.operand))
                if held:
                    yield from held
                    yield from (s.name for s in (instruction.packet, instruction.target) if s is not None)
            case ir.Store() | ir.DrawEvent() | ir.Rebind() | ir.Branch() | ir.Repeat() | ir.Guard():
                continue
            case _:
                assert_never(instruction)


def _sent(message_item: ir.MessageItem) -> Iterator[str]:
    """Names that share an array after a message item: none if a value is sent under its own name, which it replaces."""
    names = set(_passed_on(message_item.payload)) - {message_item.target.name}
    yield from names
    if names:
        yield message_item.target.name


def _passed_on(value: ir.Pure) -> Iterator[str]:
    """Names whose array an expression may hand on as it is."""
    return (part.slot.name for part in handed_on(value) if isinstance(part, ir.Use))


def handed_on(value: ir.Pure) -> Iterator[ir.Use | ir.Global]:
    """The names and constants whose array an expression may hand on as it is: operators such as `prox` and `where` may
    return an argument."""
    match value:
        case ir.Use() | ir.Global():
            yield value
        case ir.Operation() if PLAN_OPERATORS[value.operator].hands_on:
            for argument in value.arguments:
                yield from handed_on(argument)
        case ir.Operation() | ir.Number() | ir.Gather() | ir.Fold():
            return
        case _:
            assert_never(value)


def _marked(instruction: ir.Instruction, owned: frozenset[str]) -> ir.Instruction:
    match instruction:
        case ir.Compute():
            values = tuple(
                _own_array(target, value, owned)
                for target, value in zip(instruction.targets, instruction.values, strict=True)
            )
            return replace(instruction, values=values, in_place=is_update(instruction, owned))
        case _:
            return INSTRUCTIONS.map_children(instruction, lambda part: _marked(part, owned))


def _own_array(target: ir.Slot, value: ir.Pure, owned: frozenset[str]) -> ir.Pure:
    """A copy where an owned name would get an array that may be another's; spreading makes a fresh one anyway."""
    spread = target.family and not value.family
    if target.name not in owned or spread or not may_be_shared(value):
        return value
    return ir.Operation("copy", (value,), value.kind, value.family)
