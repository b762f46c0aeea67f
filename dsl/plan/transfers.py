"""Message statements -> transfers: their senders, the packets that go out, and the bindings of receivers."""

from __future__ import annotations

from dataclasses import replace

from ..check import program as core
from ..check.contracts import Form
from ..check.kinds import KNOWN_TO_ALL, Kind, Placement
from ..check.uses import names_read, sender_of
from ..text.diagnostics import InternalError
from ..text.records import structure
from . import instructions as ir
from .environment import Binding, Builder, Context, Packed, sent_packet
from .forms import densified
from .values import Values, domain_of


@structure
class Transfers:
    """Lowers messages with a builder, and with the lowering of expressions."""

    builder: Builder
    values: Values

    def send(self, statement: core.Message) -> None:
        """One transfer, or several where an item reads what an item before it has just sent."""
        members = self.values.held_members(statement.members)
        if statement.condition is not None:
            members = self._senders(statement, statement.condition, members)
        waiting: list[core.Item] = []
        for item in statement.items:
            alone = statement.route is core.Route.NODE_TO_ALL and waiting  # each runs exchanges of its own
            if alone or names_read(item.value) & {before.target.symbol.name for before in waiting}:
                members = self._transfer(statement, members, waiting)
                waiting = []
            waiting.append(item)
        self._transfer(statement, members, waiting)

    def _senders(self, statement: core.Message, condition: core.Expr, among: ir.Slot | None) -> ir.Slot:
        """A transfer by which each node (of a set) tells whether it sends, and the set of senders."""
        domain = domain_of(condition)
        if among is not None and domain.over is None:
            domain = self.builder.numbers.domain(among.name)  # that of the members, whatever drew them
        context = Context(ir.NODE, Placement.NODE, among, domain, "when", statement.span)
        told = self.values.pure(condition, context)
        wish = f"who_{statement.items[0].target.symbol.name}"
        senders = ir.Slot(self.builder.namer.kept(wish, False), Kind.NODES, False, Placement.LINK)
        self._dispatch(statement, (ir.MessageItem(senders, told, None, None),), among, None)
        self.builder.env.tell(statement.domain, Binding(senders, drawn=statement.domain.over))
        return senders

    def _dispatch(
        self,
        statement: core.Message,
        message_items: tuple[ir.MessageItem, ...],
        members: ir.Slot | None,
        tells: ir.Slot | None,
    ) -> None:
        number, self.builder.transfers = self.builder.transfers, self.builder.transfers + 1
        roles = ir.ends_of(statement.route)
        self.builder.out.append(
            ir.Transfer(
                number,
                statement.route,
                message_items,
                members,
                roles,
                self.builder.in_init,
                statement.span,
                tells,
            )
        )

    def _roster_slot(self, statement: core.Message, members: ir.Slot | None) -> ir.Slot | None:
        """The slot that tells receiving nodes the set of members, if they do not know it; from now on the set is there."""
        if members is None or ir.Role.NODE in ir.roles_of(members.placement):
            return None
        if statement.route is not core.Route.SERVER_TO_NODE:
            raise InternalError(f"the nodes were not told who is in {members.name}")
        env, name = self.builder.env, self.builder.namer.kept(f"{members.name}_told")
        told = ir.Slot(name, Kind.NODES, False, Placement.LINK)
        known = self.values.roster(statement.domain, statement.span)
        env.tell(statement.domain, replace(known, slot=told))
        if isinstance(statement.members, core.Read):
            set_name = statement.members.symbol.name
            env.names[set_name] = replace(env.names[set_name], slot=told)
        return told

    def _transfer(
        self, statement: core.Message, members: ir.Slot | None, items: list[core.Item]
    ) -> ir.Slot | None:
        """Send the items; returns the members as they are known afterwards."""
        self.builder.calls.clear()
        sender = sender_of(statement.route)
        message_items, bindings = [], []
        for item in items:
            name = item.target.symbol.name
            domain, to_nodes = statement.domain, statement.route is core.Route.SERVER_TO_NODE
            context = Context(ir.roles_of(sender), sender, members, domain, name, statement.span, to_nodes)
            message_item, binding = self._message_item(item, context, statement.route)
            message_items.append(message_item)
            bindings.append((item.target, binding))
        tells = self._roster_slot(statement, members)
        self._dispatch(statement, tuple(message_items), members, tells)
        for target, binding in bindings:
            self.builder.bind(target, binding)
        return members if tells is None else tells

    def _message_item(
        self, item: core.Item, context: Context, route: core.Route
    ) -> tuple[ir.MessageItem, Binding]:
        value = item.value
        if isinstance(value, core.Compress) and value.where == KNOWN_TO_ALL:
            slot = self.builder.slot(item.target, Form.DENSE)
            given = densified(self.values.pure(value.argument, context))
            average = ir.Average(value.compressor.name, value.site)
            return ir.MessageItem(slot, given, None, None, average=average), Binding(slot)
        if isinstance(value, core.Compress):
            slot = self.builder.slot(item.target, self.builder.traits[value.compressor.name].form)
            packed = self.values.compress(value, slot, context, held=False)
            message_item, binding = sent_packet(slot, ir.Use(packed.packet), packed, packed.packet)
            return replace(message_item, draws=self._repeated_draws(value, route)), binding
        source = self.values.source(value, context.span)
        if isinstance(value, core.Read) and source is not None and source.packed is not None:
            return self._sent_on(item, value, source.packed, context)
        payload = densified(self.values.pure(value, context))
        slot = self.builder.slot(item.target, Form.DENSE)
        if source is None:
            return ir.MessageItem(slot, payload, None, None), Binding(slot)
        message_item = ir.MessageItem(slot, payload, None, source.draw, bag=source.bag)
        return message_item, replace(source, slot=slot, packed=None)

    def _repeated_draws(self, value: core.Compress, route: core.Route) -> ir.Draws | None:
        """The draw site at which receivers repeat a seeded compressor's draw, None where they cannot."""
        seeded = self.builder.traits[value.compressor.name].seeded and not value.settings
        fixed = value.compressor.name not in self.builder.changing
        return ir.Draws(value.site, value.shared) if seeded and fixed and route in _REDRAWING_ROUTES else None

    def _sent_on(
        self, item: core.Item, value: core.Read, packed: Packed, context: Context
    ) -> tuple[ir.MessageItem, Binding]:
        """An item that sends a packet on as it was encoded: once a row, or to each member its own."""
        slot = self.builder.slot(item.target, self.builder.traits[packed.compressor].form)
        has_it = context.roles <= ir.roles_of(packed.packet.placement)
        if not has_it or (packed.packet.family and not slot.family):
            raise InternalError(f"who sends {value.symbol.name} on does not have its packet")
        payload = self.values.rows_of_packet(packed, value.where, context)
        name = self.builder.namer.kept(f"{slot.name}_packet", slot.family)
        arrived = replace(packed.packet, name=name, family=slot.family, groups=slot.groups)
        return sent_packet(slot, payload, replace(packed, over=context.domain.over), arrived)


_REDRAWING_ROUTES = (core.Route.NODE_TO_SERVER, core.Route.SERVER_TO_ALL, core.Route.SERVER_TO_NODE)
"""The routes whose receivers draw what a seeded compressor keeps; along others its coordinates are sent."""
