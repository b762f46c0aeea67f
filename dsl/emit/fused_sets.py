"""Sets of nodes in fused rounds: of a view's own nodes, drawn, chosen, told, and the bytes of those who send."""

from __future__ import annotations

from ..check.program import Route
from ..plan import instructions as ir
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, rows_of
from .fused_numbers import kept
from .fused_values import Entries
from .layout import Layout, View


def keep_size(buffers: Buffers, transfer: ir.Transfer, item: int, place: str, size: str) -> None:
    """Write the line that keeps the size of a set for whoever counts the message later; `place`: of its count."""
    if buffers.loops:
        raise NotFused
    name = f"sizes_{transfer.number}_{item}".replace("-", "of_")
    room = buffers.given(name, inputs.SizesInput(transfer.number, item))
    buffers.line(f"{room}[counts[{place}] + n_{place} - 1] = {size}")


def chosen(buffers: Buffers, slot: ir.Slot, view: View, taken: str) -> None:
    """Write the loop that makes a set of the view's nodes i for which a text holds."""
    name = buffers.new_set(slot, view)
    buffers.buffer(f"nodes_{name}", rows_of(view), "int64")
    buffers.line(f"size_{name} = 0")
    buffers.line(f"for i in range({rows_of(view)}):")
    buffers.line(f"    if {taken}:")
    buffers.line(f"        nodes_{name}[size_{name}] = i")
    buffers.line(f"        size_{name} += 1")


def those(entries: Entries, slot: ir.Slot, value: ir.Pure) -> None:
    """Bind the set of the nodes whose bool is true."""
    if entries.over or not isinstance(value, ir.Operation) or value.operator != "those":
        raise NotFused
    (taken,) = value.arguments
    chosen(entries.buffers, slot, entries.view, kept(entries, taken, entries.text(taken)))


def send_set(buffers: Buffers, transfer: ir.Transfer, item: int, place: str) -> None:
    """Write the lines of a set that the server tells all, or that nodes choose, each for itself."""
    sent = transfer.message_items[item]
    if sent.chooses:
        _send_choice(buffers, transfer, sent)
        return
    server = buffers.view_of_server
    if server is None:
        return
    if not isinstance(sent.payload, ir.Use) or transfer.route is not Route.SERVER_TO_ALL:
        raise NotFused
    base = buffers.members(sent.payload.slot, server)
    buffers.sets[buffers.set_of(sent.target, server)] = base
    keep_size(buffers, transfer, item, place, f"size_{base}")


def own_choice(transfer: ir.Transfer) -> str:
    """The variable of the choices of a rank's nodes, in bytes."""
    return f"bytes_{transfer.number}_own"


def _send_choice(buffers: Buffers, transfer: ir.Transfer, sent: ir.MessageItem) -> None:
    """Each node's bool, in a byte of its own between ranks."""
    (view,) = buffers.views_of(ir.NODE, True)
    entries = Entries(buffers, view)
    if transfer.members is not None or not sent.payload.family:
        raise NotFused
    taken = kept(entries, sent.payload, entries.text(sent.payload))
    chosen(buffers, sent.target, view, taken)
    if buffers.layout is not Layout.TOGETHER:
        room = buffers.buffer(own_choice(transfer), "(rows, 1)", "uint8")
        buffers.line("for i in range(rows):")
        buffers.line(f"    {room}[i, 0] = {taken}")
