"""Names that may hold one array: what is written into the array of one of them, readers of the others would see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from ..check.kinds import Kind
from . import instructions as ir
from .forms import whole_of
from .in_place import handed_on
from .traverse import INSTRUCTIONS, bound_slots

CONSTANT = ""
"""In the place of a name: an array that stays, a constant's or one that is kept for later."""

Pair: TypeAlias = tuple[str, str]


def aliases(plan: ir.Plan) -> Mapping[str, frozenset[str]]:
    """For each name that may share an array in a round, by whichever way and since whenever, all that share it there.
    Constants that `starts` has do not count: they are to be copied. Other names of `init` than states reach no round."""
    carried = {slot.name for slot in plan.states} | {plan.output.name, CONSTANT}
    begun = (_pairs(_without_starts(part) if isinstance(part, ir.Compute) else part) for part in plan.init)
    within = (_pairs(part) for part in INSTRUCTIONS.walk(_others(plan)))
    pairs = chain(
        (
            tuple(name if name in carried else f"init {name}" for name in pair)
            for pair in chain.from_iterable((*begun, *within))
        ),
        chain.from_iterable(_pairs(part) for part in INSTRUCTIONS.walk(plan.round)),
        ((name, CONSTANT) for name in _remembered(plan.round, plan.tracked)),
        ((f"init {name}", CONSTANT) for name in _remembered(plan.init, plan.tracked)),
    )
    found: dict[str, set[str]] = {}
    for pair in pairs:
        joined = set[str]().union(*(found.get(name, {name}) for name in pair))
        found |= dict.fromkeys(joined, joined)
    return {name: frozenset(together) for name, together in found.items()}


def starts(plan: ir.Plan) -> frozenset[str]:
    """The plain names that `init` binds to constants as they are, outside of branches."""
    computed = (part for part in plan.init if isinstance(part, ir.Compute))
    return frozenset(
        target.name for part in computed for target, value in _items(part) if _starts(target, value)
    )


def _remembered(instructions: tuple[ir.Instruction, ...], tracked: frozenset[str]) -> Iterator[str]:
    """The gradients that may be asked for again, which are kept for that."""
    for part in INSTRUCTIONS.walk(instructions):
        if isinstance(part, ir.CallOracle) and tracked and not part.last:
            yield part.target.name


def _others(plan: ir.Plan) -> tuple[ir.Instruction, ...]:
    return tuple(part for part in plan.init if not isinstance(part, ir.Compute))


def _items(part: ir.Compute) -> Iterator[tuple[ir.Slot, ir.Pure]]:
    return zip(part.targets, part.values, strict=True)


def _starts(target: ir.Slot, value: ir.Pure) -> bool:
    return isinstance(value, ir.Global) and not target.family


def _without_starts(part: ir.Compute) -> ir.Compute:
    kept = [item for item in _items(part) if not _starts(*item)]
    return replace(
        part, targets=tuple(target for target, _ in kept), values=tuple(value for _, value in kept)
    )


def _pairs(instruction: ir.Instruction) -> Iterator[Pair]:
    """The pairs of names that may have one array after an instruction: a gradient that is yet to be computed has its point,
    a packet may have what was compressed, and what is received may be what was sent."""
    match instruction:
        case ir.Compute():
            for target, value in _items(instruction):
                yield from _each([target], value)
        case ir.CallOracle(lazy=True):
            yield from _each([instruction.target], whole_of(instruction.point))
        case ir.Store():
            yield from _each([instruction.target], instruction.value)
        case ir.Compress():
            yield from _each(bound_slots(instruction), instruction.operand)
        case ir.Transfer():
            for item in instruction.message_items:
                yield from _each([item.target, item.packet], item.payload)
        case _:
            return


def _each(slots: Iterable[ir.Slot | None], value: ir.Pure) -> Iterator[Pair]:
    """The first slot's name with each that a value may hand on, and with those of the other slots."""
    first, *others = [slot.name for slot in slots if slot is not None]
    vectors = (part for part in handed_on(value) if part.kind is Kind.VECTOR)
    handed = (part.slot.name if isinstance(part, ir.Use) else CONSTANT for part in vectors)
    yield from ((first, name) for name in chain(others, handed))
