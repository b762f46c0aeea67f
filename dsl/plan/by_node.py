"""An `if` or a `repeat` that differs by node becomes blocks over the nodes that take each way.

A way binds its names beside their own, over those who take it, and may hold whatever a block over a subset may. Behind an
`if` each name has the rows of both ways; a `repeat` is an `if` in a loop that runs as often as any of its nodes asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..check import program as p
from ..check.kinds import Domain, Kind, Placement, Spread, Where
from ..text.diagnostics import InternalError
from ..text.records import record
from ..text.source import Span
from . import instructions as i
from .beside import Beside, Takers
from .desk import Binding, Context, Desk, Environment
from .forms import densified
from .spec_names import targets_of
from .values import Values


@dataclass(slots=True)
class ByNode:
    """Lowers them at a desk, with the lowering of other statements."""

    desk: Desk
    values: Values
    block: Callable[[p.Block], None]
    members: Callable[[p.Expr | None], i.Slot | None]
    dense_slot: Callable[[str, Placement], i.Slot]

    def selection(self, statement: p.Branch) -> None:
        """An `if` in which each node takes its own way."""
        at, desk, span = _role(statement.at), self.desk, statement.span
        context = self._context(at, "if", span)
        taken = self._answer("taken", statement.condition, context)
        refused = i.Operation("not", (i.Use(taken),), Kind.BOOL, True)
        takers, others = self._those("takers", i.Use(taken), context), self._those("others", refused, context)
        before, found = desk.env, {}
        then = self._way(takers, statement.then, at, context)
        otherwise = self._way(others, statement.otherwise, at, context)
        bound = targets_of((*statement.then, *statement.otherwise))
        desk.env = before.copy()
        for target in statement.after:
            name = target.symbol.name
            old = self._known(name, target, before, at)
            one, other = (self._rows(name, way, old) for way in (then, otherwise))
            if name not in before.names and (one is None or other is None):
                continue  # of `init`, and no state: nobody reads it
            if one is None or other is None:
                raise InternalError(f"a way leaves no `{name}`")
            found[name] = self._join(target, taken, one, other, context)
        kept = {name: binding for name, binding in desk.env.names.items() if name not in bound}
        desk.env.names = kept | found

    def repeat(self, statement: p.Repeat) -> None:
        """Each node its own number of times."""
        at, desk, span = _role(statement.at), self.desk, statement.span
        times = self._answer("times", statement.count, self._context(at, "repeat", span))
        desk.env.names[times.name] = Binding(times)
        each = replace(statement.count.where, domain=at.domain)
        asked = p.Read(desk.numbers.symbol(times.name), 0, Kind.INT, each, span)
        for target in statement.after:
            self._renew(target.symbol.name, target, at, span)
        counter = statement.counter or desk.numbers.symbol(desk.namer.beside("t"))
        one = Where(at.placement)
        runs = p.Apply("<", (p.Counter(counter, Kind.INT, one, span), asked), Kind.BOOL, asked.where, span)
        body = p.Branch(at, runs, statement.body, (), span, statement.after)
        most = p.Apply("most", (asked,), Kind.INT, one, span)
        self.block((p.Repeat(at, most, counter, (body,), span, statement.after),))

    def _renew(self, name: str, target: p.Target, at: p.At, span: Span) -> None:
        """What differs by node is a new point at all of them, however often each process runs the loop."""
        if self._known(name, target, self.desk.env, at) is None:
            return
        held = self.dense_slot(name, at.placement)
        if held.kind is Kind.VECTOR:
            # others do not go this way, and lose the name behind it
            slot = replace(held, placement=at.placement)
            copy = i.Operation("copy", (i.Use(held),), slot.kind, slot.family)
            self.desk.out.append(i.Compute((slot,), (copy,), None, i.roles_of(at.placement), False, span))
            self.desk.env.names[name] = replace(self.desk.env.names[name], slot=slot)

    # --- ways ------------------------------------------------------------------------------------------------

    def _context(self, at: p.At, what: str, span: Span) -> Context:
        return Context(
            i.roles_of(at.placement), at.placement, self.members(at.members), at.domain, what, span
        )

    def _answer(self, wish: str, expr: p.Expr, context: Context) -> i.Slot:
        """What each node's own condition or count is, in a slot."""
        value = self.values.pure(expr, context)
        groups = expr.where.spread is Spread.GROUPS and not context.per_node
        slot = i.Slot(self.desk.namer.beside(wish), expr.kind, True, context.placement, groups=groups)
        self._compute(slot, densified(value), context)
        return slot

    def _those(self, wish: str, taken: i.Pure, context: Context) -> i.Slot:
        """Who of those in the context takes a way."""
        among = () if context.members is None else (i.Use(context.members),)
        groups = context.placement is Placement.GROUP
        slot = i.Slot(self.desk.namer.beside(wish), Kind.NODES, True, context.placement, groups=groups)
        self._compute(slot, i.Operation("those", (taken, *among), Kind.NODES, True), context)
        return slot

    def _way(self, members: i.Slot, block: p.Block, at: p.At, context: Context) -> Way:
        """A block lowered for those who take it; the names that the other way reads stay as they are."""
        desk, before = self.desk, self.desk.env
        domain, taken = desk.numbers.domain(members.name), Binding(members)
        desk.env = before.copy()
        desk.env.tell(domain, taken)
        desk.env.names[members.name] = taken
        beside = Beside(
            Takers(at, domain, desk.numbers.symbol(members.name)),
            lambda name, target: self._known(name, target, desk.env, at),
            desk.namer.beside,
        )
        self.block(beside.block(block))
        found, desk.env = (
            Way(replace(context, members=members, domain=domain), beside.names, desk.env),
            before,
        )
        return found

    def _known(self, name: str, target: p.Target, env: Environment, at: p.At) -> p.Read | None:
        """How a block reads what a name was before it takes a new value; None if nobody there knows it."""
        binding = env.names.get(name)
        if binding is None or not i.roles_of(at.placement) <= i.roles_of(binding.slot.placement):
            return None
        slot = binding.slot
        if slot.family and binding.over != target.where.domain.over:
            return None
        many = Spread.GROUPS if slot.groups else Spread.NODES
        domain = target.where.domain if slot.family else Domain()
        where = Where(slot.placement, many if slot.family else Spread.ONE, domain)
        return p.Read(target.symbol, 0, slot.kind, where, target.span)

    def _rows(self, name: str, way: Way, old: p.Read | None) -> i.Pure | None:
        """What a way leaves of a name, a row for each who takes it; None if the name is unknown after it."""
        beside = way.names.get(name)
        if beside is not None:
            return densified(i.Use(way.env.names[beside.name].slot))
        if old is None:
            return None
        value, context = densified(self.values.pure(old, way.context)), way.context
        if value.family:
            return value
        wish, groups = f"{name}_before", context.members is not None and context.members.groups
        slot = i.Slot(self.desk.namer.passing(wish, True), value.kind, True, context.placement, groups=groups)
        self._compute(slot, value, context)
        return i.Use(slot)

    def _join(self, target: p.Target, taken: i.Slot, one: i.Pure, other: i.Pure, context: Context) -> Binding:
        """A name takes the rows of both ways; over a set, of a family that all have, its members' rows."""
        kind, name = target.kind, target.symbol.name
        joined = i.Operation("interleave", (i.Use(taken), one, other), kind, True)
        slot = i.Slot(
            self.desk.namer.variable(name, True), kind, True, context.placement, groups=taken.groups
        )
        if context.members is not None and target.where.domain.over is None:
            self.dense_slot(name, context.placement)
            self.desk.out.append(i.Store(slot, context.members, joined, context.roles, context.span))
        else:
            self._compute(slot, joined, context)
        return Binding(slot, over=target.where.domain.over)

    def _compute(self, slot: i.Slot, value: i.Pure, context: Context) -> None:
        self.desk.out.append(
            i.Compute((slot,), (value,), context.members, context.roles, False, context.span)
        )


@record
class Way:
    """A way as it was lowered: where its statements stood, its names beside theirs, what these hold at its end."""

    context: Context
    names: dict[str, p.Symbol]
    env: Environment


def _role(at: p.At | None) -> p.At:
    if at is None:
        raise InternalError("a way of a node's own outside of a block")
    return at
