"""Checked expressions -> pure trees; draws, oracles and compression in them become instructions before the statement."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..check import program as p
from ..check.contracts import Form
from ..check.kinds import Domain, Kind, Placement, Spread, Where
from ..text.diagnostics import SpecError
from ..text.source import Span
from . import errors
from . import instructions as i
from .desk import Binding, Context, Desk, Packed
from .forms import densified, elementwise, operation, whole_of
from .operators import PLAN_OPERATORS


class Values:
    """Lowers expressions at a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def pure(self, expr: p.Expr, context: Context) -> i.Pure:
        """The value of an expression where it stands."""
        match expr:
            case p.Literal():
                return i.Number(expr.value, expr.kind)
            case p.Read():
                value = i.Use(self.desk.env.names[expr.symbol.name].slot)
                if value.slot.groups and context.per_node:
                    return self._of_group(value, context)
                if value.slot.groups and context.placement is not Placement.GROUP:
                    return value  # at the server, which sets it beside the members' values
                return self._restricted(value, expr.where, context)
            case p.ParamRead():
                origin = i.Origin.PREVIOUS if expr.previous else i.Origin.PARAM
                return i.Global(self.desk.namer.symbol(expr.symbol.name), expr.kind, origin)
            case p.Constant():
                family = expr.where.spread is not Spread.ONE
                constant = i.Global(expr.name, expr.kind, i.Origin.CONSTANT, family)
                return self._restricted(constant, expr.where, context)
            case p.Counter():
                return i.Global(self.desk.namer.symbol(expr.symbol.name), expr.kind, i.Origin.COUNTER)
            case p.Apply():
                return self._apply(expr, context)
            case p.Aggregate():
                return self._aggregate(expr, context)
            case p.Oracle():
                return self._oracle(expr, context)
            case p.Compress():
                return i.Use(self.compressed(expr, context)[0])
            case p.Figure():
                name, changes = expr.compressor.name, expr.compressor.name in self.desk.changing
                origin = i.Origin.FIGURE if changes else i.Origin.CONSTANT
                return i.Global(f"{expr.operator}_{name}", expr.kind, origin)
            case p.Who():
                return self._who(expr, context)
            case _:
                assert_never(expr)

    # --- families over some nodes ----------------------------------------------------------------------------

    def _restricted(self, value: i.Use | i.Global | i.Operation, where: Where, context: Context) -> i.Pure:
        """What is read over a subset of a family that all nodes have are the members' rows."""
        family, over = where.spread is not Spread.ONE, context.domain.over
        if not family or over is None or where.domain.over == over:
            return value
        among = None if where.domain.over is None else self.roster(where.domain, context.span).slot
        return i.Restrict(densified(value), self.members(context), value.kind, among=among)

    def _of_group(self, value: i.Pure, context: Context) -> i.Pure:
        """A value of groups as each node (or member) has it: its group's."""
        own = i.Operation("of_group", (densified(value),), value.kind, True)
        return own if context.domain.over is None else i.Restrict(own, self.members(context), value.kind)

    def members(self, context: Context) -> i.Slot:
        """The set that a domain is named after."""
        return (
            context.members if context.members is not None else self.roster(context.domain, context.span).slot
        )

    def roster(self, domain: Domain, span: Span) -> Binding:
        """The set that a domain is named after, as its members know it where they do; SpecError where it is gone."""
        known = self.desk.env.roster(domain.over)
        if known is not None:
            return known
        binding = self.desk.env.names.get(domain.name)
        if binding is None or not binding.may_name(domain):
            raise SpecError((errors.set_is_gone(domain.name, span),))
        return binding

    def rows_of_packet(self, packed: Packed, where: Where, context: Context) -> i.Pure:
        """A compressed value's packet as the members of a context send it: each its own row."""
        whole = i.Use(packed.packet)
        if packed.packet.groups and context.per_node:
            return self._of_group(whole, context)
        return self._restricted(whole, where, context) if packed.packet.family else whole

    def _who(self, expr: p.Who, context: Context) -> i.Pure:
        """The members of a family's domain."""
        domain = domain_of(expr.family)
        if domain.over is None:
            return i.Global("everyone", Kind.NODES, i.Origin.CONSTANT)
        return i.Use(self.roster(domain, context.span).slot)

    # --- operators -------------------------------------------------------------------------------------------

    def _apply(self, expr: p.Apply, context: Context) -> i.Pure:
        if expr.operator == "support":
            return self._support(expr, context)
        if expr.operator == "mix":
            return self._mix(expr, context)
        spreads = {a.where.spread for a in expr.arguments}
        meets_nodes = {Spread.NODES, Spread.GROUPS} <= spreads and not context.per_node
        arguments = tuple(
            self._of_group(self.pure(a, context), context)
            if meets_nodes and a.where.spread is Spread.GROUPS
            else self.pure(a, context)
            for a in expr.arguments
        )
        family = PLAN_OPERATORS[expr.operator].rows.make_a_family([a.family for a in arguments])
        return operation(expr.operator, arguments, expr.kind, family)

    def _mix(self, expr: p.Apply, context: Context) -> i.Pure:
        """Averages over neighbours, whoever asks for his."""
        whole = replace(context, members=None, domain=Domain())
        argument = densified(self.pure(expr.arguments[0], whole))
        return self._restricted(i.Operation("mix", (argument,), expr.kind, True), expr.where, context)

    def _support(self, expr: p.Apply, context: Context) -> i.Pure:
        """Of a compressed value as it was written; SpecError where what it was written as is not known any more."""
        (argument,) = expr.arguments
        if not isinstance(argument, p.Read):
            value = self.pure(argument, context)
            return i.Operation("support", (value,), expr.kind, value.family)
        binding = self.desk.env.names[argument.symbol.name]
        written = None if binding.packed is None else self.desk.traits[binding.packed.compressor].form
        if binding.slot.form is Form.DENSE and written is not Form.DENSE:
            raise SpecError((errors.support_is_lost(argument.symbol.name, argument.span),))
        mask = i.Operation("support", (i.Use(binding.slot),), expr.kind, binding.slot.family)
        if binding.slot.groups and context.per_node:
            return self._of_group(mask, context)
        return self._restricted(mask, argument.where, context)

    def _spread(self, value: i.Pure, context: Context) -> i.Pure:
        """One value as each node of a domain has it."""
        members = () if context.domain.over is None else (i.Use(self.members(context)),)
        return i.Operation("spread", (densified(value), *members), value.kind, True)

    def _aggregate(self, expr: p.Aggregate, context: Context) -> i.Pure:
        over = expr.over is not None
        inner = replace(context, members=None, domain=expr.domain, to_nodes=over)
        argument = self.pure(expr.argument, inner)
        if over and not argument.family:
            argument = self._spread(argument, inner)
        if argument.form is Form.SPARSE and expr.operator in ("mean", "sum"):
            return i.Fold(expr.operator, argument, expr.kind, False, Form.SPARSE)
        return i.Fold(expr.operator, densified(argument), expr.kind)

    # --- oracles ---------------------------------------------------------------------------------------------

    def _oracle(self, expr: p.Oracle, context: Context) -> i.Pure:
        point = densified(self.pure(expr.point, context))
        extra = self.pure(expr.batch, context) if expr.batch is not None else None
        if expr.operator == "prox":
            arguments = (point,) if extra is None else (point, extra)
            return i.Operation("prox", arguments, expr.kind, point.family)
        called = (expr.operator, point, extra, context.members)
        if called not in self.desk.calls:
            self.desk.calls[called] = self._call(expr, point, extra, context)
        return i.Use(self.desk.calls[called])

    def _call(self, expr: p.Oracle, point: i.Pure, extra: i.Pure | None, context: Context) -> i.Slot:
        at = whole_of(point)
        if not isinstance(at, i.Use | i.Global):
            whole = isinstance(point, i.Restrict) and at is not point
            at = self._hold(at, replace(context, members=None) if whole else context)
            point = replace(point, family_value=at) if isinstance(point, i.Restrict) and whole else at
        wish = f"{expr.operator}_{at.slot.name if isinstance(at, i.Use) else at.name}"
        slot = i.Slot(self.desk.namer.passing(wish, True), expr.kind, True, Placement.NODE)
        self.desk.out.append(
            i.CallOracle(slot, expr.operator, point, extra, context.members, i.NODE, context.span)
        )
        return slot

    def _hold(self, value: i.Pure, context: Context) -> i.Use:
        """An oracle's point needs an array of its own: by it the oracle knows the point again."""
        name = self.desk.namer.passing("point", value.family)
        slot = i.Slot(name, value.kind, value.family, context.placement)
        self.desk.out.append(
            i.Compute((slot,), (value,), context.members, context.roles, False, context.span)
        )
        return i.Use(slot)

    # --- compression -----------------------------------------------------------------------------------------

    def compressed(self, expr: p.Compress, context: Context) -> tuple[i.Slot, Packed]:
        """A compressed value that an expression goes on with, and its packet."""
        family = expr.where.spread is not Spread.ONE
        name = self.desk.namer.passing(f"{expr.compressor.name}_{context.binds}", family)
        form = self.desk.traits[expr.compressor.name].form
        groups = expr.where.spread is Spread.GROUPS and not context.per_node
        slot = i.Slot(name, Kind.VECTOR, family, expr.where.placement, form, groups)
        return slot, self.squeeze(expr, slot, context, held=True)

    def squeeze(self, expr: p.Compress, target: i.Slot, context: Context, *, held: bool) -> Packed:
        """Append the compression. What is sent at once need not be `held` before."""
        operand = densified(self.pure(expr.argument, context))
        name, domain = self._turned(expr, context), context.domain
        packet = i.Slot(
            self.desk.namer.kept(f"{target.name}_packet", target.family),
            Kind.VECTOR,
            target.family,
            context.placement,
            groups=target.groups,
        )
        own = replace(target, placement=context.placement)
        self.desk.out.append(
            i.Squeeze(
                packet=packet,
                target=own if held else None,
                compressor=name,
                operand=operand,
                blind=self.desk.traits[name].blind and elementwise(operand),
                site=expr.site,
                shared=expr.shared,
                members=self.members(context) if domain.over is not None else None,
                roles=context.roles,
                span=context.span,
            )
        )
        return Packed(packet, name, domain.over)

    def _turned(self, expr: p.Compress, context: Context) -> str:
        """The compressor that an application means: one of its own where it gives arguments of the round."""
        name = expr.compressor.name
        if not expr.settings:
            return name
        target = self.desk.namer.beside(f"{name}_{context.binds}")
        settings = tuple((key, self.pure(value, context)) for key, value in expr.settings)
        self.desk.traits[target] = self.desk.traits[name]
        self.desk.out.append(i.Turn(target, name, settings, i.EVERYONE, context.span))
        return target


def domain_of(expr: p.Expr) -> Domain:
    """Over whom an expression's values run."""
    where: Where = expr.where
    return where.domain


def outside(span: Span) -> Context:
    """Where the value of a schedule stands: everyone computes it."""
    return Context(i.BOTH, Placement.ALL, None, Domain(), "", span)
