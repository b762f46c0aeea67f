"""Branches and loops: each way is lowered by itself, and what names hold afterwards is what all ways leave.

An `if` or `repeat` that differs by node is `by_node.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ..check import program as core
from ..check.kinds import Domain, Kind, Placement, Spread
from ..text.records import record
from ..text.source import Span
from . import instructions as ir
from .by_node import ByNode
from .environment import Binding, Builder, Context, Environment, at_loop_start, wider
from .spec_names import bound_names
from .values import Values

Key = TypeVar("Key", str, int)


@record
class Way:
    """What one way of an `if` leaves: bindings, and its instructions, which may still grow."""

    env: Environment
    out: list[ir.Instruction]


@record
class Ways:
    """Lowers them with a builder; `block` lowers what they hold."""

    builder: Builder
    values: Values
    block: Callable[[core.Block], None]
    by_node: ByNode

    def branch(self, statement: core.Branch) -> None:
        """An `if` that all who take part in it decide alike."""
        if statement.condition.where.spread is not Spread.ONE:
            self.by_node.selection(statement)
            return
        placement = Placement.ALL if statement.at is None else statement.at.placement
        roles = ir.roles_of(placement)
        context = Context(roles, placement, None, Domain(), "if", statement.span)
        condition = self.values.pure(statement.condition, context)
        builder, before = self.builder, self.builder.env
        outer, kept = builder.out, builder.namer.kept_names()
        then = self._way(statement.then, before)
        beside = builder.namer.kept_names(kept)
        otherwise = self._way(statement.otherwise, before)
        builder.namer.kept_names(beside | builder.namer.kept_names())
        builder.out, builder.env = outer, self._joined(then, otherwise, statement.span)
        ways = (_within(roles, then.out), _within(roles, otherwise.out))
        builder.out.append(ir.Branch(condition, *ways, roles, statement.span))

    def _way(self, block: core.Block, before: Environment) -> Way:
        self.builder.env, self.builder.out = before.copy(), []
        self.block(block)
        return Way(self.builder.env, self.builder.out)

    def _joined(self, then: Way, otherwise: Way, span: Span) -> Environment:
        """After an `if` only what both ways bind is known."""

        def both(one: Mapping[Key, Binding], other: Mapping[Key, Binding]) -> dict[Key, Binding]:
            found = {key: (binding, other[key]) for key, binding in one.items() if key in other}
            return {
                key: here if here == there else self._common(here, there, then, otherwise, span)
                for key, (here, there) in found.items()
            }

        names = both(then.env.names, otherwise.env.names)
        return Environment(names, both(then.env.rosters, otherwise.env.rosters))

    def _common(self, one: Binding, other: Binding, then: Way, otherwise: Way, span: Span) -> Binding:
        """Known to those who know both; still a packet if both ways leave one of the same compressor."""
        slot = wider(one.slot, other.slot)
        if slot.kind is Kind.NODES and one.slot.placement is other.slot.placement:
            slot = self._one_slot(slot, ((then, one.slot), (otherwise, other.slot)), span)
        binding = Binding(slot, bag=one.bag or other.bag, over=one.over)
        here, there = one.packed, other.packed
        if here is None or there is None or replace(here, packet=there.packet) != there:
            return binding
        if here.packet.family != there.packet.family:
            return binding
        ways = ((then, here.packet), (otherwise, there.packet))
        packet = self._one_slot(wider(here.packet, there.packet), ways, span)
        return replace(binding, packed=replace(here, packet=packet))

    def _one_slot(self, slot: ir.Slot, ways: tuple[tuple[Way, ir.Slot], ...], span: Span) -> ir.Slot:
        """What the ways left under names of their own, under one name."""
        if len({left.name for _, left in ways}) == 1:
            return slot
        common = replace(slot, name=self.builder.namer.kept(slot.name, slot.family))
        for way, left in ways:
            roles = ir.roles_of(common.placement)
            way.out.append(ir.Compute((common,), (ir.Use(left),), None, roles, False, span))
        return common

    # --- repetition ------------------------------------------------------------------------------------------

    def repeat(self, statement: core.Repeat) -> None:
        """The body is lowered until its names are at its end what they are taken for at its start."""
        if statement.count.where.spread is not Spread.ONE:
            self.by_node.repeat(statement)
            return
        placement = Placement.ALL if statement.at is None else statement.at.placement
        roles, builder = ir.roles_of(placement), self.builder
        context = Context(roles, placement, None, Domain(), "repeat", statement.span)
        count, counter = self.values.pure(statement.count, context), self._counter(statement)
        outer, kept, transfers = builder.out, builder.namer.kept_names(), self.builder.transfers
        carried = bound_names(statement.body)
        held, rosters = builder.env.names, builder.env.rosters
        start = {name: at_loop_start(b) if name in carried else b for name, b in held.items()}
        while True:
            body = self._way(statement.body, Environment(start, rosters))
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

    def _back(self, slot: ir.Slot, body: Way, left: ir.Slot, span: Span) -> None:
        """What an iteration leaves under a name of its own goes to the name that the next one reads."""
        if left.name != slot.name:
            roles = ir.roles_of(slot.placement)
            body.out.append(ir.Compute((slot,), (ir.Use(left),), None, roles, False, span))


def _again(start: Binding, end: Binding) -> Binding:
    """A name at the start of an iteration: as it was before the loop, or as the last iteration left it."""
    return replace(start, slot=wider(start.slot, end.slot), bag=start.bag or end.bag)


def _within(roles: ir.Roles, block: list[ir.Instruction]) -> tuple[ir.Instruction, ...]:
    """A way's instructions: a compressor takes arguments of the round for those alone who go that way."""
    return tuple(
        replace(part, roles=part.roles & roles) if isinstance(part, ir.Rebind) else part for part in block
    )
