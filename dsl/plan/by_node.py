"""An `if` or a `repeat` that differs by node: all rows are computed, and each takes what its own way leaves.

Ways hold arithmetic alone; what they may not hold is `refuse.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..check import program as p
from ..check.contracts import Form
from ..check.kinds import Kind
from ..text.diagnostics import InternalError
from ..text.source import Span
from . import instructions as i
from .desk import Binding, Context, Desk, at_loop_start, wider
from .forms import densified
from .names import Namer
from .spec_names import bound_names
from .values import Values


@dataclass(slots=True)
class ByNode:
    """Lowers them at a desk, with the lowering of other statements. `aside`: in a way that not all nodes take, where
    names get slots beside their own."""

    desk: Desk
    values: Values
    block: Callable[[p.Block], None]
    members: Callable[[p.Expr | None], i.Slot | None]
    dense_slot: Callable[[str], i.Slot]
    aside: bool = False

    def named(self, symbol: str) -> str:
        """The slot that a name is bound to here."""
        namer = self.desk.namer
        return namer.kept(f"{symbol}_new") if self.aside else namer.symbol(symbol)

    def selection(self, statement: p.Branch) -> None:
        """An `if` in which each node takes its own way: both are worked out, and each row takes its own."""
        context = self._role(statement.at, "if", statement.span)
        taken = self._answer("taken", statement.condition, context)
        desk, before = self.desk, self.desk.env
        then, otherwise = self._beside(statement.then, before), self._beside(statement.otherwise, before)
        desk.env = {}
        for name in [name for name in then if name in otherwise]:
            one, other = then[name], otherwise[name]
            if one != other:
                slot = replace(wider(one.slot, other.slot), name=self.named(name), form=Form.DENSE)
                self._select(slot, taken, one.slot, other.slot, context)
                one = Binding(slot)
            desk.env[name] = one

    def _role(self, at: p.At | None, what: str, span: Span) -> Context:
        if at is None:
            raise InternalError(f"`{what}` by node outside of a block")
        members = self.members(at.members)
        return Context(i.roles_of(at.placement), at.placement, members, at.domain, what, span)

    def _answer(self, wish: str, expr: p.Expr, context: Context) -> i.Slot:
        """What each node's own condition or count is, in a slot."""
        value = self.values.pure(expr, context)
        slot = i.Slot(self.desk.namer.kept(wish), expr.kind, value.family, context.placement)
        self.desk.out.append(
            i.Compute((slot,), (densified(value),), context.members, context.roles, False, context.span)
        )
        return slot

    def _beside(self, block: p.Block, before: dict[str, Binding]) -> dict[str, Binding]:
        """What names are after a block that leaves the slots of before as they are."""
        outer, self.aside = self.aside, True
        self.desk.env = dict(before)
        self.block(block)
        self.aside = outer
        return self.desk.env

    def _select(self, slot: i.Slot, taken: i.Slot, one: i.Slot, other: i.Slot, context: Context) -> None:
        sides = (densified(i.Use(one)), densified(i.Use(other)))
        value = i.Operation("where", (i.Use(taken), *sides), slot.kind, slot.family)
        roles = i.roles_of(slot.placement)
        self.desk.out.append(i.Compute((slot,), (value,), context.members, roles, False, context.span))

    def repeat(self, statement: p.Repeat) -> None:
        """Each node its own number of times: as often as the most, and rows that are done keep their values."""
        context, desk = self._role(statement.at, "repeat", statement.span), self.desk
        times, counter = (
            self._answer("times_own", statement.count, context),
            counter_of(statement, self.desk.namer),
        )
        carried = [name for name in bound_names(statement.body) if name in desk.env]
        for name in sorted(carried):
            self._renew(self.dense_slot(name), statement.span)
        outer, kept = desk.out, desk.namer.kept_names()
        start = {name: at_loop_start(b) if name in carried else b for name, b in desk.env.items()}
        while True:
            desk.out = []
            runs = self._still(counter, times, context)
            end = self._beside(statement.body, start)
            again = dict(start)
            for name in carried:
                slot = replace(wider(start[name].slot, end[name].slot), form=Form.DENSE)
                again[name] = replace(start[name], slot=slot)
            if again == start:
                break
            start = again
            desk.namer.kept_names(kept)
        for name in sorted(carried):
            self._select(start[name].slot, runs, end[name].slot, start[name].slot, context)
        body, desk.out, desk.env = tuple(desk.out), outer, start
        most = i.Operation("most", (i.Use(times),), Kind.INT, False)
        desk.out.append(i.Repeat(most, counter, body, context.roles, statement.span))

    def _renew(self, slot: i.Slot, span: Span) -> None:
        """What differs by node is a new point at all of them, however often each process runs the loop."""
        if slot.kind is Kind.VECTOR:
            copy = i.Operation("copy", (i.Use(slot),), slot.kind, slot.family)
            roles = i.roles_of(slot.placement)
            self.desk.out.append(i.Compute((slot,), (copy,), None, roles, False, span))

    def _still(self, counter: str, times: i.Slot, context: Context) -> i.Slot:
        """Whose rows the present iteration is of."""
        runs = i.Slot(self.desk.namer.kept("runs"), Kind.BOOL, True, context.placement)
        count = i.Global(counter, Kind.INT, i.Origin.COUNTER)
        still = i.Operation("<", (count, i.Use(times)), Kind.BOOL, True)
        self.desk.out.append(
            i.Compute((runs,), (still,), context.members, context.roles, False, context.span)
        )
        return runs


def counter_of(statement: p.Repeat, namer: Namer) -> str:
    """The variable that counts a loop's iterations."""
    counter = statement.counter
    return namer.kept("t") if counter is None else namer.symbol(counter.name)
