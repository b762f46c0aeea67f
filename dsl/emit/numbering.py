"""Numbers of oracles' points and of minibatches in generated programs, where a gradient may be asked for twice."""

from __future__ import annotations

from typing import assert_never

from ..plan import instructions as ir
from ..plan.points import Source, batch_of, copies_of, point_of
from ..plan.traverse import bound_slots
from .prelude import Prelude, quoted


def numbering(instruction: ir.Instruction, prelude: Prelude) -> str | None:
    """The line that numbers the bindings of an instruction."""
    moved = numbers_bound(instruction, prelude)
    return f"{', '.join(moved)} = {', '.join(moved.values())}" if moved else None


def numbers_bound(instruction: ir.Instruction, prelude: Prelude) -> dict[str, str]:
    """The variables of numbers that an instruction binds, each with its value: a plain copy's is its original's, others are
    new."""
    names = [slot.name for slot in bound_slots(instruction) if slot.name in prelude.plan.tracked]
    copies = copies_of(instruction, prelude.gradients)
    numbers = {name: _number(copies.get(name), prelude) for name in names}
    return {prelude.number_of(n): number for n, number in numbers.items() if number != prelude.number_of(n)}


def numbers_of(call: ir.CallOracle, prelude: Prelude) -> list[str]:
    """Arguments with the numbers of the point and minibatch of a gradient that may be asked for twice, and of the last time
    that it is."""
    at, batch = number_of_point(call, prelude), batch_of(call)
    if at is None:
        return []
    draw = [] if batch is None else [f"draw={_number(batch, prelude)}"]
    return [f"at={at}", *draw, *(["last=True"] if call.last else [])]


def number_of_point(call: ir.CallOracle, prelude: Prelude) -> str | None:
    """The number of the point of a gradient that may be asked for twice; None of any other."""
    point, batch = point_of(call), batch_of(call)
    if not _is_tracked(point, prelude) or (call.extra is not None and not _is_tracked(batch, prelude)):
        return None
    return _number(point, prelude)


def _number(source: Source | None, prelude: Prelude) -> str:
    """The number of the point or minibatch that a name holds; a constant's is its name."""
    match source:
        case ir.Use() if source.slot.name in prelude.plan.tracked:
            return prelude.number_of(source.slot.name)
        case ir.Global():
            return quoted(source.name)
        case ir.Use() | None:
            return f"{prelude.new_point()}()"
        case _:
            assert_never(source)


def _is_tracked(source: Source | None, prelude: Prelude) -> bool:
    match source:
        case ir.Use():
            return source.slot.name in prelude.plan.tracked
        case ir.Global():
            return source.name in prelude.plan.tracked
        case None:
            return False
        case _:
            assert_never(source)
