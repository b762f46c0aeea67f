"""Compression and messages of fused rounds: packets as coordinates and values, and between ranks as bytes."""

from __future__ import annotations

from dataclasses import field, replace

from ..check.kinds import Kind
from ..check.program import Route, Site
from ..plan import instructions as ir
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, index_of, is_number, loops, rows_of
from .fused_sets import keep_size, send_set
from .fused_values import Entries
from .layout import Layout, View

ROUTES = (Route.NODE_TO_SERVER, Route.SERVER_TO_ALL, Route.SERVER_TO_NODE, Route.NODE_TO_NEIGHBORS)


@structure
class Messages:
    """Writes the statements that compress, send and receive, and those that count."""

    buffers: Buffers
    counted: list[inputs.Counted] = field(default_factory=list)

    def key(self, kind: str, site: Site, scope: str) -> str:
        """The variable with the key of a draw site."""
        name = f"key_{site.name}_{site.ordinal}_{kind}"
        return self.buffers.given(name, inputs.KeyInput(kind, site, scope))

    def count(self, counted: inputs.Counted, times: str = "1") -> str:
        """Write the lines that count; the place of the count."""
        if counted not in self.counted:
            self.counted.append(counted)
        place = self.counted.index(counted)
        self.buffers.line(f"n_{place} += {times}")
        self.buffers.line(f"bad |= counts[{place}] + n_{place} > limits[{place}]")
        return str(place)

    # --- compression -----------------------------------------------------------------------------------------

    def compress(self, instruction: ir.Compress) -> None:
        """The packet of each row."""
        form = self._form(instruction.compressor)
        if instruction.shared or instruction.packet.groups:
            raise NotFused
        packet, buffers = instruction.packet, self.buffers
        over = buffers.members(instruction.members)
        for view in buffers.views_of(instruction.roles, packet.family):
            buffers.over[view.name_of(packet)] = over
            if isinstance(form, inputs.Coding):
                self._code(instruction, form, view)
            else:
                self._choose(instruction, form, view)
            if instruction.target is not None:
                Entries(buffers, view, over=over).bind(instruction.target, ir.Use(packet))

    def _choose(self, instruction: ir.Compress, form: inputs.Choosing, view: View) -> None:
        """Coordinates and values of each row."""
        packet, buffers, Q = instruction.packet, self.buffers, instruction.compressor
        name, entries = view.name_of(packet), self._entries(instruction, view)
        columns, values = self._arrays(name, rows_of(view) if packet.family else "1", Q)
        entry = replace(entries, j="c").text(instruction.operand)
        if not instruction.blind:
            entry = f"{self._operand(instruction, view)}[i, c]"
        elif not form.draws:
            raise NotFused
        buffers.line(f"for i in range({entries.rows if packet.family else 1}):")
        buffers.depth += 1
        source = self._words(instruction, view) if form.draws else f"operand_{name}[i]"
        chosen = (source, self._part(Q, "units"), self._part(Q, "spare"), f"{columns}[i]")
        buffers.line(buffers.call(form.function, *chosen))
        buffers.line(f"for t in range({self._part(Q, 'kept')}):")
        buffers.line(f"    c = {columns}[i, t]")
        scaled = f"{entry} * {self._part(Q, 'scale')}"
        buffers.line(f"    {values}[i, t] = {buffers.call('wired', scaled)}")
        buffers.line(f"    bad |= not {buffers.call('isfinite', f'{values}[i, t]')}")
        buffers.depth -= 1
        self._bound(name)

    def _code(self, instruction: ir.Compress, form: inputs.Coding, view: View) -> None:
        """Scales and symbols of each row, and the values that they stand for."""
        packet, buffers, Q = instruction.packet, self.buffers, instruction.compressor
        name, entries = view.name_of(packet), self._entries(instruction, view)
        scales, codes = self._symbols(name, rows_of(view) if packet.family else "1", Q)
        operand = self._operand(instruction, view)
        buffers.room(packet, view)
        buffers.line(f"for i in range({entries.rows if packet.family else 1}):")
        buffers.depth += 1
        words = self._words(instruction, view) if form.draws else buffers.buffer("no_words", "0", "uint64")
        given = (f"{operand}[i]", words, *self._plan(Q), f"{scales}[i]", f"{codes}[i]")
        buffers.line(f"bad |= not {buffers.call(f'code_{form.kind}', *given)}")
        self._value(Q, f"{scales}[i]", f"{codes}[i]", f"v_{name}{'[i]' if packet.family else ''}")
        buffers.depth -= 1
        buffers.bound.add(name)

    def _symbols(self, name: str, rows: str, Q: str) -> tuple[str, str]:
        """Scales and symbols of the rows of a packet."""
        scales = self.buffers.buffer(f"scales_{name}", f"({rows}, {self._part(Q, 'blocks')})")
        return scales, self.buffers.buffer(f"codes_{name}", f"({rows}, d)", "int64")

    def _plan(self, Q: str) -> tuple[str, str]:
        return self._part(Q, "plan"), self._part(Q, "factors")

    def _value(self, Q: str, scales: str, codes: str, values: str) -> None:
        """Write the line that fills a row with what its symbols stand for."""
        form = self._form(Q)
        assert isinstance(form, inputs.Coding)
        given = (scales, codes, *self._plan(Q), values)
        self.buffers.line(f"bad |= not {self.buffers.call(f'value_{form.kind}', *given)}")

    def _arrays(self, name: str, rows: str, Q: str) -> tuple[str, str]:
        """Coordinates and values of the rows of a packet."""
        shape = f"({rows}, {self._part(Q, 'kept')})"
        return self.buffers.buffer(f"columns_{name}", shape, "int64"), self.buffers.buffer(
            f"values_{name}", shape
        )

    def _bound(self, name: str) -> None:
        self.buffers.sparse[name] = name
        self.buffers.bound.add(name)

    def _form(self, compressor: str) -> inputs.Choosing | inputs.Coding:
        """A compressor's form, if it has one."""
        form = self.buffers.forms.compressors.get(compressor)
        if form is None:
            raise NotFused
        return form

    def _part(self, compressor: str, part: str) -> str:
        return self.buffers.given(f"{part}_{compressor}", inputs.CompressorInput(compressor, part))

    def _entries(self, instruction: ir.Compress, view: View) -> Entries:
        return Entries(self.buffers, view, over=self.buffers.members(instruction.members))

    def _operand(self, instruction: ir.Compress, view: View) -> str:
        """The buffer (rows, d) with all that is compressed, checked."""
        buffers, packet, entries = self.buffers, instruction.packet, self._entries(instruction, view)
        rows = rows_of(view) if packet.family else "1"
        target = buffers.buffer(f"operand_{view.name_of(packet)}", f"({rows}, d)")
        text = entries.text(instruction.operand)
        buffers.line(f"for i in range({entries.rows if packet.family else 1}):")
        buffers.line("    for j in range(d):")
        buffers.line(f"        {target}[i, j] = {text}")
        buffers.line(f"        bad |= not {buffers.call('isfinite', f'{target}[i, j]')}")
        return target

    def _words(self, instruction: ir.Compress, view: View) -> str:
        """The words of row i of a draw site."""
        packet, count = instruction.packet, self._part(instruction.compressor, "words")
        words = self.buffers.buffer(f"words_{view.name_of(packet)}", f"-(-{count} // 4) * 4", "uint64")
        key = self.key("compressor", instruction.site, "node" if packet.family else "none")
        before = packet.family and rows_of(view) == "rows"
        row = f"i + {self._mpi('before')}" if before else self._entries(instruction, view).node
        self.buffers.line(self.buffers.call("draw_words", key, "k + 1", self.buffers.repeats, row, words))
        return f"{words}[:{count}]"

    def _mpi(self, part: str) -> str:
        """The variable with what MPI is called by, or with numbers of nodes by rank."""
        return self.buffers.given(f"mpi_{part}", inputs.MpiInput(part))

    # --- messages --------------------------------------------------------------------------------------------

    def send(self, transfer: ir.Transfer) -> None:
        """The senders' part: they bind what they send as receivers will."""
        if transfer.route not in ROUTES:
            raise NotFused
        place = self.count(inputs.Sent(transfer.number, transfer.route))
        over = self.buffers.members(transfer.members)
        if over:
            keep_size(self.buffers, transfer, -1, place, f"size_{over}")
        if transfer.tells is not None:
            self.buffers.sets[transfer.tells.name] = over
        if self.buffers.layout is not Layout.TOGETHER and transfer.route is Route.SERVER_TO_NODE:
            raise NotFused
        for view in self.buffers.views_of(frozenset({ir.sender_of(transfer.route)}), True):
            for item in range(len(transfer.message_items)):
                self._pack(transfer, item, view, place)
                if self.buffers.layout is not Layout.TOGETHER:
                    self._post(transfer, item, view)

    def _pack(self, transfer: ir.Transfer, item: int, view: View, place: str) -> None:
        sent, buffers = transfer.message_items[item], self.buffers
        plain = sent.draw is None and sent.average is None and sent.draws is None and not sent.bag
        coin = sent.target.kind is Kind.BOOL and sent.draw is not None and not sent.target.family
        if sent.target.kind is Kind.NODES and not sent.bag and view.variable == "here":
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
            self._dense(sent, Entries(buffers, view, over=buffers.members(transfer.members)))
        else:
            raise NotFused

    def _packet(self, transfer: ir.Transfer, item: int, view: View, place: str) -> None:
        """A packet is bound as it is; its coordinates and values are kept for whoever counts it later."""
        sent, buffers = transfer.message_items[item], self.buffers
        payload, compressor = sent.payload, sent.compressor
        if not isinstance(payload, ir.Use) or compressor is None:
            raise NotFused
        entries = Entries(buffers, view, over=buffers.members(transfer.members))
        if buffers.over.get(view.name_of(payload.slot), "") != entries.over:
            raise NotFused
        form = self._form(compressor)
        if isinstance(form, inputs.Coding):  # all its messages count alike
            entries.bind(sent.target, payload)
            return
        if buffers.loops:
            raise NotFused
        for part in ("columns", "values"):
            wanted = inputs.PacketInput(transfer.number, item, compressor, payload.family, part)
            room = buffers.given(f"{part}_sent_{transfer.number}_{item}", wanted)
            held = f"{part}_{buffers.sparse[view.name_of(payload.slot)]}"
            buffers.line(f"if {room}.shape[0]:")
            buffers.line(f"    for i in range({entries.rows if payload.family else 1}):")
            buffers.line(f"        for t in range({held}.shape[1]):")
            buffers.line(f"            {room}[counts[{place}] + n_{place} - 1, i, t] = {held}[i, t]")
        entries.bind(sent.target, payload)

    def _dense(self, sent: ir.MessageItem, entries: Entries) -> None:
        """A vector or a number, or a family, rounded to the wire's floats."""
        buffers, target, view = self.buffers, sent.target, entries.view
        if not is_number(target):
            buffers.room(target, view)
        text = entries.text(sent.payload)
        buffers.over[view.name_of(target)] = entries.over
        deep = loops(buffers, target, entries.rows)
        entry = f"v_{view.name_of(target)}{index_of(target)}"
        buffers.line(f"{entry} = {buffers.call('wired', text)}")
        buffers.finite(entry)
        buffers.depth -= deep
        buffers.bound.add(view.name_of(target))

    # --- between ranks ---------------------------------------------------------------------------------------

    def _post(self, transfer: ir.Transfer, item: int, view: View) -> None:
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
        elif isinstance(self._form(sent.compressor), inputs.Coding):
            assert isinstance(sent.payload, ir.Use)
            arrays, Q = view.name_of(sent.payload.slot), sent.compressor
            self._room(room, rows, Q)
            buffers.line(buffers.call("put_entries", room, f"scales_{arrays}"))
            symbols = (room, self._part(Q, "head"), f"codes_{arrays}", self._part(Q, "plan"))
            buffers.line(buffers.call("put_symbols", *symbols))
        else:
            self._room(room, rows, sent.compressor)
            arrays = buffers.sparse[name]
            given = (room, self._part(sent.compressor, "head"), f"columns_{arrays}")
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
        if isinstance(self._form(sent.compressor), inputs.Coding):
            buffers.room(sent.target, server)
            self._move(transfer, room, "")
            buffers.line("for i in range(rows):")
            buffers.line("    for j in range(d):")
            buffers.line(f"        v_{name}[i, j] = v_{own}[i, j]")
            self._decoded(room, "n - rows", sent.compressor, f"v_{name}[rows + i]")
            buffers.bound.add(name)
            return
        columns, values = self._arrays(name, "n", sent.compressor)
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
        if isinstance(self._form(sent.compressor), inputs.Coding):
            buffers.room(sent.target, view)
            self._move(transfer, room, "")
            self._decoded(room, "1", sent.compressor, f"v_{name}")
            buffers.bound.add(name)
            return
        self._arrays(name, "1", sent.compressor)
        self._move(transfer, room, "")
        self._read(room, name, "0", sent.compressor)

    def _read(self, room: str, name: str, start: str, compressor: str) -> None:
        """Coordinates and values from bytes, from row `start` on; what is no set is given up."""
        buffers = self.buffers
        buffers.line(buffers.call("got_entries", room, f"values_{name}", start))
        given = (room, self._part(compressor, "head"), f"columns_{name}", start, *self._set_form(compressor))
        buffers.line(f"bad |= not {buffers.call(self._sets('got', compressor), *given)}")
        self._bound(name)

    def _decoded(self, room: str, rows: str, compressor: str, values: str) -> None:
        """Rows of values from bytes; what is no symbol is given up."""
        buffers = self.buffers
        scales, codes = self._symbols(f"in_{room}", rows, compressor)
        given = (room, self._part(compressor, "head"), codes, self._part(compressor, "plan"))
        buffers.line(buffers.call("got_entries", room, scales, "0"))
        buffers.line(f"bad |= not {buffers.call('got_symbols', *given)}")
        buffers.line(f"for i in range({rows}):")
        buffers.depth += 1
        self._value(compressor, f"{scales}[i]", f"{codes}[i]", values)
        buffers.depth -= 1

    def _room(self, room: str, rows: str, compressor: str) -> None:
        self.buffers.buffer(room, f"({rows}, {self._part(compressor, 'slot')})", "uint8")

    def _set_form(self, compressor: str) -> tuple[str, ...]:
        return self._part(compressor, "table"), self._part(compressor, "plan")

    def _sets(self, verb: str, compressor: str) -> str:
        """The function that writes, or reads, a compressor's sets."""
        form = self._form(compressor)
        if isinstance(form, inputs.Coding) or not form.sets:
            raise NotFused
        return f"{verb}_{form.sets}"

    def _move(self, transfer: ir.Transfer, room: str, sent: str) -> None:
        """The call of MPI: what rank 0 gathers it does not send."""
        buffers, calls = self.buffers, self._mpi("calls")
        if transfer.route is not Route.NODE_TO_SERVER:
            buffers.line(f"bad |= not {buffers.call('broadcast', calls, room)}")
            return
        counts, places = f"counts_of_{room}", f"places_of_{room}"
        width = f"{room}.shape[1] * {room}.itemsize"
        for line in (
            f"{counts} = {buffers.call('counts_of', self._mpi('rows'), width)}",
            f"{places} = {buffers.call('places_of', counts)}",
        ):
            if line not in buffers.made:
                buffers.made.append(line)
        given = (sent or f"{room}[:0]", room, counts, places)
        buffers.line(f"bad |= not {buffers.call('gather', calls, *given)}")
