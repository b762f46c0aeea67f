"""Traversals of a plan, and the slots that its instructions read and bind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from ..text.source import Span
from ..text.traversal import Traversal
from . import instructions as ir

VALUES: Traversal[ir.Pure] = Traversal(ir.Pure, closed=ir.Instruction)
"""Operands of a pure expression; expressions that an instruction evaluates itself, without those of its blocks."""

INSTRUCTIONS: Traversal[ir.Instruction] = Traversal(ir.Instruction, labels=ir.DrawEvent)
"""Instructions in branches and loops, and those of a plan's `init` and round."""


def leaves(of: ir.Pure | ir.Instruction | ir.Plan) -> Iterator[ir.Slot | ir.Global]:
    """The slots and globals that an expression reads; an instruction in its own expressions; a plan beside instructions."""
    for part in VALUES.walk(of):
        match part:
            case ir.Use():
                yield part.slot
            case ir.Global():
                yield part
            case ir.Gather():
                yield part.members
                if part.among is not None:
                    yield part.among
            case _:
                continue


def figures_of(plan: ir.Plan) -> dict[str, tuple[str, str]]:
    """Figures of compressors that a plan reads, by the names that generated programs give them: `omega_Q` is of `Q`."""
    read = (leaf for part in (plan, *INSTRUCTIONS.walk(plan)) for leaf in leaves(part))
    return {leaf.name: leaf.figure for leaf in read if isinstance(leaf, ir.Global) and leaf.figure}


def values_of(instruction: ir.Instruction) -> list[ir.Pure]:
    """The expressions that an instruction evaluates itself; a guard looks at its slot."""
    return [ir.Use(instruction.slot)] if isinstance(instruction, ir.Guard) else VALUES.children(instruction)


def members_of(instruction: ir.Instruction) -> ir.Slot | None:
    """The set of nodes over which an instruction runs."""
    match instruction:
        case ir.Compute() | ir.Store() | ir.DrawEvent() | ir.CallOracle() | ir.Compress() | ir.Transfer():
            return instruction.members
        case ir.Rebind() | ir.Branch() | ir.Repeat() | ir.Guard():
            return None
        case _:
            assert_never(instruction)


def bound_slots(instruction: ir.Instruction) -> tuple[ir.Slot, ...]:
    """The slots that an instruction binds, packets among them; a branch or loop binds none itself."""
    match instruction:
        case ir.Compute():
            return instruction.targets
        case ir.Store() | ir.DrawEvent() | ir.CallOracle():
            return (instruction.target,)
        case ir.Compress():
            packet, target = instruction.packet, instruction.target
            return (packet,) if target is None else (packet, target)
        case ir.Transfer():
            told = () if instruction.tells is None else (instruction.tells,)
            return (
                *told,
                *(s for q in instruction.message_items for s in (q.target, q.packet) if s is not None),
            )
        case ir.Rebind() | ir.Branch() | ir.Repeat() | ir.Guard():
            return ()
        case _:
            assert_never(instruction)


def last_span(instructions: Sequence[ir.Instruction], name: str) -> Span | None:
    """The place where a slot last took a value, by the order of the text."""
    found: Span | None = None
    for instruction in INSTRUCTIONS.walk(tuple(instructions)):
        if any(slot.name == name for slot in bound_slots(instruction)):
            found = instruction.span
    return found
