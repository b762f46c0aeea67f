"""Checked program -> plan: effects become instructions, packets stay beside compressed values, sparse stays sparse.

Expressions are left to `values.py`, what may be overwritten to `ownership.py`, checks of states to `guards.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from ..check import program as p
from ..check.contracts import Form
from ..check.kinds import KNOWN_TO_ALL, Kind, Placement, Spread
from ..check.operators import DISTRIBUTIONS
from ..check.uses import sender_of
from ..text.diagnostics import InternalError
from ..text.source import Span
from . import instructions as i
from .by_node import ByNode
from .desk import Binding, CompressorTraits, Context, Desk, Environment, Packed, sent_packet
from .forms import densified, spreadable
from .guards import place_guards
from .laziness import mark_lazy
from .names import Namer
from .numbers import Numbers
from .ownership import mark_in_place
from .packets import keep_packets_sent_on
from .points import mark_points
from .sharing import share_folds
from .spec_names import bound_names, declared_names, names_of_both_spreads, names_read
from .traverse import last_span
from .values import Values, domain_of, outside
from .ways import Ways

__all__ = ["CompressorTraits", "lower"]


def lower(program: p.Program, traits: Mapping[str, CompressorTraits]) -> i.Plan:
    """The plan of a checked program whose compressors have these traits, by name."""
    plan = keep_packets_sent_on(_Lowering(program, traits).plan())
    return mark_points(mark_lazy(place_guards(mark_in_place(share_folds(plan)))))


class _Lowering:
    """One pass over the program."""

    def __init__(self, program: p.Program, traits: Mapping[str, CompressorTraits]) -> None:
        self.program = program
        changing = frozenset(c.symbol.name for c in program.compressors if c.schedule)
        namer = Namer(declared_names(program), names_of_both_spreads(program))
        self.desk = Desk(namer, Numbers(program), dict(traits), changing)
        self.values = Values(self.desk)
        self.in_init = True
        self.by_node = ByNode(self.desk, self.values, self.block, self._members, self._dense_slot)
        self.ways = Ways(self.desk, self.values, self.block, self.by_node)

    def plan(self) -> i.Plan:
        """Init first: it says which slots states have."""
        program, desk = self.program, self.desk
        init = self._pass(program.init, {s.symbol.name for s in program.states})
        states = tuple(desk.env.names[s.symbol.name].slot for s in program.states)
        output_name = program.output.value.symbol.name
        in_init = program.output.is_state and output_name in desk.env.names
        held = zip(program.states, states, strict=True)
        desk.env = Environment({s.symbol.name: Binding(slot, bag=s.bag) for s, slot in held})
        self.in_init = False
        turns = tuple(
            i.Turn(c.symbol.name, c.symbol.name, (), i.EVERYONE, c.span)
            for c in program.compressors
            if c.schedule
        )
        weight = self._weight() if program.output.is_state else None
        round = self._pass(program.round, bound_names(program.round), output_name)
        return i.Plan(
            name=program.name,
            source=program.source,
            states=states,
            init=init,
            round=(*turns, *round),
            counter=desk.namer.symbol(program.counter.name) if program.counter else desk.namer.kept("k"),
            params=tuple(desk.namer.symbol(q.symbol.name) for q in program.params if not q.schedule),
            schedules=tuple(self._schedule(param) for param in program.params if param.schedule),
            compressors=tuple(c.symbol.name for c in program.compressors),
            output=desk.env.names[output_name].slot,
            output_in_init=in_init,
            weight=weight if program.output.is_state else self._weight(),
            weighs_start=program.output.is_state,
            on_graph=program.on_graph,
        )

    def _pass(
        self, block: p.Block, touched: set[str], output: str | None = None
    ) -> tuple[i.Instruction, ...]:
        """`init` or `round`, with what they touch settled at the end."""
        self.desk.namer.next_pass()
        self.desk.out = []
        self.block(block)
        for state in self.program.states:
            if state.symbol.name in touched:
                self._settle(state)
        if output is not None:
            self._dense_slot(output, self.desk.env.names[output].slot.placement)
        return tuple(self.desk.out)

    def _settle(self, state: p.State) -> None:
        """At the end of a round a state is dense and at home."""
        name = state.symbol.name
        slot = self._dense_slot(name, self.desk.env.names[name].slot.placement)
        family = state.home.spread is not Spread.ONE
        groups = state.home.spread is Spread.GROUPS
        kept = i.Slot(slot.name, state.kind, family, state.home.placement, groups=groups)
        self.desk.env.names[name] = Binding(kept)

    def _dense_slot(self, name: str, placement: Placement) -> i.Slot:
        """The slot of a name's value, dense: a sparse one is written out by those at a placement, for them alone."""
        binding = self.desk.env.names[name]
        slot = binding.slot
        if slot.form is Form.DENSE:
            return slot
        made = replace(slot, form=Form.DENSE, placement=placement)
        roles, value = i.roles_of(placement), densified(i.Use(slot))
        span = last_span(self.desk.out, slot.name) or self.program.span
        self.desk.out.append(i.Compute((made,), (value,), None, roles, False, span))
        self.desk.env.names[name] = replace(binding, slot=made, packed=None)
        return made

    def _weight(self) -> i.Pure | None:
        """The weight of the output's present value, by what names hold now."""
        weight = self.program.output.weight
        return None if weight is None else densified(self.values.pure(weight, outside(weight.span)))

    def _schedule(self, param: p.Param) -> i.Schedule:
        if param.value is None:
            raise InternalError(f"schedule {param.symbol.name} has no value")
        value = self.values.pure(param.value, outside(param.span))
        return i.Schedule(self.desk.namer.symbol(param.symbol.name), value, param.span)

    # --- statements ------------------------------------------------------------------------------------------

    def block(self, block: p.Block) -> None:
        """The statements in order."""
        for statement in block:
            self.desk.next_statement()
            self.statement(statement)

    def statement(self, statement: p.Stmt) -> None:
        """Append one statement's instructions."""
        match statement:
            case p.Assign():
                self._assign(statement)
            case p.Draw():
                self._draw(statement)
            case p.Message():
                self._message(statement)
            case p.Branch():
                self.ways.branch(statement)
            case p.Repeat():
                self.ways.repeat(statement)
            case _:
                assert_never(statement)

    def _slot(self, target: p.Target, form: Form) -> i.Slot:
        family = target.where.spread is not Spread.ONE
        name = self.desk.namer.variable(target.symbol.name, family)
        groups = target.where.spread is Spread.GROUPS
        return i.Slot(name, target.kind, family, target.where.placement, form, groups)

    def _members(self, members: p.Expr | None) -> i.Slot | None:
        match members:
            case None:
                return None
            case p.Read():
                binding = self.desk.env.names[members.symbol.name]
                return (self.desk.env.roster(binding.drawn) or binding).slot
            case p.Who():
                return self.values.roster(domain_of(members.family), members.span).slot
            case _:
                raise InternalError("members of a block are no set")

    def _context(self, at: p.At, target: p.Target, value: p.Expr | None, span: Span) -> Context:
        """Where a value of a block stands; at the server each runs over the domain of its own."""
        domain = at.domain
        if at.placement is Placement.SERVER and value is not None:
            domain = domain_of(value)
        members = self._members(at.members)
        return Context(i.roles_of(at.placement), at.placement, members, domain, target.symbol.name, span)

    # --- assignments -----------------------------------------------------------------------------------------

    def _assign(self, statement: p.Assign) -> None:
        pairs = tuple(zip(statement.targets, statement.values, strict=True))
        contexts = [self._context(statement.at, t, v, statement.span) for t, v in pairs]
        # over a set, whether the members' entries of a family that all nodes have take new values
        stored = [statement.at.members is not None and t.where.domain.over is None for t in statement.targets]
        if len(pairs) == 1 and isinstance(pairs[0][1], p.Compress) and not any(stored):
            self._bind_squeezed(pairs[0][0], pairs[0][1], contexts[0])
            return
        found = [self._assigned(value, context) for (_, value), context in zip(pairs, contexts, strict=True)]
        values = tuple(spreadable(t, value) for t, (value, _) in zip(statement.targets, found, strict=True))
        if any(stored) and len(pairs) > 1:
            values = self._held(statement, contexts[0], values)
        bound = [
            (target, value, source)
            for target, value, (_, source), kept in zip(statement.targets, values, found, stored, strict=True)
            if not kept
        ]
        if bound:
            self._compute(statement, contexts[0], bound)
        for target, value, kept in zip(statement.targets, values, stored, strict=True):
            if kept:
                self._store(statement, contexts[0], target, value)

    def _compute(
        self, statement: p.Assign, context: Context, bound: list[tuple[p.Target, i.Pure, Binding | None]]
    ) -> None:
        """Names take their values, and what these are plain copies of."""
        slots = tuple(self._slot(target, value.form) for target, value, _ in bound)
        values = tuple(value for _, value, _ in bound)
        self.desk.out.append(i.Compute(slots, values, context.members, context.roles, False, statement.span))
        for (target, _, source), slot in zip(bound, slots, strict=True):
            if source is None or source.slot.family != slot.family:
                source = Binding(slot)
            self.desk.bind(target, replace(source, slot=slot))

    def _assigned(self, value: p.Expr, context: Context) -> tuple[i.Pure, Binding | None]:
        """A value, and what it is a plain copy of: a compressed one may still be sent as its packet."""
        if isinstance(value, p.Compress):
            slot, packed = self.values.compressed(value, context)
            return i.Use(slot), Binding(slot, packed)
        return self.values.pure(value, context), self._source(value, context.span)

    def _source(self, value: p.Expr, span: Span) -> Binding | None:
        """What a value is a plain copy of."""
        if isinstance(value, p.Who) and domain_of(value.family).over is not None:
            domain = domain_of(value.family)
            return replace(self.values.roster(domain, span), drawn=domain.over)
        return self.desk.env.names[value.symbol.name] if isinstance(value, p.Read) else None

    def _store(self, statement: p.Assign | p.Draw, context: Context, target: p.Target, value: i.Pure) -> None:
        """The members' entries take new values."""
        assert context.members is not None
        slot = self._slot(target, Form.DENSE)
        self._dense_slot(target.symbol.name, context.placement)
        self.desk.out.append(i.Store(slot, context.members, densified(value), context.roles, statement.span))
        self.desk.bind(target, Binding(slot))

    def _held(self, statement: p.Assign, context: Context, values: tuple[i.Pure, ...]) -> tuple[i.Pure, ...]:
        """Values that are all evaluated before the first is bound."""
        slots = tuple(
            i.Slot(
                self.desk.namer.passing(f"{t.symbol.name}_new", True),
                t.kind,
                True,
                context.placement,
                value.form,
            )
            for t, value in zip(statement.targets, values, strict=True)
        )
        self.desk.out.append(i.Compute(slots, values, context.members, context.roles, False, statement.span))
        return tuple(i.Use(slot) for slot in slots)

    def _bind_squeezed(self, target: p.Target, value: p.Compress, context: Context) -> None:
        slot = self._slot(target, self.desk.traits[value.compressor.name].form)
        packed = self.values.squeeze(value, slot, context, held=True)
        self.desk.bind(target, Binding(slot, packed))

    # --- draws -----------------------------------------------------------------------------------------------

    def _draw(self, statement: p.Draw) -> None:
        target = statement.target
        context = self._context(statement.at, target, None, statement.span)
        domain = target.where.domain
        if statement.at.placement is Placement.SERVER and domain.over is not None:
            context = replace(context, domain=domain, members=self.values.roster(domain, statement.span).slot)
        slot, kept = self._slot(target, Form.DENSE), statement.at.members is not None and domain.over is None
        if kept:
            kind = DISTRIBUTIONS[statement.distribution].kind
            slot = replace(slot, name=self.desk.namer.passing(f"{target.symbol.name}_new", True), kind=kind)
        draw = i.DrawEvent(
            slot,
            statement.distribution,
            tuple(self.values.pure(a, context) for a in statement.arguments),
            tuple((name, self.values.pure(value, context)) for name, value in statement.settings),
            statement.site,
            context.members,
            context.roles,
            statement.span,
        )
        self.desk.out.append(draw)
        if kept:
            self._store(statement, context, target, i.Use(slot))
            return
        bag = statement.distribution == "sample"
        self.desk.bind(target, Binding(slot, draw=draw, drawn=target.binding, bag=bag))

    # --- messages --------------------------------------------------------------------------------------------

    def _message(self, statement: p.Message) -> None:
        """One transfer, or several where an item reads what an item before it has just sent."""
        members = self._members(statement.members)
        if statement.condition is not None:
            members = self._choose(statement, statement.condition, members)
        waiting: list[p.Item] = []
        for item in statement.items:
            alone = statement.route is p.Route.NODE_TO_ALL and waiting  # each runs exchanges of its own
            if alone or names_read(item.value) & {before.target.symbol.name for before in waiting}:
                members = self._transfer(statement, members, waiting)
                waiting = []
            waiting.append(item)
        self._transfer(statement, members, waiting)

    def _choose(self, statement: p.Message, condition: p.Expr, among: i.Slot | None) -> i.Slot:
        """Each node (of a set) tells whether it sends; those who do are the domain of what follows."""
        domain = domain_of(condition)
        if among is not None and domain.over is None:
            domain = self.desk.numbers.domain(among.name)  # of the members, whichever set it is
        context = Context(i.NODE, Placement.NODE, among, domain, "when", statement.span)
        told = self.values.pure(condition, context)
        wish = f"who_{statement.items[0].target.symbol.name}"
        senders = i.Slot(self.desk.namer.kept(wish, False), Kind.NODES, False, Placement.LINK)
        self._dispatch(statement, (i.Parcel(senders, told, None, None),), among, None)
        self.desk.env.tell(statement.domain, Binding(senders, drawn=statement.domain.over))
        return senders

    def _dispatch(
        self,
        statement: p.Message,
        parcels: tuple[i.Parcel, ...],
        members: i.Slot | None,
        tells: i.Slot | None,
    ) -> None:
        number, self.desk.transfers = self.desk.transfers, self.desk.transfers + 1
        roles = i.ends_of(statement.route)
        self.desk.out.append(
            i.Transfer(number, statement.route, parcels, members, roles, self.in_init, statement.span, tells)
        )

    def _told(self, statement: p.Message, members: i.Slot | None) -> i.Slot | None:
        """What receiving nodes that do not know the members yet are told: from now on the set is found there."""
        if members is None or i.Role.NODE in i.roles_of(members.placement):
            return None
        if statement.route is not p.Route.SERVER_TO_NODE:
            raise InternalError(f"the nodes were not told who is in {members.name}")
        env, name = self.desk.env, self.desk.namer.kept(f"{members.name}_told")
        told = i.Slot(name, Kind.NODES, False, Placement.LINK)
        known = self.values.roster(statement.domain, statement.span)
        env.tell(statement.domain, replace(known, slot=told))
        if isinstance(statement.members, p.Read):
            set_name = statement.members.symbol.name
            env.names[set_name] = replace(env.names[set_name], slot=told)
        return told

    def _transfer(self, statement: p.Message, members: i.Slot | None, items: list[p.Item]) -> i.Slot | None:
        """Send the items; returns the members as they are known afterwards."""
        self.desk.calls.clear()
        sender = sender_of(statement.route)
        parcels, bindings = [], []
        for item in items:
            name = item.target.symbol.name
            domain, to_nodes = statement.domain, statement.route is p.Route.SERVER_TO_NODE
            context = Context(i.roles_of(sender), sender, members, domain, name, statement.span, to_nodes)
            parcel, binding = self._parcel(item, context, statement.route)
            parcels.append(parcel)
            bindings.append((item.target, binding))
        tells = self._told(statement, members)
        self._dispatch(statement, tuple(parcels), members, tells)
        for target, binding in bindings:
            self.desk.bind(target, binding)
        return members if tells is None else tells

    def _parcel(self, item: p.Item, context: Context, route: p.Route) -> tuple[i.Parcel, Binding]:
        value = item.value
        if isinstance(value, p.Compress) and value.where == KNOWN_TO_ALL:
            slot = self._slot(item.target, Form.DENSE)
            given = densified(self.values.pure(value.argument, context))
            average = i.Average(value.compressor.name, value.site)
            return i.Parcel(slot, given, None, None, average=average), Binding(slot)
        if isinstance(value, p.Compress):
            slot = self._slot(item.target, self.desk.traits[value.compressor.name].form)
            packed = self.values.squeeze(value, slot, context, held=False)
            parcel, binding = sent_packet(slot, i.Use(packed.packet), packed, packed.packet)
            return replace(parcel, draws=self._redrawn(value, route)), binding
        source = self._source(value, context.span)
        if isinstance(value, p.Read) and source is not None and source.packed is not None:
            return self._sent_on(item, value, source.packed, context)
        payload = densified(self.values.pure(value, context))
        slot = self._slot(item.target, Form.DENSE)
        if source is None:
            return i.Parcel(slot, payload, None, None), Binding(slot)
        parcel = i.Parcel(slot, payload, None, source.draw, bag=source.bag)
        return parcel, replace(source, slot=slot, packed=None)

    def _redrawn(self, value: p.Compress, route: p.Route) -> i.Draws | None:
        """Where the receivers, too, draw what a seeded compressor keeps: server and nodes, of what goes out at once."""
        seeded = self.desk.traits[value.compressor.name].seeded and not value.settings
        fixed = value.compressor.name not in self.desk.changing
        return i.Draws(value.site, value.shared) if seeded and fixed and route in _AT_HAND else None

    def _sent_on(
        self, item: p.Item, value: p.Read, packed: Packed, context: Context
    ) -> tuple[i.Parcel, Binding]:
        """A packet goes out as it was encoded, by someone who has it: once a row, or to the members theirs."""
        slot = self._slot(item.target, self.desk.traits[packed.compressor].form)
        has_it = context.roles <= i.roles_of(packed.packet.placement)
        if not has_it or (packed.packet.family and not slot.family):
            raise InternalError(f"who sends {value.symbol.name} on does not have its packet")
        payload = self.values.rows_of_packet(packed, value.where, context)
        name = self.desk.namer.kept(f"{slot.name}_packet", slot.family)
        arrived = replace(packed.packet, name=name, family=slot.family, groups=slot.groups)
        return sent_packet(slot, payload, replace(packed, over=context.domain.over), arrived)


_AT_HAND = (p.Route.NODE_TO_SERVER, p.Route.SERVER_TO_ALL, p.Route.SERVER_TO_NODE)
"""The routes whose receivers draw what a seeded compressor keeps; along others its coordinates are sent."""
