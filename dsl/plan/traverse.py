"""Traversals of a plan, and what its instructions read and bind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from ..text.source import Span
from ..text.traversal import Traversal
from . import instructions as i

VALUES: Traversal[i.Pure] = Traversal(i.Pure, closed=i.Instruction)
"""Operands of a pure expression; of an instruction what it evaluates itself, not what the instructions in it do."""

INSTRUCTIONS: Traversal[i.Instruction] = Traversal(i.Instruction, labels=i.DrawEvent)
"""Instructions in branches and repetitions; of a plan those of `init` and of the round."""


def leaves(of: i.Pure | i.Instruction) -> Iterator[i.Slot | i.Global]:
    """The slots and globals that an expression reads, or an instruction in its expressions."""
    for part in VALUES.walk(of):
        match part:
            case i.Use():
                yield part.slot
            case i.Global():
                yield part
            case i.Restrict():
                yield part.members
                if part.among is not None:
                    yield part.among
            case _:
                continue


def values_of(instruction: i.Instruction) -> list[i.Pure]:
    """The expressions that an instruction evaluates itself; a guard looks at its slot."""
    return [i.Use(instruction.slot)] if isinstance(instruction, i.Guard) else VALUES.children(instruction)


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


def last_span(instructions: Sequence[i.Instruction], name: str) -> Span | None:
    """The place where a slot last took a value, by the order of the text."""
    found: Span | None = None
    for instruction in INSTRUCTIONS.walk(tuple(instructions)):
        if any(slot.name == name for slot in bound_slots(instruction)):
            found = instruction.span
    return found
