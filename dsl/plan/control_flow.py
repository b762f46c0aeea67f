"""Branches and loops: each arm is lowered by itself, and behind them names hold what all arms leave.

What differs by node is rewritten before, by `predicated.py`: every condition and count is one value here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ..check import program as core
from ..check.kinds import Domain, Kind, Placement
from ..text.records import record
from ..text.source import Span
from . import instructions as ir
from .environment import Binding, Builder, Context, Environment, at_loop_start, wider
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
    """Lowers branches and loops with a builder; `block` lowers the statements in them."""

    builder: Builder
    values: Values
    block: Callable[[core.Block], None]

    def branch(self, statement: core.Branch) -> None:
        """An `if`: all at its placement take the same arm."""
        placement = Placement.ALL if statement.at is None else statement.at.placement
        roles = ir.roles_of(placement)
        context = Context(roles, placement, None, Domain(), "if", statement.span)
        condition = self.values.pure(statement.condition, context)
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
        """After an `if` only names that both arms bind are known."""

        def both(one: Mapping[Key, Binding], other: Mapping[Key, Binding]) -> dict[Key, Binding]:
            found = {key: (binding, other[key]) for key, binding in one.items() if key in other}
            return {
                key: here if here == there else self._common(here, there, then, otherwise, span)
                for key, (here, there) in found.items()
            }

        names = both(then.env.names, otherwise.env.names)
        return Environment(names, both(then.env.rosters, otherwise.env.rosters))

    def _common(self, one: Binding, other: Binding, then: Arm, otherwise: Arm, span: Span) -> Binding:
        """Known to those who know both; still a packet if both arms leave one of the same compressor."""
        slot = wider(one.slot, other.slot)
        if slot.kind is Kind.NODES and one.slot.placement is other.slot.placement:
            slot = self._one_slot(slot, ((then, one.slot), (otherwise, other.slot)), span)
        binding = Binding(slot, bag=one.bag or other.bag, over=one.over)
        here, there = one.packed, other.packed
        if here is None or there is None or replace(here, packet=there.packet) != there:
            return binding
        if here.packet.family != there.packet.family:
            return binding
        arms = ((then, here.packet), (otherwise, there.packet))
        packet = self._one_slot(wider(here.packet, there.packet), arms, span)
        return replace(binding, packed=replace(here, packet=packet))

    def _one_slot(self, slot: ir.Slot, arms: tuple[tuple[Arm, ir.Slot], ...], span: Span) -> ir.Slot:
        """One name for a value that the arms left under names of their own."""
        if len({left.name for _, left in arms}) == 1:
            return slot
        common = replace(slot, name=self.builder.namer.kept(slot.name, slot.family))
        for arm, left in arms:
            roles = ir.roles_of(common.placement)
            arm.out.append(ir.Compute((common,), (ir.Use(left),), None, roles, False, span))
        return common

    # --- repetition ------------------------------------------------------------------------------------------

    def repeat(self, statement: core.Repeat) -> None:
        """The body is lowered until its names are at its end what they are taken for at its start."""
        placement = Placement.ALL if statement.at is None else statement.at.placement
        roles, builder = ir.roles_of(placement), self.builder
        context = Context(roles, placement, None, Domain(), "repeat", statement.span)
        count, counter = self.values.pure(statement.count, context), self._counter(statement)
        outer, kept, transfers = builder.out, builder.namer.kept_names(), self.builder.transfers
        carried = bound_names(statement.body)
        held, rosters = builder.env.names, builder.env.rosters
        start = {name: at_loop_start(b) if name in carried else b for name, b in held.items()}
        while True:
            body = self._arm(statement.body, Environment(start, rosters))
            left = body.env.names
            again = {
                name: _again(b, left[name]) if name in carried else b
                for name, b in start.items()
                if name not in carried or name in left  # what an iteration leaves as another kind is lost
            }
            if again == start:
                break
            start, self.builder.transfers = again, transfers
            builder.namer.kept_names(kept)
        for name in sorted(carried & start.keys()):
            self._back(start[name].slot, body, left[name].slot, statement.span)
        builder.out, builder.env = outer, Environment(start, rosters)
        builder.out.append(ir.Repeat(count, counter, _within(roles, body.out), roles, statement.span))

    def _counter(self, statement: core.Repeat) -> str:
        """The variable that counts a loop's iterations."""
        counter, namer = statement.counter, self.builder.namer
        return namer.kept("t") if counter is None else namer.symbol(counter.name)

    def _back(self, slot: ir.Slot, body: Arm, left: ir.Slot, span: Span) -> None:
        """A value that an iteration leaves under a name of its own goes to the name that the next one reads."""
        if left.name != slot.name:
            roles = ir.roles_of(slot.placement)
            body.out.append(ir.Compute((slot,), (ir.Use(left),), None, roles, False, span))


def _again(start: Binding, end: Binding) -> Binding:
    """A name at the start of an iteration: as it was before the loop, or as the last iteration left it."""
    return replace(start, slot=wider(start.slot, end.slot), bag=start.bag or end.bag)


def _within(roles: ir.Roles, block: list[ir.Instruction]) -> tuple[ir.Instruction, ...]:
    """The instructions of an arm: a compressor takes arguments of the round for the roles alone that execute it."""
    return tuple(
        replace(part, roles=part.roles & roles) if isinstance(part, ir.Rebind) else part for part in block
    )
