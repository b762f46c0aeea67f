"""Checked program -> plan: effects become instructions, packets stay beside compressed values, sparse stays sparse.

Expressions are left to `values.py`, messages to `transfers.py`, branches and loops to `control_flow.py`, updates in
place to `in_place.py`, checks of states to `finite_checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from ..check import program as core
from ..check.contracts import Form
from ..check.distributions import DRAWN
from ..check.kinds import Kind, Placement, Spread
from ..text.diagnostics import InternalError
from ..text.source import Span
from . import instructions as ir
from .control_flow import ControlFlow
from .cse import share_values
from .environment import Binding, Builder, CompressorTraits, Context, Environment
from .finite_checks import place_guards
from .forms import densified, spreadable
from .in_place import mark_in_place
from .lazy_gradients import mark_lazy
from .names import Namer
from .numbers import Numbers
from .packets import keep_packets_sent_on
from .points import mark_points
from .predicated import predicate
from .spec_names import bound_names, declared_names, names_of_both_spreads
from .transfers import Transfers
from .traverse import last_span
from .values import Values, domain_of, outside

__all__ = ["CompressorTraits", "lower", "translated"]


def lower(program: core.Program, traits: Mapping[str, CompressorTraits]) -> ir.Plan:
    """The plan of a checked program whose compressors have these traits, by name; SpecError as `translated` raises it."""
    plan = keep_packets_sent_on(translated(program, traits))
    return mark_points(mark_lazy(place_guards(mark_in_place(share_values(plan)))))


def translated(program: core.Program, traits: Mapping[str, CompressorTraits]) -> ir.Plan:
    """The plan as the program has it, before anything is shared, placed or marked; SpecError for a set or a support that is
    asked for when it is gone: all that lowering refuses."""
    return _Lowering(predicate(program), traits).plan()


class _Lowering:
    """One pass over the program."""

    def __init__(self, program: core.Program, traits: Mapping[str, CompressorTraits]) -> None:
        self.program = program
        changing = frozenset(c.symbol.name for c in program.compressors if c.schedule)
        namer = Namer(declared_names(program), names_of_both_spreads(program))
        self.builder = Builder(namer, Numbers(program), dict(traits), changing)
        self.values = Values(self.builder)
        self.transfers = Transfers(self.builder, self.values)
        self.control_flow = ControlFlow(self.builder, self.values, self.block)

    def plan(self) -> ir.Plan:
        """The instructions of `init`, whose bindings are the slots of states, then those of the round."""
        program, builder = self.program, self.builder
        init = self._pass(program.init, {s.symbol.name for s in program.states})
        states = tuple(builder.env.names[s.symbol.name].slot for s in program.states)
        output_name = program.output.value.symbol.name
        in_init = program.output.is_state and output_name in builder.env.names
        held = zip(program.states, states, strict=True)
        builder.env = Environment({s.symbol.name: Binding(slot, bag=s.bag) for s, slot in held})
        self.builder.in_init = False
        rebinds = tuple(
            ir.Rebind(c.symbol.name, c.symbol.name, (), ir.EVERYONE, c.span)
            for c in program.compressors
            if c.schedule
        )
        weight = self._weight() if program.output.is_state else None
        round = self._pass(program.round, bound_names(program.round), output_name)
        return ir.Plan(
            name=program.name,
            source=program.source,
            states=states,
            init=init,
            round=(*rebinds, *round),
            counter=builder.namer.symbol(program.counter.name)
            if program.counter
            else builder.namer.kept("k"),
            params=tuple(builder.namer.symbol(q.symbol.name) for q in program.params if not q.schedule),
            schedules=tuple(self._schedule(param) for param in program.params if param.schedule),
            compressors=tuple(c.symbol.name for c in program.compressors),
            output=builder.env.names[output_name].slot,
            output_in_init=in_init,
            weight=weight if program.output.is_state else self._weight(),
            weighs_start=program.output.is_state,
            weight_span=program.output.span,
            on_graph=program.on_graph,
            is_directed=program.is_directed,
        )

    def _pass(
        self, block: core.Block, touched: set[str], output: str | None = None
    ) -> tuple[ir.Instruction, ...]:
        """The instructions of `init` or `round`; at the end the states that it binds are settled."""
        self.builder.namer.next_pass()
        self.builder.out = []
        self.block(block)
        for state in self.program.states:
            if state.symbol.name in touched:
                self._settle(state)
        if output is not None:
            self._dense_slot(output, self.builder.env.names[output].slot.placement)
        return tuple(self.builder.out)

    def _settle(self, state: core.State) -> None:
        """Leave a state as the end of a round must: dense, and at home."""
        name = state.symbol.name
        slot = self._dense_slot(name, self.builder.env.names[name].slot.placement)
        family = state.home.spread is not Spread.ONE
        groups = state.home.spread is Spread.GROUPS
        kept = ir.Slot(slot.name, state.kind, family, state.home.placement, groups=groups)
        self.builder.env.names[name] = Binding(kept)

    def _dense_slot(self, name: str, placement: Placement) -> ir.Slot:
        """The slot of a name's value, dense: the roles of a placement write a sparse one out, for themselves alone."""
        binding = self.builder.env.names[name]
        slot = binding.slot
        if slot.form is Form.DENSE:
            return slot
        made = replace(slot, form=Form.DENSE, placement=placement)
        roles, value = ir.roles_of(placement), densified(ir.Use(slot))
        span = last_span(self.builder.out, slot.name) or self.program.span
        self.builder.out.append(ir.Compute((made,), (value,), None, roles, False, span))
        self.builder.env.names[name] = replace(binding, slot=made, packed=None)
        return made

    def _weight(self) -> ir.Pure | None:
        """The weight of the output's present value, by what names hold now."""
        weight = self.program.output.weight
        return None if weight is None else densified(self.values.pure(weight, outside(weight.span)))

    def _schedule(self, param: core.Param) -> ir.Schedule:
        if param.value is None:
            raise InternalError(f"schedule {param.symbol.name} has no value")
        value = self.values.pure(param.value, outside(param.span))
        span = param.value.span if param.value.span.source.is_option else param.span
        return ir.Schedule(self.builder.namer.symbol(param.symbol.name), value, span)

    # --- statements ------------------------------------------------------------------------------------------

    def block(self, block: core.Block) -> None:
        """The statements in order."""
        for statement in block:
            self.builder.next_statement()
            self.statement(statement)

    def statement(self, statement: core.Stmt) -> None:
        """Append one statement's instructions."""
        match statement:
            case core.Assign():
                self._assign(statement)
            case core.Draw():
                self._draw(statement)
            case core.Message():
                self.transfers.send(statement)
            case core.Branch():
                self.control_flow.branch(statement)
            case core.Repeat():
                self.control_flow.repeat(statement)
            case _:
                assert_never(statement)

    def _context(self, at: core.At, target: core.Target, value: core.Expr | None, span: Span) -> Context:
        """The place of an assigned value: the block's domain, at the server the value's own."""
        domain = at.domain
        if at.placement is Placement.SERVER and value is not None:
            domain = domain_of(value)
        members = self.values.held_members(at.members)
        return Context(ir.roles_of(at.placement), at.placement, members, domain, target.symbol.name, span)

    # --- assignments -----------------------------------------------------------------------------------------

    def _assign(self, statement: core.Assign) -> None:
        pairs = tuple(zip(statement.targets, statement.values, strict=True))
        contexts = [self._context(statement.at, t, v, statement.span) for t, v in pairs]
        # a block over a set changes the members' rows alone of a family over all nodes
        stored = [statement.at.members is not None and t.where.domain.over is None for t in statement.targets]
        if len(pairs) == 1 and isinstance(pairs[0][1], core.Compress) and not any(stored):
            self._bind_compressed(pairs[0][0], pairs[0][1], contexts[0])
            return
        found = [self._assigned(value, context) for (_, value), context in zip(pairs, contexts, strict=True)]
        values = tuple(spreadable(t, value) for t, (value, _) in zip(statement.targets, found, strict=True))
        if any(stored) and len(pairs) > 1:
            values = self._temporaries(statement, contexts[0], values)
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
        self,
        statement: core.Assign,
        context: Context,
        bound: list[tuple[core.Target, ir.Pure, Binding | None]],
    ) -> None:
        """Bind names to values; one bound to a plain copy keeps the packet or draw of its source."""
        slots = tuple(self.builder.slot(target, value.form) for target, value, _ in bound)
        values = tuple(value for _, value, _ in bound)
        self.builder.out.append(
            ir.Compute(slots, values, context.members, context.roles, False, statement.span)
        )
        for (target, _, source), slot in zip(bound, slots, strict=True):
            if source is None or source.slot.family != slot.family:
                source = Binding(slot)
            self.builder.bind(target, replace(source, slot=slot))

    def _assigned(self, value: core.Expr, context: Context) -> tuple[ir.Pure, Binding | None]:
        """A value, and the binding it keeps: its source's if a plain copy, its packet if compressed."""
        if isinstance(value, core.Compress):
            slot, packed = self.values.compressed(value, context)
            return ir.Use(slot), Binding(slot, packed)
        return self.values.pure(value, context), self.values.source(value, context.span)

    def _store(
        self, statement: core.Assign | core.Draw, context: Context, target: core.Target, value: ir.Pure
    ) -> None:
        """Append the store of new values in the members' rows of a family."""
        assert context.members is not None
        slot = self.builder.slot(target, Form.DENSE)
        self._dense_slot(target.symbol.name, context.placement)
        self.builder.out.append(
            ir.Store(slot, context.members, densified(value), context.roles, statement.span)
        )
        self.builder.bind(target, Binding(slot))

    def _temporaries(
        self, statement: core.Assign, context: Context, values: tuple[ir.Pure, ...]
    ) -> tuple[ir.Pure, ...]:
        """Temporaries for values that are all evaluated before the first is bound."""
        slots = tuple(
            ir.Slot(
                self.builder.namer.passing(f"{t.symbol.name}_new", True),
                t.kind,
                True,
                context.placement,
                value.form,
            )
            for t, value in zip(statement.targets, values, strict=True)
        )
        self.builder.out.append(
            ir.Compute(slots, values, context.members, context.roles, False, statement.span)
        )
        return tuple(ir.Use(slot) for slot in slots)

    def _bind_compressed(self, target: core.Target, value: core.Compress, context: Context) -> None:
        slot = self.builder.slot(target, self.builder.traits[value.compressor.name].form)
        packed = self.values.compress(value, slot, context, held=True)
        self.builder.bind(target, Binding(slot, packed))

    # --- draws -----------------------------------------------------------------------------------------------

    def _draw(self, statement: core.Draw) -> None:
        target = statement.target
        context = self._context(statement.at, target, None, statement.span)
        domain = target.where.domain
        if statement.at.placement is Placement.SERVER and domain.over is not None:
            context = replace(context, domain=domain, members=self.values.roster(domain, statement.span).slot)
        row = DRAWN[statement.distribution]
        if row.kind is Kind.NODES and any(a.where.spread is Spread.GROUPS for a in statement.arguments):
            context = replace(context, to_nodes=True)  # a chance of each group is that of each of its nodes
        slot = self.builder.slot(target, Form.DENSE)
        kept = statement.at.members is not None and domain.over is None
        if kept:
            name = self.builder.namer.passing(f"{target.symbol.name}_new", True)
            slot = replace(slot, name=name, kind=row.kind)
        draw = ir.DrawEvent(
            slot,
            statement.distribution,
            tuple(densified(self.values.pure(a, context)) for a in statement.arguments),
            tuple((name, self.values.pure(value, context)) for name, value in statement.settings),
            statement.site,
            context.members,
            context.roles,
            statement.span,
        )
        self.builder.out.append(draw)
        if kept:
            self._store(statement, context, target, ir.Use(slot))
            return
        bag = statement.distribution == "sample"
        self.builder.bind(target, Binding(slot, draw=draw, drawn=target.binding, bag=bag))
