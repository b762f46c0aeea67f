"""Messages of fused rounds between ranks: their bytes, and the calls of MPI that move them.

Rank 0 is the server; its own nodes are the first, and their rows never become bytes.
"""

from __future__ import annotations

from ..check.kinds import Kind
from ..check.program import Route
from ..plan import instructions as ir
from ..text.records import record, structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, index_of, is_number, loops, rows_of
from .fused_packets import Packets
from .fused_sets import chosen, own_choice
from .fused_values import Entries
from .layout import Layout, View


@record
class Rows:
    """Rows `first` to `last` - 1 of a view; `some`: the last is another one in each round."""

    first: str
    last: str
    some: bool = False

    @property
    def count(self) -> str:
        """The number of them."""
        return self.last if self.first == "0" else f"{self.last} - {self.first}"

    def of(self, array: str) -> str:
        """These rows of an array that has a view's."""
        return f"{array}[{self.first}:{self.last}]" if self.some or self.first != "0" else array

    def in_room(self, room: str) -> str:
        """The bytes of as many rows."""
        return f"{room}[: {self.count}]" if self.some else room


ONE = Rows("0", "1")


@structure
class Bytes:
    """Writes the statements that put message items into bytes, move them, and read them."""

    packets: Packets

    @property
    def buffers(self) -> Buffers:
        """The lines so far."""
        return self.packets.buffers

    # --- statements ------------------------------------------------------------------------------------------

    def post(self, transfer: ir.Transfer, item: int, view: View) -> None:
        """Send a message item: nodes' that are not at rank 0, or the server's."""
        sent, room = transfer.message_items[item], _room_of(transfer, item)
        if transfer.route is not Route.NODE_TO_SERVER:
            self._post_down(transfer, item, view)
        elif self.buffers.layout is Layout.NODES and sent.chooses:
            self._gather(transfer, self.buffers.buffer(room, "(0, 1)", "uint8"), own_choice(transfer))
        elif self.buffers.layout is Layout.NODES:
            rows = self._own(transfer, view)
            self._wire(sent, room, rows_of(view))
            self._write(sent, room, view, rows)
            self._gather(transfer, room, rows.in_room(room))

    def _post_down(self, transfer: ir.Transfer, item: int, view: View) -> None:
        sent, room = transfer.message_items[item], _room_of(transfer, item)
        if sent.target.kind is Kind.NODES:
            self.tell(transfer, item, sent.target)
        elif not sent.target.family:
            self._wire(sent, room, "1")
            self._write(sent, room, view, ONE)
            self._broadcast(room)
        elif _is_one_for_all(sent):
            self._wire(sent, room, "1")
            self._spread(sent, room, view)
            self._broadcast(room)
        else:
            (nodes, _) = self.buffers.layout.views
            rows = Rows(
                self._own(transfer, nodes).last, self._own(transfer, view).last, bool(transfer.members)
            )
            self._wire(sent, room, "n - rows")
            self._write(sent, room, view, rows)
            self._scatter(transfer, room, f"{room}[:0]")

    def receive(self, transfer: ir.Transfer) -> None:
        """The receivers' part, where another process sends."""
        up, layout = transfer.route is Route.NODE_TO_SERVER, self.buffers.layout
        if layout is Layout.TOGETHER:
            return
        if transfer.tells is not None and layout is Layout.NODES:
            self.tell(transfer, -1, transfer.tells)
        for item, sent in enumerate(transfer.message_items):
            if up and layout is not Layout.NODES:
                self._gathered(transfer, item)
            elif not up and layout is Layout.NODES:
                self._heard(transfer, item)
            elif not up and sent.target.family:
                nodes, server = self.buffers.layout.views
                self._share(sent, server, nodes, self._own(transfer, nodes))
                self._known(transfer, sent, nodes)

    def _gathered(self, transfer: ir.Transfer, item: int) -> None:
        """At rank 0 the rows of its own nodes, and those that come."""
        sent, room, (nodes, server) = (
            transfer.message_items[item],
            _room_of(transfer, item),
            self.buffers.layout.views,
        )
        if sent.chooses:
            self._hear_choice(transfer, sent, room, server)
            return
        own, all = self._own(transfer, nodes), self._own(transfer, server)
        self._wire(sent, room, "n - rows")
        self._share(sent, nodes, server, own)
        self._gather(transfer, room, f"{room}[:0]")
        self._read(sent, room, server, Rows(own.last, all.last, all.some))
        self._known(transfer, sent, server)

    def _heard(self, transfer: ir.Transfer, item: int) -> None:
        """The server's message, at another rank."""
        sent, room, (view,) = (
            transfer.message_items[item],
            _room_of(transfer, item),
            self.buffers.layout.views,
        )
        if sent.target.kind is Kind.NODES:
            self.tell(transfer, item, sent.target)
            return
        if not sent.target.family:
            self._wire(sent, room, "1")
            self._broadcast(room)
            self._read(sent, room, view, ONE)
        elif _is_one_for_all(sent):
            self._wire(sent, room, "1")
            self._broadcast(room)
            self._read_spread(sent, room, view, self._own(transfer, view))
        else:
            rows = self._own(transfer, view)
            self._wire(sent, room, "rows")
            self._scatter(transfer, room, rows.in_room(room))
            self._read(sent, room, view, rows)
        self._known(transfer, sent, view)

    def _own(self, transfer: ir.Transfer, view: View) -> Rows:
        """The rows of a view that a message has."""
        members = transfer.members
        if members is not None and transfer.tells is not None and rows_of(view) == "rows":
            members = transfer.tells
        over = self.buffers.members(members, view)
        return Rows("0", f"size_{over}" if over else rows_of(view), bool(over))

    def _known(self, transfer: ir.Transfer, sent: ir.MessageItem, view: View) -> None:
        """Note that a view has the rows of an item."""
        name, rows = view.name_of(sent.target), self._own(transfer, view)
        self.buffers.bound.add(name)
        if sent.target.family:
            self.buffers.over[name] = rows.last.removeprefix("size_") if rows.some else ""

    # --- sets ------------------------------------------------------------------------------------------------

    def tell(self, transfer: ir.Transfer, item: int, slot: ir.Slot) -> None:
        """A set that the server tells: a byte of each node, to all; nodes keep those of their rank."""
        buffers, server = self.buffers, self.buffers.view_of_server
        (nodes,) = buffers.views_of(ir.NODE, True)
        room = buffers.buffer(f"{_room_of(transfer, item)}_set".replace("-", "of_"), "(1, n)", "uint8")
        if server is not None:
            name = buffers.members(slot, server)
            buffers.line("for i in range(n):")
            buffers.line(f"    {room}[0, i] = 0")
            buffers.line(f"for i in range(size_{name}):")
            buffers.line(f"    {room}[0, nodes_{name}[i]] = 1")
        self._broadcast(room)
        chosen(buffers, slot, nodes, f"{room}[0, {buffers.global_row('i')}] != 0")

    def _hear_choice(self, transfer: ir.Transfer, sent: ir.MessageItem, room: str, server: View) -> None:
        """The set of the nodes that chose to send."""
        buffers, own = self.buffers, own_choice(transfer)
        buffers.buffer(room, "(n - rows, 1)", "uint8")
        self._gather(transfer, room, f"{room}[:0]")
        chosen(buffers, sent.target, server, f"({own}[i, 0] if i < rows else {room}[i - rows, 0]) != 0")

    # --- bytes -----------------------------------------------------------------------------------------------

    def _wire(self, sent: ir.MessageItem, room: str, rows: str) -> None:
        """Make the room for the bytes of so many rows."""
        buffers, form = self.buffers, self._form(sent)
        match sent.target.kind:
            case Kind.BOOL:
                buffers.buffer(room, f"({rows}, 1)", "uint8")
            case Kind.REAL | Kind.VECTOR if isinstance(form, inputs.Plain):
                width = "1" if sent.target.kind is Kind.REAL else "d"
                buffers.buffer(room, f"({rows}, {width})", "wire")
                buffers.functions.add("wire")
            case Kind.VECTOR:
                buffers.buffer(room, f"({rows}, {self.packets.part(sent.compressor or '', 'slot')})", "uint8")
            case _:
                raise NotFused

    def _form(self, sent: ir.MessageItem) -> inputs.Compressing:
        """The form of an item's bytes: without a compressor, or with zeros between, all entries are sent as they are."""
        form = inputs.Plain() if sent.compressor is None else self.packets.form(sent.compressor)
        return inputs.Plain() if isinstance(form, inputs.Dealing) else form

    def _put(self, sent: ir.MessageItem, line: str, rows: str) -> None:
        """Write a line for each entry of so many rows."""
        with loops(self.buffers, sent.target, rows):
            self.buffers.line(line)

    def _write(self, sent: ir.MessageItem, room: str, view: View, rows: Rows) -> None:
        """Rows of a view as bytes."""
        buffers, name = self.buffers, view.name_of(sent.target)
        some = rows.in_room(room)
        match self._form(sent):
            case inputs.Plain():
                entry = _entry(sent, view, rows.first)
                self._put(sent, f"{_in_bytes(sent, room)} = {entry}", rows.count)
            case inputs.Coding():
                assert isinstance(sent.payload, ir.Use)
                assert sent.compressor is not None
                slot, part = sent.payload.slot, self.packets.part
                rows_there = rows_of(view) if slot.family else "1"
                scales, codes = self.packets.symbols(view.name_of(slot), rows_there, sent.compressor)
                head, plan = part(sent.compressor, "head"), part(sent.compressor, "plan")
                buffers.line(buffers.call("put_entries", some, rows.of(scales)))
                buffers.line(buffers.call("put_symbols", some, head, rows.of(codes), plan))
            case inputs.Choosing():
                assert sent.compressor is not None
                arrays, head = buffers.sparse[name], self.packets.part(sent.compressor, "head")
                given = (some, head, rows.of(f"columns_{arrays}"), *self._set_form(sent.compressor))
                buffers.line(buffers.call("put_entries", some, rows.of(f"values_{arrays}")))
                buffers.line(buffers.call(self._sets("put", sent.compressor), *given))

    def _read(self, sent: ir.MessageItem, room: str, view: View, rows: Rows) -> None:
        """Rows of a view from bytes; what is none of a message is given up."""
        buffers, name = self.buffers, view.name_of(sent.target)
        match self._form(sent):
            case inputs.Plain():
                if not is_number(sent.target):
                    buffers.room(sent.target, view)
                as_kind = "bool" if sent.target.kind is Kind.BOOL else "float"
                self._put(
                    sent, f"{_entry(sent, view, rows.first)} = {as_kind}({_in_bytes(sent, room)})", rows.count
                )
            case inputs.Coding():
                buffers.room(sent.target, view)
                self._decoded(sent, room, name, rows)
            case inputs.Choosing():
                assert sent.compressor is not None
                rows_there = rows_of(view) if sent.target.family else "1"
                arrays = self.packets.arrays(name, rows_there, sent.compressor)
                head, room = self.packets.part(sent.compressor, "head"), rows.in_room(room)
                given = (room, head, f"columns_{arrays}", rows.first, *self._set_form(sent.compressor))
                buffers.line(buffers.call("got_entries", room, f"values_{arrays}", rows.first))
                buffers.line(f"bad |= not {buffers.call(self._sets('got', sent.compressor), *given)}")
                self.packets.bound(name, arrays)

    def _decoded(self, sent: ir.MessageItem, room: str, name: str, rows: Rows) -> None:
        """Rows of values from scales and symbols."""
        buffers, Q = self.buffers, sent.compressor
        assert Q is not None
        scales, codes = self.packets.symbols(f"in_{room}", f"{room}.shape[0]", Q)
        bytes, head, plan = rows.in_room(room), self.packets.part(Q, "head"), self.packets.part(Q, "plan")
        buffers.line(buffers.call("got_entries", bytes, scales, "0"))
        symbols = f"{codes}[: {rows.count}]" if rows.some else codes
        buffers.line(f"bad |= not {buffers.call('got_symbols', bytes, head, symbols, plan)}")
        buffers.line(f"for i in range({rows.count}):")
        buffers.depth += 1
        row = f"[{_behind(rows.first)}]" if sent.target.family else ""
        self.packets.value(Q, f"{scales}[i]", f"{codes}[i]", f"v_{name}{row}")
        buffers.depth -= 1

    def _share(self, sent: ir.MessageItem, source: View, target: View, rows: Rows) -> None:
        """The first rows of one view in another of this process."""
        buffers, form, name = self.buffers, self._form(sent), target.name_of(sent.target)
        if isinstance(form, inputs.Choosing):
            assert sent.compressor is not None
            held = buffers.sparse[source.name_of(sent.target)]
            arrays = self.packets.arrays(name, rows_of(target), sent.compressor)
            buffers.line(f"for i in range({rows.last}):")
            buffers.line(f"    for t in range(columns_{arrays}.shape[1]):")
            buffers.line(f"        columns_{arrays}[i, t] = columns_{held}[i, t]")
            buffers.line(f"        values_{arrays}[i, t] = values_{held}[i, t]")
            self.packets.bound(name, arrays)
            return
        buffers.room(sent.target, target)
        self._put(sent, f"{_entry(sent, target)} = {_entry(sent, source)}", rows.last)

    def _spread(self, sent: ir.MessageItem, room: str, view: View) -> None:
        """One value for all nodes as the bytes of a row."""
        buffers, text = self.buffers, Entries(self.buffers, view).text(sent.payload)
        with loops(buffers, sent.payload, "1"):
            buffers.line(f"{_in_bytes(sent, room, '0')} = {text}")

    def _read_spread(self, sent: ir.MessageItem, room: str, view: View, rows: Rows) -> None:
        """The same value in each row."""
        self.buffers.room(sent.target, view)
        self._put(sent, f"{_entry(sent, view)} = {_in_bytes(sent, room, '0')}", rows.last)

    def _set_form(self, compressor: str) -> tuple[str, ...]:
        return self.packets.part(compressor, "table"), self.packets.part(compressor, "plan")

    def _sets(self, verb: str, compressor: str) -> str:
        """The function that writes, or reads, a compressor's sets."""
        form = self.packets.form(compressor)
        if not isinstance(form, inputs.Choosing) or not form.sets:
            raise NotFused
        return f"{verb}_{form.sets}"

    # --- calls of MPI ----------------------------------------------------------------------------------------

    def _broadcast(self, room: str) -> None:
        buffers = self.buffers
        buffers.line(f"bad |= not {buffers.call('broadcast', buffers.mpi('calls'), room)}")

    def _gather(self, transfer: ir.Transfer, room: str, sent: str) -> None:
        """Rows to rank 0, which sends none to itself."""
        buffers, (counts, places) = self.buffers, self._dealt(transfer, room)
        given = (buffers.mpi("calls"), sent, room, counts, places)
        buffers.line(f"bad |= not {buffers.call('gather', *given)}")

    def _scatter(self, transfer: ir.Transfer, room: str, received: str) -> None:
        """Rows of rank 0 to those of their nodes."""
        buffers, (counts, places) = self.buffers, self._dealt(transfer, room)
        given = (buffers.mpi("calls"), room, counts, places, received)
        buffers.line(f"bad |= not {buffers.call('scatter', *given)}")

    def _dealt(self, transfer: ir.Transfer, room: str) -> tuple[str, str]:
        """The bytes of each rank, and their places; of members they change from round to round."""
        buffers, counts, places = self.buffers, f"counts_of_{room}", f"places_of_{room}"
        width, server = f"{room}.shape[1] * {room}.itemsize", buffers.view_of_server
        for line in (
            f"{counts} = {buffers.call('counts_of', buffers.mpi('rows'), width)}",
            f"{places} = {buffers.call('places_of', counts)}",
        ):
            if line not in buffers.made:
                buffers.made.append(line)
        over = "" if server is None else buffers.members(transfer.members, server)
        if over:
            given = (buffers.mpi("rows"), f"nodes_{over}[:size_{over}]", width, counts, places)
            buffers.line(buffers.call("deal_members", *given))
        return counts, places


def _room_of(transfer: ir.Transfer, item: int) -> str:
    """The variable of an item's bytes."""
    return f"bytes_{transfer.number}_{item}"


def _behind(first: str) -> str:
    """The row that is i behind another."""
    return "i" if first == "0" else f"{first} + i"


def _entry(sent: ir.MessageItem, view: View, first: str = "0") -> str:
    """The entry of an item's value in the row of a view that is i behind another."""
    index = index_of(sent.target).replace("[i", f"[{_behind(first)}", 1)
    return f"v_{view.name_of(sent.target)}{index}"


def _in_bytes(sent: ir.MessageItem, room: str, row: str = "i") -> str:
    """The same entry among the bytes of floats."""
    target = sent.target
    return f"{room}[{row if target.family else '0'}, {'j' if target.kind is Kind.VECTOR else '0'}]"


def _is_one_for_all(sent: ir.MessageItem) -> bool:
    """True of one value that the server sends to each of several nodes."""
    return sent.compressor is None and not sent.payload.family
