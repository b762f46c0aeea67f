"""Message statements of fused rounds: what is sent is bound as receivers read it, and counted."""

from __future__ import annotations

from dataclasses import replace

from ..check.kinds import Kind
from ..check.program import Route
from ..plan import instructions as ir
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, index_of, is_number, loops
from .fused_bytes import Bytes
from .fused_packets import Packets
from .fused_sets import keep_size, send_set
from .fused_values import Entries
from .layout import Layout, View

ROUTES = (Route.NODE_TO_SERVER, Route.SERVER_TO_ALL, Route.SERVER_TO_NODE, Route.NODE_TO_NEIGHBORS)


@structure
class Messages:
    """Writes the statements that send and receive."""

    packets: Packets
    bytes: Bytes

    @property
    def buffers(self) -> Buffers:
        """The lines so far."""
        return self.packets.buffers

    def send(self, transfer: ir.Transfer) -> None:
        """The senders' part: they bind what they send as receivers will."""
        if transfer.route not in ROUTES:
            raise NotFused
        buffers = self.buffers
        place = buffers.count(inputs.Sent(transfer.number, transfer.route))
        for view in buffers.views_of(frozenset({ir.sender_of(transfer.route)}), True):
            over, between = buffers.members(transfer.members, view), buffers.layout is not Layout.TOGETHER
            if over:
                keep_size(buffers, transfer, -1, place, f"size_{over}")
            if transfer.tells is not None:
                buffers.sets[buffers.set_of(transfer.tells, view)] = over
                if between:
                    self.bytes.tell(transfer, -1, transfer.tells)
            for item in range(len(transfer.message_items)):
                self._pack(transfer, item, view, place)
                if between:
                    self.bytes.post(transfer, item, view)

    def _pack(self, transfer: ir.Transfer, item: int, view: View, place: str) -> None:
        sent, buffers = transfer.message_items[item], self.buffers
        plain = sent.draw is None and sent.average is None and sent.draws is None and not sent.bag
        coin = sent.target.kind is Kind.BOOL and sent.draw is not None and not sent.target.family
        if sent.target.kind is Kind.NODES and not sent.bag:
            send_set(self.buffers, transfer, item, place)
            return
        if sent.target.groups or sent.packet is not None or not (plain or coin):
            raise NotFused
        if coin and transfer.route is not Route.NODE_TO_SERVER:
            name = view.name_of(sent.target)
            buffers.line(f"v_{name} = {Entries(buffers, view).text(sent.payload)}")
            buffers.bound.add(name)
        elif sent.compressor is not None:
            self._packet(transfer, item, view, place)
        elif sent.target.kind in (Kind.VECTOR, Kind.REAL):
            self._dense(sent, Entries(buffers, view, over=buffers.members(transfer.members, view)))
        else:
            raise NotFused

    def _packet(self, transfer: ir.Transfer, item: int, view: View, place: str) -> None:
        """A packet is bound as it is; its coordinates and values are kept for whoever counts it later."""
        sent, buffers = transfer.message_items[item], self.buffers
        payload, compressor = sent.payload, sent.compressor
        entries = Entries(buffers, view, over=buffers.members(transfer.members, view))
        if isinstance(payload, ir.Gather):
            payload = self._packets_of_members(transfer, payload, entries)
        if not isinstance(payload, ir.Use) or compressor is None:
            raise NotFused
        if buffers.over.get(view.name_of(payload.slot), "") != entries.over:
            raise NotFused
        form = self.packets.form(compressor)
        if isinstance(form, inputs.Choosing | inputs.Dealing):
            self._keep(transfer, item, payload, view, place)
        entries.bind(sent.target, payload)

    def _packets_of_members(self, transfer: ir.Transfer, payload: ir.Gather, entries: Entries) -> ir.Use:
        """Packets of members, of those of all nodes."""
        buffers, whole = self.buffers, payload.family_value
        over = buffers.members(payload.members, entries.view)
        if not isinstance(whole, ir.Use) or not entries.is_sparse(whole) or over != entries.over or not over:
            raise NotFused
        source, slot = (
            entries.name(whole.slot),
            replace(whole.slot, name=f"{whole.slot.name}_{transfer.number}"),
        )
        if buffers.over.get(source, ""):
            raise NotFused
        name, held = entries.name(slot), buffers.sparse[source]
        for part, kind in (("columns", "int64"), ("values", "float64")):
            buffers.buffer(f"{part}_{name}", f"{part}_{held}.shape", kind)
            buffers.line(f"for i in range({entries.rows}):")
            buffers.line(f"    for t in range({part}_{held}.shape[1]):")
            buffers.line(f"        {part}_{name}[i, t] = {part}_{held}[{entries.node}, t]")
        self.packets.bound(name, name)
        buffers.over[name] = over
        return ir.Use(slot)

    def _keep(self, transfer: ir.Transfer, item: int, payload: ir.Use, view: View, place: str) -> None:
        """Keep packets that do not all count alike: coordinates, or masks of them, and values."""
        sent, buffers = transfer.message_items[item], self.buffers
        assert sent.compressor is not None
        name, family = view.name_of(payload.slot), payload.family
        if buffers.loops:
            raise NotFused
        over = buffers.over.get(name, "")
        entries, masked = Entries(buffers, view, over=over), name in buffers.masks
        arrays = name if masked else buffers.sparse[name]
        parts = {"mask": buffers.masks[name], "dense": f"v_{name}"} if masked else {}
        for part, held in (parts or {part: f"{part}_{arrays}" for part in ("columns", "values")}).items():
            wanted = inputs.PacketInput(
                transfer.number, item, sent.compressor, view.variable if family else "", part
            )
            room = buffers.given(f"{part}_sent_{transfer.number}_{item}", wanted)
            buffers.line(f"if {room}.shape[0]:")
            buffers.line(f"    for i in range({entries.rows if family else 1}):")
            buffers.line(f"        for t in range({held}.shape[1]):")
            buffers.line(f"            {room}[counts[{place}] + n_{place} - 1, i, t] = {held}[i, t]")

    def _dense(self, sent: ir.MessageItem, entries: Entries) -> None:
        """A vector or a number, or a family, rounded to the wire's floats."""
        buffers, target, view = self.buffers, sent.target, entries.view
        if not is_number(target):
            buffers.room(target, view)
        text = entries.text(sent.payload)
        buffers.over[view.name_of(target)] = entries.over
        with loops(buffers, target, entries.rows):
            entry = f"v_{view.name_of(target)}{index_of(target)}"
            buffers.line(f"{entry} = {buffers.call('wired', text)}")
            buffers.finite(entry)
        buffers.bound.add(view.name_of(target))
