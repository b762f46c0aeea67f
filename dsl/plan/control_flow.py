"""Branches and loops: each arm is lowered by itself, and behind them names hold what all arms leave.

Conditions and counts that differ by node are rewritten before, by `predicated.py`: each is one value here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ..check import program as core
from ..check.kinds import Domain, Kind, Placement
from ..text.diagnostics import InternalError
from ..text.records import record
from ..text.source import Span
from . import instructions as ir
from .environment import Binding, Builder, Context, Environment, at_loop_start, wider
from .predicated import differs_by_node
from .spec_names import bound_names
from .values import Values

Key = TypeVar("Key", str, int)


@record
class Arm:
    """The bindings that one branch of an `if` leaves, and its instructions, which may still grow."""

    env: Environment
    out: list[ir.Instruction]


@record
class ControlFlow:
    """The lowering of branches and loops; `block` is that of the statements in them."""

    builder: Builder
    values: Values
    block: Callable[[core.Block], None]

    def branch(self, statement: core.Branch) -> None:
        """Append an `if`: all roles at its placement take the same arm."""
        context = _context(statement, "if")
        condition, roles = self.values.pure(statement.condition, context), context.roles
        builder, before = self.builder, self.builder.env
        outer, kept = builder.out, builder.namer.kept_names()
        then = self._arm(statement.then, before)
        beside = builder.namer.kept_names(kept)
        otherwise = self._arm(statement.otherwise, before)
        builder.namer.kept_names(beside | builder.namer.kept_names())
        builder.out, builder.env = outer, self._joined(then, otherwise, statement.span)
        arms = (_within(roles, then.out), _within(roles, otherwise.out))
        builder.out.append(ir.Branch(condition, *arms, roles, statement.span))

    def _arm(self, block: core.Block, before: Environment) -> Arm:
        self.builder.env, self.builder.out = before.copy(), []
        self.block(block)
        return Arm(self.builder.env, self.builder.out)

    def _joined(self, then: Arm, otherwise: Arm, span: Span) -> Environment:
        """The environment after an `if`: the names that both arms know."""

        def both(one: Mapping[Key, Binding], other: Mapping[Key, Binding]) -> dict[Key, Binding]:
            found = {key: (binding, other[key]) for key, binding in one.items() if key in other}
            return {
                key: here if here == there else self._merged_binding(here, there, then, otherwise, span)
                for key, (here, there) in found.items()
            }

        names = both(then.env.names, otherwise.env.names)
        return Environment(names, both(then.env.rosters, otherwise.env.rosters))

    def _merged_binding(self, one: Binding, other: Binding, then: Arm, otherwise: Arm, span: Span) -> Binding:
        """The binding after either arm, at the roles that know both; with a packet if both leave one of a compressor."""
        slot = wider(one.slot, other.slot)
        if slot.kind is Kind.NODES and one.slot.placement is other.slot.placement:
            slot = self._merged_slot(slot, ((then, one.slot), (otherwise, other.slot)), span)
        binding = Binding(slot, bag=one.bag or other.bag, over=one.over)
        here, there = one.packed, other.packed
        if here is None or there is None or replace(here, packet=there.packet) != there:
            return binding
        if here.packet.family != there.packet.family:
            return binding
        arms = ((then, here.packet), (otherwise, there.packet))
        packet = self._merged_slot(wider(here.packet, there.packet), arms, span)
        return replace(binding, packed=replace(here, packet=packet))

    def _merged_slot(self, slot: ir.Slot, arms: tuple[tuple[Arm, ir.Slot], ...], span: Span) -> ir.Slot:
        """The slot of a value after an `if`; arms that left it under names of their own copy it to a common one."""
        if len({left.name for _, left in arms}) == 1:
            return slot
        common = replace(slot, name=self.builder.namer.kept(slot.name, slot.family))
        for arm, left in arms:
            roles = ir.roles_of(common.placement)
            arm.out.append(ir.Compute((common,), (ir.Use(left),), None, roles, False, span))
        return common

    # --- repetition ------------------------------------------------------------------------------------------

    def repeat(self, statement: core.Repeat) -> None:
        """Append a loop, its body lowered until bindings at its end are those assumed at its start."""
        context, builder = _context(statement, "repeat"), self.builder
        roles = context.roles
        count, counter = self.values.pure(statement.count, context), self._counter(statement)
        outer, kept, transfers = builder.out, builder.namer.kept_names(), self.builder.transfers
        carried = bound_names(statement.body)
        held, rosters = builder.env.names, builder.env.rosters
        start = {name: at_loop_start(b) if name in carried else b for name, b in held.items()}
        while True:
            body = self._arm(statement.body, Environment(start, rosters))
            left = body.env.names
            again = {name: _widened(b, left[name]) if name in carried else b for name, b in start.items()}
            if again == start:
                break
            start, self.builder.transfers = again, transfers
            builder.namer.kept_names(kept)
        for name in sorted(carried & start.keys()):
            self._carry_back(start[name].slot, body, left[name].slot, statement.span)
        builder.out, builder.env = outer, Environment(start, rosters)
        builder.out.append(ir.Repeat(count, counter, _within(roles, body.out), roles, statement.span))

    def _counter(self, statement: core.Repeat) -> str:
        """The variable that counts a loop's iterations."""
        counter, namer = statement.counter, self.builder.namer
        return namer.kept("t") if counter is None else namer.symbol(counter.name)

    def _carry_back(self, slot: ir.Slot, body: Arm, left: ir.Slot, span: Span) -> None:
        """Append the copy of a loop-carried value to the name that the next iteration reads, if it has another."""
        if left.name != slot.name:
            roles = ir.roles_of(slot.placement)
            body.out.append(ir.Compute((slot,), (ir.Use(left),), None, roles, False, span))


def _context(statement: core.Branch | core.Repeat, binds: str) -> Context:
    """The place of a condition or count; InternalError if it is no single value."""
    if differs_by_node(statement):
        raise InternalError(f"line {statement.span.line}: `{binds}` differs by node after if-conversion")
    placement = Placement.ALL if statement.at is None else statement.at.placement
    return Context(ir.roles_of(placement), placement, None, Domain(), binds, statement.span)


def _widened(start: Binding, end: Binding) -> Binding:
    """The binding of a loop-carried name at the start of an iteration, the first or a later one."""
    return replace(start, slot=wider(start.slot, end.slot), bag=start.bag or end.bag)


def _within(roles: ir.Roles, block: list[ir.Instruction]) -> tuple[ir.Instruction, ...]:
    """The instructions of an arm, in which a compressor takes new arguments only for the roles that execute the arm."""
    return tuple(
        replace(part, roles=part.roles & roles) if isinstance(part, ir.Rebind) else part for part in block
    )
