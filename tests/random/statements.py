"""Random branches and loops: those that all take alike, and those of a role's own; loops bring names back home."""

from __future__ import annotations

from collections.abc import Callable

from cablese.dsl.check.kinds import EVERYONE, Kind, Placement, Spread, Where
from cablese.dsl.check.placements import covers
from formulas import NUMBERS
from messages import Messages
from written_names import Names, Seat, Value, joined, seat_of


class Statements(Messages):
    """Writes every statement that a round may hold."""

    def statement(self, indent: str, depth: int) -> None:
        """Any statement of a round; branches and loops hold some."""
        kinds: list[Callable[[str], None]] = (
            [self.assignment] * 5 + [self.block_of_role] * 3 + [self.event] * 2
        )
        if self.on_graph:
            kinds += [self.tell] * 3
        else:
            kinds += (
                [self.up] * 3
                + [self.down] * 2
                + [self.to_each, self.over_set, self.over_set, self.lazy, self.average]
            )
            kinds += [self.to_groups] * 2 * self.groups
        if depth:
            kinds += [lambda indent: self.branch(indent, depth), lambda indent: self.loop(indent, depth)] * 2
        self.one(kinds)(indent)

    def statements(self, indent: str, depth: int) -> None:
        """What a branch or a loop holds."""
        for _ in range(self.chance.randint(1, 3)):
            self.statement(indent, depth)

    def branch(self, indent: str, depth: int) -> None:
        """By what all know."""
        everyone = seat_of(Placement.ALL)
        condition, _ = self.formula(Kind.BOOL, everyone)
        if self.perhaps(0.5):
            coin = self.fresh("c")
            self.line(indent, f"all: event {coin} ~ bernoulli({self.one(('0.3', '0.7'))})")
            self.bind(coin, Kind.BOOL, Where(Placement.ALL))
            condition = coin
        self.line(indent, f"if {condition}:")
        self.ways(indent, lambda: self.statements(indent + "    ", depth - 1))

    def loop(self, indent: str, depth: int) -> None:
        """So often as all know."""
        known = [v.name for v in self.names.at(seat_of(Placement.ALL), Kind.INT)]
        count = self.one(("2", "3", "k % 3", "0", "n - 1", *(f"clip({name}, 0, 2)" for name in known)))
        self.repeated(indent, count, Placement.ALL, lambda: self.statements(indent + "    ", depth - 1), None)

    def ways(self, indent: str, write: Callable[[], None]) -> None:
        """One way and perhaps another, and what is known after them."""
        before, told = Names(self.names), self.told
        write()
        then, heard = self.names, self.told
        self.names, self.told = before, told
        if self.perhaps(0.6):
            self.line(indent, "else:")
            write()
        self.names, self.told = joined(then, self.names), heard & self.told

    def repeated(
        self, indent: str, count: str, role: Placement, write: Callable[[], None], seat: Seat | None
    ) -> None:
        """A loop: what it first binds ends with an iteration, what was before is brought back to its place."""
        counter = self.fresh("t") if self.perhaps(0.5) else None
        self.line(indent, f"repeat {count}{f' as {counter}' if counter else ''}:")
        before, counters = Names(self.names), self.counters
        self.counters = [*counters, *([counter] if counter else [])]
        self.loops += 1
        write()
        for value in before.values():
            now = self.names.get(value.name)
            if now != value and (now is None or (now.kind, now.where) != (value.kind, value.where)):
                self.bring_back(indent + "    ", value, seat)
        self.loops -= 1
        after = Names({v.name: v for v in before.values()})
        self.names, self.counters = Names({name: self.plain(v) for name, v in after.items()}), counters

    def plain(self, value: Value) -> Value:
        """After a loop nobody counts on a codec's form."""
        return Value(value.name, value.kind, value.where, value.names)

    # --- blocks of a role ------------------------------------------------------------------------------------

    def block_of_role(self, indent: str) -> None:
        """Several statements of one role, with branches and loops of its own."""
        written, seat = self.seat()
        self.line(indent, f"{written}:")
        self.inside(indent + "    ", seat, 2)

    def inside(self, indent: str, seat: Seat, depth: int) -> None:
        """Statements within a role's block."""
        for _ in range(self.chance.randint(1, 3)):
            kinds: list[Callable[[], None]] = [lambda: self.line(indent, self.assign(seat))] * 3
            kinds += [lambda: self.line(indent, self.drawn(seat))]
            if depth:
                kinds += [lambda: self.own_branch(indent, seat, depth)] * 2
                kinds += [lambda: self.own_loop(indent, seat, depth)]
            self.one(kinds)()

    def own_branch(self, indent: str, seat: Seat, depth: int) -> None:
        """By a condition that the role knows, member by member where it has members."""
        condition, _ = self.formula(Kind.BOOL, seat)
        self.line(indent, f"if {condition}:")
        self.ways(indent, lambda: self.inside(indent + "    ", seat, depth - 1))

    def own_loop(self, indent: str, seat: Seat, depth: int) -> None:
        """So often as the role knows, member by member where it has members."""
        number, _ = self.formula(self.one(NUMBERS), seat, 1)
        count = self.one(
            (
                "2",
                "3",
                f"floor(clip({number}, 0, 3))",
                f"floor(clip({number}, 0, 2))",
                *(
                    [f"clip({self.one(mine)}, 0, 3)"]
                    if (mine := [v.name for v in self.names.at(seat, Kind.INT)])
                    else []
                ),
            )
        )
        self.repeated(indent, count, seat.role, lambda: self.inside(indent + "    ", seat, depth - 1), seat)

    # --- names at home ---------------------------------------------------------------------------------------

    def bring_back(self, indent: str, value: Value, seat: Seat | None) -> None:
        """At the end of a loop a name is again where it was before."""
        if value.names is not None or value.kind is Kind.BATCH:
            return
        if seat is None:
            self.bring_home(indent, value)
            return
        text, operands = self.value(value.name, value.kind, seat, clipped=True)
        self.line(indent, f"{value.name} = {text}")
        self.assigned(value.name, value.kind, seat, text, operands)

    def bring_home(self, indent: str, value: Value) -> None:
        """A name is known again where it has to be: a single value is sent, or whoever has it there binds it anew."""
        now, where = self.names.get(value.name), value.where
        if self.is_home(now, value) or (
            where.placement is Placement.SERVER and where.spread is not Spread.ONE
        ):
            return
        role = where.placement.value
        if where.domain != EVERYONE:
            sets = [v for v in self.names.sets(self.told, where.placement) if v.names == where.domain]
            if not sets:
                return
            role = f"{role} in {sets[0].name}"
        from_server = where.placement is Placement.ALL and now is not None and now.kind is value.kind
        if from_server and now is not None and now.where == Where(Placement.SERVER) and self.perhaps(0.6):
            self.line(indent, f"server -> all: {value.name}")
        else:
            text, _ = self.value(value.name, value.kind, seat_of(where.placement, where.domain), clipped=True)
            self.line(indent, f"{role}: {value.name} = {text}")
        self.bind(value.name, value.kind, where)

    def is_home(self, now: Value | None, value: Value) -> bool:
        """Whether a name is where it has to be: exactly there in a loop, at least there at the end of a round."""
        if now is None or now.where.domain != value.where.domain:
            return False
        if self.loops:
            return (now.kind, now.where) == (value.kind, value.where)
        kinds = NUMBERS if value.kind is Kind.REAL else (value.kind,)
        spreads = (value.where.spread, Spread.ONE)
        at_least = covers(value.where.placement, now.where.placement)
        return at_least and now.kind in kinds and now.where.spread in spreads
