"""Histories in fused rounds: arrays of values, the newest first, into which a round pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..check.kinds import Kind
from ..plan import instructions as ir
from .fused_buffers import NotFused, index_of

if TYPE_CHECKING:
    from .fused_values import Entries

FOLDS = ("sum[]", "mean[]")
READS = ("[]", *FOLDS)
"""Operators on histories that read them."""


def push(entries: Entries, target: ir.Slot, value: ir.Pure) -> None:
    """Write the lines that put a value before the others, of which the oldest goes."""
    buffers, name = entries.buffers, entries.name(target)
    if not isinstance(value, ir.Operation) or value.operator != "push" or target.family:
        raise NotFused
    held, new = value.arguments
    if held != ir.Use(target) or new.family or name not in buffers.bound:
        raise NotFused
    if target.kind is Kind.NUMBERS:
        entry, index = buffers.number(), ""
        buffers.line(f"{entry} = float({entries.text(new)})")
    elif new.kind is Kind.VECTOR:
        entry, index = buffers.fresh("d"), ", j"
        entries.fill(entry, new, new)
        entry += "[j]"
    else:
        raise NotFused
    loop = "for j in range(d):" if index else "for j in range(1):"
    buffers.line(f"for h in range(v_{name}.shape[0] - 1, 0, -1):")
    buffers.line(f"    {loop}")
    buffers.line(f"        v_{name}[h{index}] = v_{name}[h - 1{index}]")
    buffers.line(loop)
    buffers.line(f"    v_{name}[0{index}] = {entry}")


def read(entries: Entries, value: ir.Operation) -> str:
    """The entry of a value of a history, or of the sum or mean of all."""
    held, *place = value.arguments
    if (
        not isinstance(held, ir.Use)
        or held.slot.family
        or entries.name(held.slot) not in entries.buffers.bound
    ):
        raise NotFused
    name = f"v_{entries.name(held.slot)}"
    return _value(entries, value, name, place[0]) if place else _fold(entries, value, name)


def _value(entries: Entries, value: ir.Operation, name: str, place: ir.Pure) -> str:
    buffers, at, row = entries.buffers, entries.buffers.number(), entries.buffers.number()
    if place.family or value.family:
        raise NotFused
    buffers.functions.add("floor")
    buffers.line(f"{at} = float({entries.text(place)})")
    buffers.line(f"if not (1 <= {at} and {at} <= {name}.shape[0] and floor({at}) == {at}):")
    buffers.line(f"    bad, {at} = True, 1.0")
    buffers.line(f"{row} = int({at}) - 1")
    return f"{name}[{row}{', ' + entries.j if value.kind is Kind.VECTOR else ''}]"


def _fold(entries: Entries, value: ir.Operation, name: str) -> str:
    """From the newest to the oldest, one by one."""
    buffers, mean = entries.buffers, value.operator == "mean[]"
    if value.kind is Kind.VECTOR:
        total, index, loop = buffers.fresh("d"), ", j", "for j in range(d):"
        entry = f"{total}[j]"
    else:
        total, index, loop = buffers.number(), "", "for j in range(1):"
        entry = total
    buffers.line(loop)
    buffers.line(f"    {entry} = {name}[0{index}]")
    buffers.line(f"for h in range(1, {name}.shape[0]):")
    buffers.line(f"    {loop}")
    buffers.line(f"        {entry} = {entry} + {name}[h{index}]")
    if mean:
        buffers.line(loop)
        buffers.line(f"    {entry} = {entry} / {name}.shape[0]")
    return f"{total}{index_of(value, entries.j)}"


def checked(entries: Entries, slot: ir.Slot) -> None:
    """Write the lines that give the round up where a value is not finite."""
    buffers = entries.buffers
    buffers.line(f"for entry in v_{entries.name(slot)}.flat:")
    buffers.depth += 1
    buffers.finite("entry")
    buffers.depth -= 1
