"""The slow evaluator's statements, in order; where nodes go ways of their own, both from the same memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

import numpy as np
from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Domain, Placement, Spread, Where
from slow_draws import Members, Moment
from slow_held import bound, held_after
from slow_messages import Messages, of_family
from slow_seats import Entries, Member, Seat
from slow_wire import log2_ceil


class Statements(Messages):
    """Executes blocks."""

    def block(self, block: core.Block) -> None:
        """Statements in order."""
        for statement in block:
            after = held_after((statement,), self.held)
            self._statement(statement)
            self.held = after

    def _statement(self, statement: core.Stmt) -> None:
        match statement:
            case core.Assign() | core.Draw():
                self._note_set(statement.at.domain, statement.at.members)
            case core.Message() if statement.condition is None:
                self._note_set(statement.domain, statement.members)
            case _:
                pass
        self.computed.clear()
        match statement:
            case core.Assign():
                self._assign(statement)
            case core.Draw():
                self._draw(statement)
            case core.Message():
                self._message(statement)
            case core.Branch():
                self._branch(statement)
            case core.Repeat():
                self._repeat(statement)
            case _:
                assert_never(statement)

    def _note_set(self, domain: Domain, members: core.Expr | None) -> None:
        if domain.over is not None and isinstance(members, core.Read):
            self.sets[domain.over] = self.value(members, self.server)

    # --- assignments and draws -------------------------------------------------------------------------------

    def _assign(self, statement: core.Assign) -> None:
        """Right-hand sides first, at every role; then the names take their values."""
        at, computed = statement.at, []
        for target, value in zip(statement.targets, statement.values, strict=True):
            for seat in self._at(at.placement):
                for member in self._targets(at, target.where, (value,), seat):
                    computed.append((target, seat, member, self._assigned(target, value, seat.on(member))))
        ranges = dict(self.ranges)
        for target, value in zip(statement.targets, statement.values, strict=True):
            keeps = at.members is not None and target.where.domain.over is None
            self._bind(target, at.placement, keeps=keeps)
            alike = (target.where.spread is Spread.ONE) == (value.where.spread is Spread.ONE)
            if isinstance(value, core.Read) and value.symbol.name in ranges and alike and not keeps:
                self.ranges[target.symbol.name] = ranges[value.symbol.name]
        for target, seat, member, value in computed:
            seat.memory[target.symbol.name][member] = value

    def _assigned(self, target: core.Target, value: core.Expr, seat: Seat) -> Any:
        """A value. Where one vector becomes a family, or all nodes' one over a subset, its entries are new points."""
        found = self.value(value, seat)
        spread = target.where.spread is not Spread.ONE and value.where.spread is Spread.ONE
        if spread and not isinstance(found, np.ndarray):
            return of_family(found)
        anew = spread or target.where.domain != value.where.domain or self._is_from_before(value)
        if not (anew and isinstance(found, np.ndarray)):
            return found
        copy = found.copy()
        if id(found) in self.squeezed:
            self.squeezed[id(copy)] = self.squeezed[id(found)]
        return copy

    def _is_from_before(self, value: core.Expr) -> bool:
        """Whether a way of the nodes' own copies what its node had before it."""
        if self.takers is None or not isinstance(value, core.Read):
            return False
        return value.where.spread is not Spread.ONE and value.symbol.name not in self.beside

    def _draw(self, statement: core.Draw) -> None:
        target, at, drawn = statement.target, statement.at, []
        for seat in self._at(at.placement):
            for member in self._targets(at, target.where, statement.arguments, seat):
                value = self._event(statement, seat.on(member))
                drawn.append((seat, member, value, self._cost(statement, value, seat.on(member))))
        keeps = at.members is not None and target.where.domain.over is None
        self._bind(target, at.placement, keeps=keeps)
        for seat, member, value, cost in drawn:
            seat.memory[target.symbol.name][member] = value
            if isinstance(value, Members):
                self.sets[target.binding] = value
            if seat is self.server and at.placement in (Placement.ALL, Placement.LINK, Placement.GROUP):
                receivers = self.n if at.placement is Placement.ALL else 1
                if at.placement is Placement.GROUP:
                    receivers = len(self.groups[member[0]])
                self.bits.shared += receivers * cost
            if self.network is not None and at.placement is Placement.NEIGHBORS and member == seat.member:
                self.bits.shared += self.network.degree(seat.node or 0) * cost
        if statement.distribution == "choice" and not keeps and all(map(self._known, statement.arguments)):
            least, most = (self.setup.number(a, -1) for a in statement.arguments)
            self.ranges[target.symbol.name] = (int(least), int(most))

    def _cost(self, draw: core.Draw, value: Any, seat: Seat) -> int:
        """Bits of a draw, were it sent to one node."""
        arguments = [self.value(argument, seat) for argument in draw.arguments if draw.distribution != "each"]
        match draw.distribution:
            case "bernoulli":
                return 1
            case "choice":
                return log2_ceil(int(arguments[1]) - int(arguments[0]) + 1)
            case "sample":
                return log2_ceil(arguments[1] + 1) + arguments[1] * log2_ceil(self.n)
            case "subset" | "each":
                return 1 + min(self.n, log2_ceil(self.n + 1) + len(value.pairs) * log2_ceil(self.n))
            case "minibatch":
                assert seat.member is not None
                return len(value.indices or ()) * log2_ceil(self.problem.samples[seat.member[0]])
            case "uniform_entries" | "normal_entries":
                return self.float_bits * len(value)
            case _:
                return self.float_bits

    def _targets(self, at: core.At, where: Where, values: tuple[core.Expr, ...], seat: Seat) -> list[Any]:
        """For whom a role computes a name: members (in a way of their own, who take it), or None once."""
        if where.spread is Spread.ONE:
            return [None]
        members = self._whole_targets(at, where, values, seat)
        return (
            members if self.takers is None else [m for m in members if (self._number(seat), m) in self.takers]
        )

    def _number(self, seat: Seat) -> int:
        return 0 if seat.node is None else 1 + seat.node

    # --- branches and loops ----------------------------------------------------------------------------------

    def _branch(self, statement: core.Branch) -> None:
        then, otherwise = bound(statement.then), bound(statement.otherwise)
        self._bind_first(then ^ otherwise)
        beside = self.beside | (then & otherwise)
        self._take_branch(statement)
        self._forget_draws(then | otherwise)
        self.beside = beside

    def _bind_first(self, names: set[str]) -> None:
        """In a way of the nodes' own, what an inner statement may leave as it was before the way is a new point."""
        if self.takers is not None:
            self._renew(names - self.beside)
            self.beside |= names

    def _take_branch(self, statement: core.Branch) -> None:
        if statement.condition.where.spread is not Spread.ONE:
            assert statement.at is not None
            answers = self._answers(statement.condition, statement.at)
            self._each_way(statement.then, statement.otherwise, {key: bool(v) for key, v in answers.items()})
            self._forget_neighbours(statement)
            return
        placement = Placement.ALL if statement.at is None else statement.at.placement
        ways = {bool(self.value(statement.condition, seat)) for seat in self._at(placement)}
        assert len(ways) == 1, "roles take different branches"
        self.block(statement.then if ways.pop() else statement.otherwise)

    def _answers(self, expr: core.Expr, at: core.At) -> dict[tuple[int, Member], Any]:
        """What each role finds for each of its members, the roles by number; a node has its group's answer."""
        of_groups = expr.where.spread is Spread.GROUPS and at.placement is not Placement.GROUP
        where = replace(expr.where, spread=Spread.NODES) if of_groups else expr.where
        return {
            (self._number(seat), member): self.value(expr, seat.on(member))
            for seat in self._at(at.placement)
            for member in self._targets(at, where, (expr,), seat)
        }

    def _each_way(
        self, then: core.Block, otherwise: core.Block, taken: dict[tuple[int, Member], bool]
    ) -> None:
        """Both ways from the same memory, each for those who take it; then each member has what its own way left."""
        before = [_copied(seat.memory) for seat in self._everyone]
        outside, beside = self.takers, self.beside
        self._take(then, {key for key, answer in taken.items() if answer})
        after = [_copied(seat.memory) for seat in self._everyone]
        for seat, memory in zip(self._everyone, before, strict=True):
            seat.memory.clear()
            seat.memory.update(_copied(memory))
        self._take(otherwise, {key for key, answer in taken.items() if not answer})
        self.takers, self.beside = outside, beside
        for number, (seat, one) in enumerate(zip(self._everyone, after, strict=True)):
            for name in one.keys() & seat.memory.keys():
                mine = {m: v for m, v in one[name].items() if m is None or taken.get((number, m), False)}
                seat.memory[name].update(mine)
            for name in seat.memory.keys() - one.keys():
                del seat.memory[name]
        self._renew(bound((*then, *otherwise)))

    def _forget_neighbours(self, statement: core.Branch | core.Repeat) -> None:
        """What nodes bound in ways of their own they alone know, each its own."""
        if statement.at is None or statement.at.placement is not Placement.NODE:
            return
        for seat in self.nodes:
            for name in bound((statement,)) & seat.memory.keys():
                entries = seat.memory[name]
                seat.memory[name] = {m: v for m, v in entries.items() if m is None or m[0] == seat.node}

    def _take(self, block: core.Block, takers: set[tuple[int, Member]]) -> None:
        self.takers, self.beside, held = takers, set(), self.held
        self.block(block)
        self.held = held

    def _renew(self, names: set[str]) -> None:
        """What differs by node is a new point at all of them, taken or not."""
        for seat in self._everyone:
            for name in names & seat.memory.keys():
                entries = seat.memory[name]
                entries.update({m: v.copy() for m, v in entries.items() if isinstance(v, np.ndarray)})

    def _repeat(self, statement: core.Repeat) -> None:
        """The body so often; what it is the first to bind lives for one iteration."""
        placement = Placement.ALL if statement.at is None else statement.at.placement
        own: dict[tuple[int, Member], Any] = {}
        if statement.count.where.spread is Spread.ONE:
            counts = {int(self.value(statement.count, seat)) for seat in self._at(placement)}
            assert len(counts) == 1, "roles disagree on how often"
        else:
            assert statement.at is not None
            own = self._answers(statement.count, statement.at)
            counts = {max((int(count) for count in own.values()), default=0)}
            self._renew(bound(statement.body))
        outside, moment, counters = self.held, self.moment, self.counters
        self._bind_first(bound(statement.body))
        before, beside = {name for seat in self._everyone for name in seat.memory}, set(self.beside)
        for t in range(counts.pop()):
            self.moment = Moment(moment.seed, moment.round, (*moment.repeats, t))
            if statement.counter is not None:
                self.counters = counters | {statement.counter.name: t}
            self._forget_draws(bound(statement.body))
            self.beside = set(beside)
            self.held = {**outside, **dict.fromkeys(bound(statement.body))}
            if own:
                self._each_way(statement.body, (), {key: t < count for key, count in own.items()})
                self._forget_neighbours(statement)
            else:
                self.block(statement.body)
            for seat in self._everyone:
                for name in seat.memory.keys() - before:
                    del seat.memory[name]
        self._forget_draws(bound(statement.body))
        self.held, self.moment, self.counters, self.beside = outside, moment, counters, beside

    def _forget_draws(self, names: set[str]) -> None:
        """What may come from another way, iteration or round is not known as a draw's: only whether it may be a bag."""
        for name in names:
            self.ranges.pop(name, None)
            most = 2**32 - 1 if name in self.bags else None
            for seat in self._everyone:
                for member, value in seat.memory.get(name, {}).items():
                    if isinstance(value, Members):
                        seat.memory[name][member] = replace(value, most=most)


def _copied(memory: dict[str, Entries]) -> dict[str, Entries]:
    return {name: dict(entries) for name, entries in memory.items()}
