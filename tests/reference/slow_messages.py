"""The slow evaluator's messages: each is encoded, measured, decoded and put into the receivers' memories."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import slow_collective as collective
import slow_draws as draws
from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Kind, Placement
from slow_draws import Drawer
from slow_held import arrives, holds
from slow_seats import Member, Seat
from slow_values import Values
from slow_wire import UNKNOWN_INT, Sent, send_plain, send_vector


class Messages(Values):
    """Sends along every route."""

    def _message(self, statement: core.Message) -> None:
        senders = self._chosen(statement)
        for item in statement.items:
            span = self._range_of(item.value)
            match statement.route:
                case core.Route.NODE_TO_SERVER:
                    self._up(item, senders)
                case core.Route.SERVER_TO_ALL:
                    self._to_all(item)
                case core.Route.SERVER_TO_NODE:
                    self._to_each(statement, item)
                case core.Route.SERVER_TO_GROUP:
                    self._to_groups(item)
                case core.Route.NODE_TO_NEIGHBORS:
                    self._to_neighbors(item)
                case core.Route.NODE_TO_ALL:
                    self._average(item)
            if span is not None:
                self.ranges[item.target.symbol.name] = span
            arrived = arrives(item, statement.route, self.held)
            self.held = {**self.held, item.target.symbol.name: arrived}

    def _range_of(self, value: core.Expr) -> tuple[int, int] | None:
        """The ends between which an int was drawn, where it is sent as it was."""
        return self.ranges.get(value.symbol.name) if isinstance(value, core.Read) else None

    def _chosen(self, statement: core.Message) -> dict[int, list[Member]]:
        """Who sends, by node; with `when` each says so in a bit."""
        found: dict[int, list[Member]] = {}
        if statement.route is not core.Route.NODE_TO_SERVER:
            return found
        for seat in self.nodes:
            assert seat.node is not None
            found[seat.node] = self._members(statement.members, seat)
            if statement.condition is not None:
                self.sets.pop(statement.domain.over or 0, None)
                self.bits.sent_up(Sent(True, 1), len(found[seat.node]))
                sends = {m: bool(self.value(statement.condition, seat.on(m))) for m in found[seat.node]}
                found[seat.node] = [member for member in found[seat.node] if sends[member]]
        return found

    def _up(self, item: core.Item, senders: dict[int, list[Member]]) -> None:
        sent = {}
        for seat in self.nodes:
            for member in senders[seat.node or 0]:
                sent[seat.node, member] = self._send(item, seat.on(member))
        self._bind(item.target, Placement.LINK)
        for (node, member), message in sent.items():
            assert node is not None
            self.bits.sent_up(message)
            for seat in (self.server, self.nodes[node]):
                seat.memory[item.target.symbol.name][member] = of_family(message.value)

    def _to_all(self, item: core.Item) -> None:
        message = self._send(item, self.server)
        self._bind(item.target, Placement.ALL)
        self.bits.sent_down(message, self.n)
        for seat in self._everyone:
            seat.memory[item.target.symbol.name][None] = message.value

    def _to_each(self, statement: core.Message, item: core.Item) -> None:
        members = self._members(statement.members, self.server)
        sent = [(member, self._send(item, self.server.on(member))) for member in members]
        if isinstance(statement.members, core.Read):
            drawn = self.value(statement.members, self.server)
            self.told |= {(node, id(drawn)) for node, _ in members}
        self._bind(item.target, Placement.LINK)
        for member, message in sent:
            self.bits.sent_down(message)
            for seat in (self.server, self.nodes[member[0]]):
                seat.memory[item.target.symbol.name][member] = of_family(message.value)

    def _to_groups(self, item: core.Item) -> None:
        sent = [
            (group, self._send(item, self.server.on(group), drawn_too=False))
            for group in self._groups_of(self.server)
        ]
        self._bind(item.target, Placement.GROUP)
        for group, message in sent:
            nodes = self.groups[group[0]]
            self.bits.sent_down(message, len(nodes))
            for seat in (self.server, *(self.nodes[i] for i in nodes)):
                seat.memory[item.target.symbol.name][group] = of_family(message.value)

    def _average(self, item: core.Item) -> None:
        """A collective compressor over all nodes, with what it has kept at this statement."""
        value = item.value
        assert isinstance(value, core.Compress)
        if value.site not in self.averages:
            squeezer = self.setup.squeezer(value.compressor.name, -1)
            moment = replace(self.moment, round=-1, repeats=())
            count = collective.word_count(squeezer)
            words = draws.words(value.site, moment, Drawer(), count) if count else []
            self.averages[value.site] = collective.Statement(squeezer, words)
        vectors = [
            np.asarray(self.value(value.argument, seat.on((seat.node or 0, 0)))) for seat in self.nodes
        ]
        bits = collective.Bits()
        mean = self.averages[value.site](vectors, bits)
        self._bind(item.target, Placement.ALL)
        self.bits.sent_up(Sent(None, bits.up))
        self.bits.sent_down(Sent(None, bits.down), self.n)
        for seat in self._everyone:
            seat.memory[item.target.symbol.name][None] = mean

    def _to_neighbors(self, item: core.Item) -> None:
        """One message to each neighbour; broadcasts once a node."""
        assert self.network is not None
        sent = {seat.member: self._send(item, seat, drawn_too=False) for seat in self.nodes}
        self._bind(item.target, Placement.NEIGHBORS)
        for member, message in sent.items():
            assert member is not None
            copies = self.network.degree(member[0])
            self.bits.sent_up(message, copies)
            self.bits.sent_down(message, copies)
            for node in self.network.hearers(member[0]):
                self.nodes[node].memory[item.target.symbol.name][member] = of_family(message.value)

    def _send(self, item: core.Item, seat: Seat, *, drawn_too: bool = True) -> Sent:
        """One message, as its receivers have it: a new point. A compressed vector that is sent as it is travels as it was
        encoded."""
        value = self.value(item.value, seat)
        if holds(item.value, self.held):
            again = replace(self.squeezed[id(value)], value=value.copy())
            self.squeezed[id(again.value)] = again
            if drawn_too and isinstance(item.value, core.Compress):
                k = self._seeded(item.value)
                return again if k is None else replace(again, bits=k * self.float_bits)
            return again
        kind = item.value.kind
        if kind is Kind.VECTOR:
            sent = send_vector(value, self.float_bits)
        else:
            span = self._range_of(item.value)
            sent = send_plain(kind.value, value, self.n, self.float_bits, span or UNKNOWN_INT)
        return self._finite(sent, item.span.line, seat)

    def _seeded(self, value: core.Compress) -> int | None:
        """How many floats are all that is sent, where who receives a vector at once draws its coordinates."""
        name = value.compressor.name
        arguments = self.setup.squeezer(name, self.moment.round).arguments
        fixed = not value.settings and not self.setup.changes(name)
        return arguments["k"] if fixed and arguments.get("indices") == "seeded" else None

    def _bind(self, target: core.Target, placement: Placement, *, keeps: bool = False) -> None:
        """The name is now known at the placement and nowhere else. `keeps`: other members' entries stay, as new points."""
        name = target.symbol.name
        self.lines[name] = target.span.line
        self.beside.add(name)
        self.ranges.pop(name, None)
        there = self._at(placement)
        for seat in self._everyone:
            if not keeps or seat not in there:
                seat.memory.pop(name, None)
        for seat in there:
            kept = seat.memory.get(name, {})
            seat.memory[name] = {m: np.copy(v) if isinstance(v, np.ndarray) else v for m, v in kept.items()}


def of_family(value: Any) -> Any:
    """Numbers that every node has its own of are NumPy's, whose functions round alike for one and for many."""
    return np.asarray(value)[()] if isinstance(value, bool | int | float) else value
