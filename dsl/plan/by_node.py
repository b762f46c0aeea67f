"""An `if` or a `repeat` that differs by node becomes blocks over the nodes that take each way.

A way binds its names beside their own, over those who take it, and may hold whatever a block over a subset may. Behind an
`if` each name has the rows of both ways; a `repeat` is an `if` in a loop that runs as often as any of its nodes asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..check import program as core
from ..check.kinds import Domain, Kind, Placement, Spread, Where
from ..text.diagnostics import InternalError
from ..text.records import record
from ..text.source import Span
from . import instructions as ir
from .beside import Beside, Takers
from .environment import Binding, Builder, Context, Environment
from .forms import densified
from .spec_names import targets_of
from .values import Values


@dataclass(slots=True)
class ByNode:
    """Lowers them with a builder, and with the lowering of other statements."""

    builder: Builder
    values: Values
    block: Callable[[core.Block], None]
    members: Callable[[core.Expr | None], ir.Slot | None]
    dense_slot: Callable[[str, Placement], ir.Slot]

    def selection(self, statement: core.Branch) -> None:
        """An `if` in which each node takes its own way."""
        at, builder, span = _role(statement.at), self.builder, statement.span
        context = self._context(at, "if", span)
        taken = self._answer("taken", statement.condition, context)
        refused = ir.Operation("not", (ir.Use(taken),), Kind.BOOL, True)
        takers, others = (
            self._those("takers", ir.Use(taken), context),
            self._those("others", refused, context),
        )
        before, found = builder.env, {}
        then = self._way(takers, statement.then, at, context)
        otherwise = self._way(others, statement.otherwise, at, context)
        bound = targets_of((*statement.then, *statement.otherwise))
        builder.env = before.copy()
        for target in statement.after:
            name = target.symbol.name
            old = self._known(name, target, before, at)
            one, other = (self._rows(name, way, old) for way in (then, otherwise))
            if name not in before.names and (one is None or other is None):
                continue  # of `init`, and no state: nobody reads it
            if one is None or other is None:
                raise InternalError(f"a way leaves no `{name}`")
            found[name] = self._join(target, taken, one, other, context)
        kept = {name: binding for name, binding in builder.env.names.items() if name not in bound}
        builder.env.names = kept | found

    def repeat(self, statement: core.Repeat) -> None:
        """Each node its own number of times."""
        at, builder, span = _role(statement.at), self.builder, statement.span
        times = self._answer("times", statement.count, self._context(at, "repeat", span))
        builder.env.names[times.name] = Binding(times)
        each = replace(statement.count.where, domain=at.domain)
        asked = core.Read(builder.numbers.symbol(times.name), 0, Kind.INT, each, span)
        for target in statement.after:
            self._renew(target.symbol.name, target, at, span)
        counter = statement.counter or builder.numbers.symbol(builder.namer.beside("t"))
        one = Where(at.placement)
        runs = core.Apply(
            "<", (core.Counter(counter, Kind.INT, one, span), asked), Kind.BOOL, asked.where, span
        )
        body = core.Branch(at, runs, statement.body, (), span, statement.after)
        most = core.Apply("most", (asked,), Kind.INT, one, span)
        self.block((core.Repeat(at, most, counter, (body,), span, statement.after),))

    def _renew(self, name: str, target: core.Target, at: core.At, span: Span) -> None:
        """What differs by node is a new point at all of them, however often each process runs the loop."""
        if self._known(name, target, self.builder.env, at) is None:
            return
        held = self.dense_slot(name, at.placement)
        if held.kind is Kind.VECTOR:
            # others do not go this way, and lose the name behind it
            slot = replace(held, placement=at.placement)
            copy = ir.Operation("copy", (ir.Use(held),), slot.kind, slot.family)
            self.builder.out.append(
                ir.Compute((slot,), (copy,), None, ir.roles_of(at.placement), False, span)
            )
            self.builder.env.names[name] = replace(self.builder.env.names[name], slot=slot)

    # --- ways ------------------------------------------------------------------------------------------------

    def _context(self, at: core.At, what: str, span: Span) -> Context:
        return Context(
            ir.roles_of(at.placement), at.placement, self.members(at.members), at.domain, what, span
        )

    def _answer(self, wish: str, expr: core.Expr, context: Context) -> ir.Slot:
        """What each node's own condition or count is, in a slot."""
        value = self.values.pure(expr, context)
        groups = expr.where.spread is Spread.GROUPS and not context.per_node
        slot = ir.Slot(self.builder.namer.beside(wish), expr.kind, True, context.placement, groups=groups)
        self._compute(slot, densified(value), context)
        return slot

    def _those(self, wish: str, taken: ir.Pure, context: Context) -> ir.Slot:
        """Who of those in the context takes a way."""
        among = () if context.members is None else (ir.Use(context.members),)
        groups = context.placement is Placement.GROUP
        slot = ir.Slot(self.builder.namer.beside(wish), Kind.NODES, True, context.placement, groups=groups)
        self._compute(slot, ir.Operation("those", (taken, *among), Kind.NODES, True), context)
        return slot

    def _way(self, members: ir.Slot, block: core.Block, at: core.At, context: Context) -> Way:
        """A block lowered for those who take it; the names that the other way reads stay as they are."""
        builder, before = self.builder, self.builder.env
        domain, taken = builder.numbers.domain(members.name), Binding(members)
        builder.env = before.copy()
        builder.env.tell(domain, taken)
        builder.env.names[members.name] = taken
        beside = Beside(
            Takers(at, domain, builder.numbers.symbol(members.name)),
            lambda name, target: self._known(name, target, builder.env, at),
            builder.namer.beside,
        )
        self.block(beside.block(block))
        found, builder.env = (
            Way(replace(context, members=members, domain=domain), beside.names, builder.env),
            before,
        )
        return found

    def _known(self, name: str, target: core.Target, env: Environment, at: core.At) -> core.Read | None:
        """How a block reads what a name was before it takes a new value; None if nobody there knows it."""
        binding = env.names.get(name)
        if binding is None or not ir.roles_of(at.placement) <= ir.roles_of(binding.slot.placement):
            return None
        slot = binding.slot
        if slot.family and binding.over != target.where.domain.over:
            return None
        many = Spread.GROUPS if slot.groups else Spread.NODES
        domain = target.where.domain if slot.family else Domain()
        where = Where(slot.placement, many if slot.family else Spread.ONE, domain)
        return core.Read(target.symbol, 0, slot.kind, where, target.span)

    def _rows(self, name: str, way: Way, old: core.Read | None) -> ir.Pure | None:
        """What a way leaves of a name, a row for each who takes it; None if the name is unknown after it."""
        beside = way.names.get(name)
        if beside is not None:
            return densified(ir.Use(way.env.names[beside.name].slot))
        if old is None:
            return None
        value, context = densified(self.values.pure(old, way.context)), way.context
        if value.family:
            return value
        wish, groups = f"{name}_before", context.members is not None and context.members.groups
        slot = ir.Slot(
            self.builder.namer.passing(wish, True), value.kind, True, context.placement, groups=groups
        )
        self._compute(slot, value, context)
        return ir.Use(slot)

    def _join(
        self, target: core.Target, taken: ir.Slot, one: ir.Pure, other: ir.Pure, context: Context
    ) -> Binding:
        """A name takes the rows of both ways; over a set, of a family that all have, its members' rows."""
        kind, name = target.kind, target.symbol.name
        joined = ir.Operation("interleave", (ir.Use(taken), one, other), kind, True)
        slot = ir.Slot(
            self.builder.namer.variable(name, True), kind, True, context.placement, groups=taken.groups
        )
        if context.members is not None and target.where.domain.over is None:
            self.dense_slot(name, context.placement)
            self.builder.out.append(ir.Store(slot, context.members, joined, context.roles, context.span))
        else:
            self._compute(slot, joined, context)
        return Binding(slot, over=target.where.domain.over)

    def _compute(self, slot: ir.Slot, value: ir.Pure, context: Context) -> None:
        self.builder.out.append(
            ir.Compute((slot,), (value,), context.members, context.roles, False, context.span)
        )


@record
class Way:
    """A way as it was lowered: where its statements stood, its names beside theirs, what these hold at its end."""

    context: Context
    names: dict[str, core.Symbol]
    env: Environment


def _role(at: core.At | None) -> core.At:
    if at is None:
        raise InternalError("a way of a node's own outside of a block")
    return at
