"""Sets of nodes in messages of fused rounds: as items, and those who send or receive."""

from __future__ import annotations

from ..check.program import Route
from ..plan import instructions as ir
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused
from .fused_numbers import kept
from .fused_values import Entries


def keep_size(buffers: Buffers, transfer: ir.Transfer, item: int, place: str, size: str) -> None:
    """Write the line that keeps the size of a set for whoever counts the message later; `place`: of its count."""
    if buffers.loops:
        raise NotFused
    name = f"sizes_{transfer.number}_{item}".replace("-", "of_")
    room = buffers.given(name, inputs.SizesInput(transfer.number, item))
    buffers.line(f"{room}[counts[{place}] + n_{place} - 1] = {size}")


def send_set(buffers: Buffers, transfer: ir.Transfer, item: int, place: str) -> None:
    """Write the lines of a set that the server tells all, or that nodes choose, each for itself."""
    sent = transfer.message_items[item]
    if sent.chooses:
        entries = Entries(buffers, buffers.layout.views[0])
        if transfer.members is not None or not sent.payload.family:
            raise NotFused
        buffers.chosen(sent.target.name, kept(entries, sent.payload, entries.text(sent.payload)))
        return
    if not isinstance(sent.payload, ir.Use) or transfer.route is not Route.SERVER_TO_ALL:
        raise NotFused
    base = buffers.members(sent.payload.slot)
    buffers.sets[sent.target.name] = base
    keep_size(buffers, transfer, item, place, f"size_{base}")
