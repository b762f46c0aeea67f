"""Checked expressions -> pure trees; draws, oracles and compression in them become instructions before the statement."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..check import program as core
from ..check.contracts import Form
from ..check.kinds import Domain, Kind, Placement, Spread, Where
from ..text.diagnostics import InternalError, SpecError
from ..text.source import Span
from . import errors
from . import instructions as ir
from .environment import Binding, Builder, Context, Packed
from .forms import densified, elementwise, operation, whole_of
from .operators import PLAN_OPERATORS


class Values:
    """Lowers expressions into the instructions of a builder."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder

    def pure(self, expr: core.Expr, context: Context) -> ir.Pure:
        """The value of an expression where it stands."""
        match expr:
            case core.Literal():
                return ir.Number(expr.value, expr.kind)
            case core.Read():
                value = ir.Use(self.builder.env.names[expr.symbol.name].slot)
                if value.slot.groups and context.per_node:
                    return self._of_group(value, context)
                if value.slot.groups and context.placement is not Placement.GROUP:
                    return value  # the server sets it beside the members' values
                return self._restricted(value, expr.where, context)
            case core.ParamRead():
                origin = ir.Origin.PREVIOUS if expr.previous else ir.Origin.PARAM
                return ir.Global(self.builder.namer.symbol(expr.symbol.name), expr.kind, origin)
            case core.Constant():
                family = expr.where.spread is not Spread.ONE
                constant = ir.Global(expr.name, expr.kind, ir.Origin.CONSTANT, family)
                return self._restricted(constant, expr.where, context)
            case core.BlockMask():
                return ir.Global(expr.block, expr.kind, ir.Origin.BLOCK)
            case core.Counter():
                return ir.Global(self.builder.namer.symbol(expr.symbol.name), expr.kind, ir.Origin.COUNTER)
            case core.Apply():
                return self._apply(expr, context)
            case core.Aggregate():
                return self._aggregate(expr, context)
            case core.Oracle():
                return self._oracle(expr, context)
            case core.Compress():
                return ir.Use(self.compressed(expr, context)[0])
            case core.Figure():
                name, changes = expr.compressor.name, expr.compressor.name in self.builder.changing
                origin = ir.Origin.FIGURE if changes else ir.Origin.CONSTANT
                return ir.Global(f"{expr.operator}_{name}", expr.kind, origin, figure=(expr.operator, name))
            case core.Who():
                return self._who(expr, context)
            case _:
                assert_never(expr)

    # --- families over some nodes ----------------------------------------------------------------------------

    def _restricted(
        self, value: ir.Use | ir.Global | ir.Operation, where: Where, context: Context
    ) -> ir.Pure:
        """The members' rows of a family that all nodes have, where it is read over a subset."""
        family, over = where.spread is not Spread.ONE, context.domain.over
        if not family or over is None or where.domain.over == over:
            return value
        among = None if where.domain.over is None else self.roster(where.domain, context.span).slot
        return ir.Gather(densified(value), self.members(context), value.kind, among=among)

    def _of_group(self, value: ir.Pure, context: Context) -> ir.Pure:
        """A value of groups with a row for each node (or member): that of its group."""
        own = ir.Operation("of_group", (densified(value),), value.kind, True)
        return own if context.domain.over is None else ir.Gather(own, self.members(context), value.kind)

    def members(self, context: Context) -> ir.Slot:
        """The set over which an expression runs."""
        return (
            context.members if context.members is not None else self.roster(context.domain, context.span).slot
        )

    def roster(self, domain: Domain, span: Span) -> Binding:
        """The set of a domain, as its members know it if they do; SpecError if its name holds another set by now."""
        known = self.builder.env.roster(domain.over)
        if known is not None:
            return known
        binding = self.builder.env.names.get(domain.name)
        if binding is None or not binding.may_name(domain):
            raise SpecError((errors.set_is_gone(domain.name, span),))
        return binding

    def rows_of_packet(self, packed: Packed, where: Where, context: Context) -> ir.Pure:
        """A compressed value's packet as the members of a context send it: each its own row.

        The packet's rows are those of the compression, also where a copy over a set is read.
        """
        whole = ir.Use(packed.packet)
        if packed.packet.groups and context.per_node:
            return self._of_group(whole, context)
        return (
            self._restricted(whole, replace(where, domain=Domain(packed.over)), context)
            if packed.packet.family
            else whole
        )

    def _who(self, expr: core.Who, context: Context) -> ir.Pure:
        """The members of a family's domain."""
        domain = domain_of(expr.family)
        if domain.over is None:
            return ir.Global("everyone", Kind.NODES, ir.Origin.CONSTANT)
        return ir.Use(self.roster(domain, context.span).slot)

    # --- operators -------------------------------------------------------------------------------------------

    def _apply(self, expr: core.Apply, context: Context) -> ir.Pure:
        if expr.operator == "support":
            return self._support(expr, context)
        if expr.operator == "mix":
            return self._mix(expr, context)
        if expr.operator == "those":
            return self._over_members("those", self.pure(expr.arguments[0], context), expr.kind, context)
        if expr.operator == "interleave":
            return self._interleave(expr, context)
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

    def _mix(self, expr: core.Apply, context: Context) -> ir.Pure:
        """A mean over each node's neighbours: all nodes' operands are read, also where a subset asks."""
        whole = replace(context, members=None, domain=Domain())
        argument = densified(self.pure(expr.arguments[0], whole))
        return self._restricted(ir.Operation("mix", (argument,), expr.kind, True), expr.where, context)

    def _support(self, expr: core.Apply, context: Context) -> ir.Pure:
        """The support of a compressed value as its codec wrote it; SpecError where that is not known any more."""
        (argument,) = expr.arguments
        if not isinstance(argument, core.Read):
            value = self.pure(argument, context)
            return ir.Operation("support", (value,), expr.kind, value.family)
        binding = self.builder.env.names[argument.symbol.name]
        written = None if binding.packed is None else self.builder.traits[binding.packed.compressor].form
        if binding.slot.form is Form.DENSE and written is not Form.DENSE:
            raise SpecError((errors.support_is_lost(argument.symbol.name, argument.span),))
        if binding.packed is not None and self.builder.traits[binding.packed.compressor].some:
            return self._support_of_packet(expr, argument, binding.packed, context)
        mask = ir.Operation("support", (ir.Use(binding.slot),), expr.kind, binding.slot.family)
        if binding.slot.groups and context.per_node:
            return self._of_group(mask, context)
        return self._restricted(mask, argument.where, context)

    def _support_of_packet(
        self, expr: core.Apply, argument: core.Read, packed: Packed, context: Context
    ) -> ir.Pure:
        """The coordinates that a packet with some of them tells: its value does not, as entries may be 0."""
        rows = self.rows_of_packet(packed, argument.where, context)
        name = "support" if packed.packet.family else "support_one"
        return ir.Operation(name, (rows,), expr.kind, packed.packet.family)

    def _interleave(self, expr: core.Apply, context: Context) -> ir.Pure:
        """The rows of two branches in one family: from each the rows of the nodes that take it."""
        taken, *branches = expr.arguments
        arguments = [self.pure(taken, context)]
        for members, rows in zip(branches[::2], branches[1::2], strict=True):
            over = replace(context, members=self.held_members(members), domain=domain_of(members))
            arguments.append(self.pure(rows, over))
        return operation("interleave", tuple(arguments), expr.kind, True)

    def _over_members(self, operator: str, value: ir.Pure, kind: Kind, context: Context) -> ir.Pure:
        """An operator over the members of a domain; over all nodes it needs no set."""
        members = () if context.domain.over is None else (ir.Use(self.members(context)),)
        return ir.Operation(operator, (densified(value), *members), kind, True)

    def _aggregate(self, expr: core.Aggregate, context: Context) -> ir.Pure:
        over = expr.over is not None
        inner = replace(context, members=None, domain=expr.domain, to_nodes=over)
        argument = self.pure(expr.argument, inner)
        if over and not argument.family:
            argument = self._over_members("spread", argument, argument.kind, inner)
        if expr.groups is not None:
            argument = self._grouped(argument, self.pure(expr.groups, inner), inner)
        if argument.form is Form.SPARSE and expr.operator in ("mean", "sum"):
            return ir.Fold(expr.operator, argument, expr.kind, False, Form.SPARSE)
        setting = None if expr.setting is None else self.pure(expr.setting, context)
        return ir.Fold(expr.operator, densified(argument), expr.kind, setting=setting, plugin=expr.plugin)

    def _grouped(self, rows: ir.Pure, numbers: ir.Pure, context: Context) -> ir.Pure:
        """Means of the rows whose nodes have equal numbers."""
        if not rows.family:
            rows = self._over_members("spread", rows, rows.kind, context)
        kind = Kind.VECTOR if rows.kind is Kind.VECTOR else Kind.REAL
        return ir.Operation("grouped", (densified(rows), numbers), kind, True)

    # --- oracles ---------------------------------------------------------------------------------------------

    def _oracle(self, expr: core.Oracle, context: Context) -> ir.Pure:
        point = densified(self.pure(expr.point, context))
        extra = self.pure(expr.batch, context) if expr.batch is not None else None
        if expr.operator == "prox":
            arguments = (point,) if extra is None else (point, extra)
            return ir.Operation("prox", arguments, expr.kind, any(each.family for each in arguments))
        called = (expr.operator, point, extra, context.members)
        if called not in self.builder.calls:
            self.builder.calls[called] = self._call(expr, point, extra, context)
        return ir.Use(self.builder.calls[called])

    def _call(self, expr: core.Oracle, point: ir.Pure, extra: ir.Pure | None, context: Context) -> ir.Slot:
        at = whole_of(point)
        if not isinstance(at, ir.Use | ir.Global):
            whole = isinstance(point, ir.Gather) and at is not point
            at = self._point_slot(at, replace(context, members=None) if whole else context)
            point = replace(point, family_value=at) if isinstance(point, ir.Gather) and whole else at
        wish = f"{expr.operator}_{at.slot.name if isinstance(at, ir.Use) else at.name}"
        slot = ir.Slot(self.builder.namer.passing(wish, True), expr.kind, True, Placement.NODE)
        self.builder.out.append(
            ir.CallOracle(slot, expr.operator, point, extra, context.members, ir.NODE, context.span)
        )
        return slot

    def _point_slot(self, value: ir.Pure, context: Context) -> ir.Use:
        """The slot that holds a computed point: a point that is asked at again is recognised by the name that holds it."""
        name = self.builder.namer.passing("point", value.family)
        slot = ir.Slot(name, value.kind, value.family, context.placement)
        self.builder.out.append(
            ir.Compute((slot,), (value,), context.members, context.roles, False, context.span)
        )
        return ir.Use(slot)

    # --- compression -----------------------------------------------------------------------------------------

    def compressed(self, expr: core.Compress, context: Context) -> tuple[ir.Slot, Packed]:
        """A compressed value that an expression goes on with, and its packet."""
        family = expr.where.spread is not Spread.ONE
        name = self.builder.namer.passing(f"{expr.compressor.name}_{context.binds}", family)
        form = self.builder.traits[expr.compressor.name].form
        groups = expr.where.spread is Spread.GROUPS and not context.per_node
        slot = ir.Slot(name, Kind.VECTOR, family, expr.where.placement, form, groups)
        return slot, self.compress(expr, slot, context, held=True)

    def held_members(self, members: core.Expr | None) -> ir.Slot | None:
        """The slot that holds the members of a block."""
        match members:
            case None:
                return None
            case core.Read():
                binding = self.builder.env.names[members.symbol.name]
                return (self.builder.env.roster(binding.drawn) or binding).slot
            case core.Who():
                return self.roster(domain_of(members.family), members.span).slot
            case _:
                raise InternalError("members of a block are no set")

    def source(self, value: core.Expr, span: Span) -> Binding | None:
        """The name of which a value is a plain copy, if it is one."""
        if isinstance(value, core.Who) and domain_of(value.family).over is not None:
            domain = domain_of(value.family)
            return replace(self.roster(domain, span), drawn=domain.over)
        return self.builder.env.names[value.symbol.name] if isinstance(value, core.Read) else None

    def compress(self, expr: core.Compress, target: ir.Slot, context: Context, *, held: bool) -> Packed:
        """Append the compression. A packet that is sent at once need not be `held` as a vector too."""
        operand = densified(self.pure(expr.argument, context))
        name, domain = self._applied_compressor(expr, context), context.domain
        packet = ir.Slot(
            self.builder.namer.kept(f"{target.name}_packet", target.family),
            Kind.VECTOR,
            target.family,
            context.placement,
            groups=target.groups,
        )
        own = replace(target, placement=context.placement)
        self.builder.out.append(
            ir.Compress(
                packet=packet,
                target=own if held else None,
                compressor=name,
                operand=operand,
                blind=self.builder.traits[name].blind and elementwise(operand),
                site=expr.site,
                shared=expr.shared,
                members=self.members(context) if domain.over is not None else None,
                roles=context.roles,
                span=context.span,
            )
        )
        return Packed(packet, name, domain.over)

    def _applied_compressor(self, expr: core.Compress, context: Context) -> str:
        """The compressor of an application: one made for it, if it gives arguments of the round."""
        name = expr.compressor.name
        if not expr.settings:
            return name
        target = self.builder.namer.kept(f"{name}_{context.binds}")
        settings = tuple((key, self.pure(value, context)) for key, value in expr.settings)
        self.builder.traits[target] = self.builder.traits[name]
        self.builder.out.append(ir.Rebind(target, name, settings, ir.EVERYONE, context.span))
        return target


def domain_of(expr: core.Expr) -> Domain:
    """The domain of an expression's values."""
    where: Where = expr.where
    return where.domain


def outside(span: Span) -> Context:
    """The place of a schedule's value: both roles compute it."""
    return Context(ir.BOTH, Placement.ALL, None, Domain(), "", span)
