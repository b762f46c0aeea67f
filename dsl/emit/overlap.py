"""Split phase of uplinks: where a process is both ends, its nodes go on between their sending and the server's receiving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..check.program import Route
from ..plan import instructions as ir
from ..text.records import record
from .layout import Layout


@record
class Start:
    """The nodes' part of an uplink; `Finish` follows in the same block."""

    transfer: ir.Transfer


@record
class Finish:
    """The server's part of an uplink that was started."""

    transfer: ir.Transfer


Step = ir.Instruction | Start | Finish


def steps_of(block: Sequence[ir.Instruction], layout: Layout) -> Iterator[Step]:
    """The instructions of a block in their order, an uplink in two parts where only nodes work behind it: its server's part
    comes after their work, right before the first instruction that is not theirs alone."""
    open: ir.Transfer | None = None
    for place, instruction in enumerate(block):
        if open is not None and not _is_work_of_nodes(instruction):
            yield Finish(open)
            open = None
        follows = block[place + 1 : place + 2]
        if _has_two_parts(instruction, layout) and all(map(_is_work_of_nodes, follows)) and follows:
            assert isinstance(instruction, ir.Transfer)
            open = instruction
            yield Start(instruction)
        else:
            yield instruction
    if open is not None:
        yield Finish(open)


def _has_two_parts(instruction: ir.Instruction, layout: Layout) -> bool:
    """True for a message that this process sends as nodes and receives as the server; not where nodes by their message
    choose who takes part from there on."""
    if layout is not Layout.SERVER_AND_NODES or not isinstance(instruction, ir.Transfer):
        return False
    items = instruction.message_items
    return instruction.route is Route.NODE_TO_SERVER and not any(item.chooses for item in items)


def _is_work_of_nodes(instruction: ir.Instruction) -> bool:
    """True if nodes alone have a part in it, and it is no message and no block."""
    whole = isinstance(instruction, ir.Transfer | ir.Branch | ir.Repeat)
    return not whole and not instruction.roles & ir.SERVER
