"""Messages of which the server reads the sum alone, so that they can be added up on their way to it."""

from __future__ import annotations

from collections.abc import Iterator

from ..check.kinds import Kind
from ..check.program import Route
from . import instructions as ir
from .traverse import INSTRUCTIONS, VALUES

_SUMS = ("mean", "sum")


def added_up(plan: ir.Plan) -> frozenset[int]:
    """Numbers of transfers to the server whose items are uncompressed and read there by `mean` and `sum` alone; and of a
    collective compressor's."""
    transfers = [part for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Transfer)]
    return frozenset(
        transfer.number
        for transfer in transfers
        if transfer.route is Route.NODE_TO_ALL
        or (transfer.route is Route.NODE_TO_SERVER and all(_added(plan, q) for q in transfer.message_items))
    )


def _added(plan: ir.Plan, item: ir.MessageItem) -> bool:
    if item.compressor is not None or item.payload.kind not in (Kind.VECTOR, Kind.REAL):
        return False
    name = item.target.name
    if any(state.name == name for state in plan.states):
        return False
    reads = list(_reads(plan, name))
    return bool(reads) and all(reads)


def _reads(plan: ir.Plan, name: str) -> Iterator[bool]:
    """For each time that the server reads a name, True where a sum does."""
    for part in INSTRUCTIONS.walk(plan):
        if not isinstance(part, ir.Branch | ir.Repeat) and ir.Role.SERVER not in part.roles:
            continue
        inside = sum(
            1
            for value in VALUES.walk(part)
            if isinstance(value, ir.Fold) and value.operator in _SUMS and _is(value.argument, name)
        )
        reads = sum(1 for value in VALUES.walk(part) if _is(value, name))
        yield from [True] * inside + [False] * (reads - inside)


def _is(value: ir.Pure, name: str) -> bool:
    return isinstance(value, ir.Use) and value.slot.name == name
