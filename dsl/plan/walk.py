"""Ways through a plan: what instructions bind and read, and where a slot last took a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from ..text.source import Span
from . import instructions as i


def leaves(value: i.Pure) -> Iterator[i.Slot | i.Global]:
    """The slots and globals that an expression reads."""
    match value:
        case i.Use():
            yield value.slot
        case i.Global():
            yield value
        case i.Number():
            return
        case i.Restrict():
            yield value.members
            if value.among is not None:
                yield value.among
            yield from leaves(value.family_value)
        case i.Fold():
            yield from leaves(value.argument)
        case i.Operation():
            for argument in value.arguments:
                yield from leaves(argument)
        case _:
            assert_never(value)


def values_of(instruction: i.Instruction) -> tuple[i.Pure, ...]:
    """The expressions that an instruction evaluates itself; those of a branch's ways are theirs."""
    match instruction:
        case i.Compute():
            return instruction.values
        case i.Store():
            return (instruction.value,)
        case i.DrawEvent():
            return (*instruction.arguments, *(value for _, value in instruction.settings))
        case i.CallOracle():
            return (
                (instruction.point,) if instruction.extra is None else (instruction.point, instruction.extra)
            )
        case i.Turn():
            return tuple(value for _, value in instruction.settings)
        case i.Squeeze():
            return (instruction.operand,)
        case i.Transfer():
            return tuple(parcel.payload for parcel in instruction.parcels)
        case i.Branch():
            return (instruction.condition,)
        case i.Repeat():
            return (instruction.count,)
        case i.Guard():
            return (i.Use(instruction.slot),)
        case _:
            assert_never(instruction)


def members_of(instruction: i.Instruction) -> i.Slot | None:
    """The set of nodes over which an instruction runs."""
    match instruction:
        case i.Compute() | i.Store() | i.DrawEvent() | i.CallOracle() | i.Squeeze() | i.Transfer():
            return instruction.members
        case i.Turn() | i.Branch() | i.Repeat() | i.Guard():
            return None
        case _:
            assert_never(instruction)


def bound_slots(instruction: i.Instruction) -> tuple[i.Slot, ...]:
    """The slots that an instruction binds, packets among them; what holds others binds none itself."""
    match instruction:
        case i.Compute():
            return instruction.targets
        case i.Store() | i.DrawEvent() | i.CallOracle():
            return (instruction.target,)
        case i.Squeeze():
            packet, target = instruction.packet, instruction.target
            return (packet,) if target is None else (packet, target)
        case i.Transfer():
            told = () if instruction.tells is None else (instruction.tells,)
            return (*told, *(s for q in instruction.parcels for s in (q.target, q.packet) if s is not None))
        case i.Turn() | i.Branch() | i.Repeat() | i.Guard():
            return ()
        case _:
            assert_never(instruction)


def flat(instructions: Iterable[i.Instruction]) -> Iterator[i.Instruction]:
    """All instructions in the order of the text, branches and repetitions before what they hold."""
    for instruction in instructions:
        yield instruction
        if isinstance(instruction, i.Branch):
            yield from flat((*instruction.then, *instruction.otherwise))
        elif isinstance(instruction, i.Repeat):
            yield from flat(instruction.body)


def last_span(instructions: Sequence[i.Instruction], name: str) -> Span | None:
    """Where a slot last took a value, by the order of the text."""
    found: Span | None = None
    for instruction in flat(instructions):
        if any(slot.name == name for slot in bound_slots(instruction)):
            found = instruction.span
    return found
