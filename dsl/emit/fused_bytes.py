"""Messages of fused rounds between ranks: their bytes, and the calls of MPI that move them."""

from __future__ import annotations

from ..check.kinds import Kind
from ..check.program import Route
from ..plan import instructions as ir
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, index_of, rows_of
from .fused_packets import Packets
from .layout import Layout, View


@structure
class Bytes:
    """Writes the statements that put message items into bytes, move them, and read them."""

    packets: Packets

    @property
    def buffers(self) -> Buffers:
        """The lines so far."""
        return self.packets.buffers

    def post(self, transfer: ir.Transfer, item: int, view: View) -> None:
        """Write a message item's bytes and send them: nodes' that are not at rank 0, or the server's."""
        sent = transfer.message_items[item]
        if sent.target.kind is Kind.REAL:
            raise NotFused
        up = transfer.route is Route.NODE_TO_SERVER
        if up and self.buffers.layout is not Layout.NODES:
            return
        buffers, name = self.buffers, view.name_of(sent.target)
        rows = rows_of(view) if sent.target.family else "1"
        room = f"bytes_{transfer.number}_{item}"
        if sent.target.kind is Kind.BOOL:
            buffers.buffer(room, "(1, 1)", "uint8")
            buffers.line(f"{room}[0, 0] = v_{name}")
        elif sent.compressor is None:
            buffers.buffer(room, f"({rows}, d)", "wire")
            buffers.functions.add("wire")
            buffers.line(f"for i in range({rows}):")
            buffers.line("    for j in range(d):")
            buffers.line(f"        {room}[i, j] = v_{name}{index_of(sent.target)}")
        elif isinstance(self.packets.form(sent.compressor), inputs.Coding):
            assert isinstance(sent.payload, ir.Use)
            arrays, Q = view.name_of(sent.payload.slot), sent.compressor
            self._room(room, rows, Q)
            buffers.line(buffers.call("put_entries", room, f"scales_{arrays}"))
            symbols = (room, self.packets.part(Q, "head"), f"codes_{arrays}", self.packets.part(Q, "plan"))
            buffers.line(buffers.call("put_symbols", *symbols))
        else:
            self._room(room, rows, sent.compressor)
            arrays = buffers.sparse[name]
            given = (room, self.packets.part(sent.compressor, "head"), f"columns_{arrays}")
            buffers.line(buffers.call("put_entries", room, f"values_{arrays}"))
            buffers.line(
                buffers.call(self._sets("put", sent.compressor), *given, *self._set_form(sent.compressor))
            )
        self._move(transfer, room, room if up else "")

    def receive(self, transfer: ir.Transfer) -> None:
        """The receivers' part, where another process sends."""
        up, layout = transfer.route is Route.NODE_TO_SERVER, self.buffers.layout
        if layout is Layout.TOGETHER or up is (layout is Layout.NODES):
            return
        for item, sent in enumerate(transfer.message_items):
            room = f"bytes_{transfer.number}_{item}"
            if up:
                self._gathered(transfer, sent, room)
            else:
                self._heard(transfer, sent, room)

    def _gathered(self, transfer: ir.Transfer, sent: ir.MessageItem, room: str) -> None:
        """At rank 0 the rows of its own nodes, and those that come."""
        buffers, (nodes, server) = self.buffers, self.buffers.layout.views
        own, name = nodes.name_of(sent.target), server.name_of(sent.target)
        if sent.compressor is None:
            buffers.buffer(room, "(n - rows, d)", "wire")
            buffers.functions.add("wire")
            buffers.room(sent.target, server)
            self._move(transfer, room, "")
            buffers.line("for i in range(n):")
            buffers.line("    for j in range(d):")
            buffers.line(f"        v_{name}[i, j] = v_{own}[i, j] if i < rows else {room}[i - rows, j]")
            buffers.bound.add(name)
            return
        self._room(room, "n - rows", sent.compressor)
        if isinstance(self.packets.form(sent.compressor), inputs.Coding):
            buffers.room(sent.target, server)
            self._move(transfer, room, "")
            buffers.line("for i in range(rows):")
            buffers.line("    for j in range(d):")
            buffers.line(f"        v_{name}[i, j] = v_{own}[i, j]")
            self._decoded(room, "n - rows", sent.compressor, f"v_{name}[rows + i]")
            buffers.bound.add(name)
            return
        columns, values = self.packets.arrays(name, "n", sent.compressor)
        self._move(transfer, room, "")
        arrays = buffers.sparse[own]
        buffers.line("for i in range(rows):")
        buffers.line(f"    for t in range({columns}.shape[1]):")
        buffers.line(f"        {columns}[i, t] = columns_{arrays}[i, t]")
        buffers.line(f"        {values}[i, t] = values_{arrays}[i, t]")
        self._read(room, name, "rows", sent.compressor)

    def _heard(self, transfer: ir.Transfer, sent: ir.MessageItem, room: str) -> None:
        """The server's message, at another rank."""
        buffers, (view,) = self.buffers, self.buffers.layout.views
        name = view.name_of(sent.target)
        if sent.target.kind is Kind.BOOL:
            buffers.buffer(room, "(1, 1)", "uint8")
            self._move(transfer, room, "")
            buffers.line(f"v_{name} = {room}[0, 0] != 0")
            buffers.bound.add(name)
            return
        if sent.compressor is None:
            buffers.buffer(room, "(1, d)", "wire")
            buffers.functions.add("wire")
            buffers.room(sent.target, view)
            self._move(transfer, room, "")
            buffers.line("for j in range(d):")
            buffers.line(f"    v_{name}[j] = {room}[0, j]")
            buffers.bound.add(name)
            return
        self._room(room, "1", sent.compressor)
        if isinstance(self.packets.form(sent.compressor), inputs.Coding):
            buffers.room(sent.target, view)
            self._move(transfer, room, "")
            self._decoded(room, "1", sent.compressor, f"v_{name}")
            buffers.bound.add(name)
            return
        self.packets.arrays(name, "1", sent.compressor)
        self._move(transfer, room, "")
        self._read(room, name, "0", sent.compressor)

    def _read(self, room: str, name: str, start: str, compressor: str) -> None:
        """Coordinates and values from bytes, from row `start` on; what is no set is given up."""
        buffers = self.buffers
        buffers.line(buffers.call("got_entries", room, f"values_{name}", start))
        given = (
            room,
            self.packets.part(compressor, "head"),
            f"columns_{name}",
            start,
            *self._set_form(compressor),
        )
        buffers.line(f"bad |= not {buffers.call(self._sets('got', compressor), *given)}")
        self.packets.bound(name)

    def _decoded(self, room: str, rows: str, compressor: str, values: str) -> None:
        """Rows of values from bytes; what is no symbol is given up."""
        buffers = self.buffers
        scales, codes = self.packets.symbols(f"in_{room}", rows, compressor)
        given = (room, self.packets.part(compressor, "head"), codes, self.packets.part(compressor, "plan"))
        buffers.line(buffers.call("got_entries", room, scales, "0"))
        buffers.line(f"bad |= not {buffers.call('got_symbols', *given)}")
        buffers.line(f"for i in range({rows}):")
        buffers.depth += 1
        self.packets.value(compressor, f"{scales}[i]", f"{codes}[i]", values)
        buffers.depth -= 1

    def _room(self, room: str, rows: str, compressor: str) -> None:
        self.buffers.buffer(room, f"({rows}, {self.packets.part(compressor, 'slot')})", "uint8")

    def _set_form(self, compressor: str) -> tuple[str, ...]:
        return self.packets.part(compressor, "table"), self.packets.part(compressor, "plan")

    def _sets(self, verb: str, compressor: str) -> str:
        """The function that writes, or reads, a compressor's sets."""
        form = self.packets.form(compressor)
        if isinstance(form, inputs.Coding) or not form.sets:
            raise NotFused
        return f"{verb}_{form.sets}"

    def _move(self, transfer: ir.Transfer, room: str, sent: str) -> None:
        """The call of MPI: what rank 0 gathers it does not send."""
        buffers, calls = self.buffers, self.buffers.mpi("calls")
        if transfer.route is not Route.NODE_TO_SERVER:
            buffers.line(f"bad |= not {buffers.call('broadcast', calls, room)}")
            return
        counts, places = f"counts_of_{room}", f"places_of_{room}"
        width = f"{room}.shape[1] * {room}.itemsize"
        for line in (
            f"{counts} = {buffers.call('counts_of', self.buffers.mpi('rows'), width)}",
            f"{places} = {buffers.call('places_of', counts)}",
        ):
            if line not in buffers.made:
                buffers.made.append(line)
        given = (sent or f"{room}[:0]", room, counts, places)
        buffers.line(f"bad |= not {buffers.call('gather', calls, *given)}")
