"""Random messages along every route, and the sets of nodes that they are over."""

from __future__ import annotations

from assignments import BOUND, Assignments, closes_at_end
from cablese.dsl.check.kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from written_names import Seat, Value, seat_of


class Messages(Assignments):
    """Writes them, and notes who knows what is sent."""

    def items(self, seat: Seat, arrives: Where, *, many: int = 2) -> str:
        """What a message carries: values under names old and new, or names as they are."""
        written: dict[str, str] = {}
        subset = arrives.domain != EVERYONE
        for _ in range(self.chance.randint(1, many)):
            held = [
                v
                for v in self.names.at(seat, Kind.VECTOR, Kind.REAL, Kind.INT, Kind.BOOL, Kind.MASK)
                if v.name not in written and not (subset and v.name in self.states)
            ]
            if held and self.perhaps(0.25):
                value = self.one(held)
                written[value.name] = value.name
                self.bind(value.name, value.kind, arrives, packed=value.packed)
                continue
            known = [
                v for v in self.free(seat) if v.name not in written and not (subset and v.name in self.states)
            ]
            name, kind = self.fresh(), self.one(BOUND)
            if known and self.perhaps(0.35):
                again = self.one(known)
                name, kind = again.name, again.kind
            text, _ = self.value(name, kind, seat, clipped=self.bounded(name))
            if kind is Kind.VECTOR and self.perhaps(0.5):
                text = self.squeezed(text, seat)
            written[name] = f"{name} = {text}"
            self.bind(name, kind, arrives, packed=text[0] in "QCT" and closes_at_end(text))
        return ", ".join(written.values())

    def up(self, indent: str) -> None:
        """Nodes to server, perhaps of a set."""
        sets = self.names.sets(self.told, Placement.NODE)
        if sets and self.perhaps(0.4):
            self.up_from(indent, self.one(sets))
            return
        arrives = Where(Placement.LINK, Spread.NODES)
        self.line(indent, f"node -> server: {self.items(seat_of(Placement.NODE), arrives)}")

    def up_from(self, indent: str, chosen: Value) -> None:
        """The members of a set to the server."""
        assert chosen.names is not None
        arrives = Where(Placement.LINK, Spread.NODES, chosen.names)
        text = self.items(seat_of(Placement.NODE, chosen.names), arrives)
        self.line(indent, f"node in {chosen.name} -> server: {text}")

    def down(self, indent: str) -> None:
        """Server to all."""
        self.line(indent, f"server -> all: {self.items(seat_of(Placement.SERVER), Where(Placement.ALL))}")

    def to_each(self, indent: str) -> None:
        """Server to each node, or each member, by what it knows of it."""
        sets = self.names.sets(self.told, Placement.SERVER)
        domain, receiver = EVERYONE, "node"
        if sets and self.perhaps(0.5):
            chosen = self.one(sets)
            assert chosen.names is not None
            domain, receiver = chosen.names, f"node in {chosen.name}"
        seat = Seat(Placement.SERVER, Spread.NODES, domain)
        self.line(
            indent, f"server -> {receiver}: {self.items(seat, Where(Placement.LINK, Spread.NODES, domain))}"
        )
        if domain.over is not None:
            self.told |= {domain.over}

    def to_groups(self, indent: str) -> None:
        """Server to each group."""
        seat, arrives = Seat(Placement.SERVER, Spread.GROUPS), Where(Placement.GROUP, Spread.GROUPS)
        self.line(indent, f"server -> group: {self.items(seat, arrives)}")

    def tell(self, indent: str) -> None:
        """Nodes to their neighbours."""
        arrives = Where(Placement.NEIGHBORS, Spread.NODES)
        self.line(indent, f"node -> neighbors: {self.items(seat_of(Placement.NODE), arrives)}")

    def average(self, indent: str) -> None:
        """A collective compressor's mean."""
        name = self.fresh()
        text, _ = self.formula(Kind.VECTOR, seat_of(Placement.NODE), 1)
        self.line(indent, f"node -> all: {name} = P({text})")
        self.bind(name, Kind.VECTOR, Where(Placement.ALL))

    # --- sets ------------------------------------------------------------------------------------------------

    def over_set(self, indent: str) -> None:
        """A set or bag is drawn, perhaps under a name that held another; its members hear, compute and send."""
        old = [v.name for v in self.names.values() if v.names is not None and not self.loops]
        name = self.one(old) if old and self.perhaps(0.3) else self.fresh("S")
        chosen = self.draw_set(indent, name)
        if self.perhaps(0.5):
            seat = seat_of(self.one((Placement.NODE, Placement.LINK)), self.domain_of(chosen))
            if chosen.where.placement is Placement.ALL or self.domain_of(chosen).over in self.told:
                self.line(indent, f"{seat.role.value} in {name}: {self.assign(seat)}")
        if chosen.where.placement is Placement.ALL or self.domain_of(chosen).over in self.told:
            self.up_from(indent, chosen)

    def domain_of(self, chosen: Value) -> Domain:
        """The domain that a set names."""
        assert chosen.names is not None
        return chosen.names

    def draw_set(self, indent: str, name: str) -> Value:
        """Under `all`, or at the server, which tells all or the members."""
        self.number += 1
        some, probability = (
            ("sample(n, 3)", "subset(n, 1)", "sample(n, n + 1)", "subset(n, n)"),
            self.one(("0.5", "0.1")),
        )
        drawn = self.one((*some, "subset(n, 0)", f"each({probability})", "sample(n, k % 3)"))
        domain = Domain(self.number, name, drawn.startswith("sample"))
        if drawn in some:
            self.never_empty.add(domain)
        if self.perhaps(0.4):
            self.line(indent, f"all: event {name} ~ {drawn}")
            self.bind(name, Kind.NODES, Where(Placement.ALL), names=domain)
            return self.names[name]
        if drawn.startswith("each") and self.perhaps(0.4):
            families = self.names.families(Kind.REAL)
            drawn = (
                f"each(1 / (1 + abs({families[0].name})))"
                if families and families[0].where.domain == EVERYONE
                else drawn
            )
        self.line(indent, f"server: event {name} ~ {drawn}")
        self.bind(name, Kind.NODES, Where(Placement.SERVER), names=domain)
        if self.perhaps(0.35):
            arrives = Where(Placement.LINK, Spread.NODES, domain)
            self.line(
                indent,
                f"server -> node in {name}: {self.items(Seat(Placement.SERVER, Spread.NODES, domain), arrives)}",
            )
            self.told |= {self.number} if domain.over == self.number else {domain.over or 0}
        else:
            self.line(indent, f"server -> all: {name}")
            self.bind(name, Kind.NODES, Where(Placement.ALL), names=domain)
        return self.names[name]

    def lazy(self, indent: str) -> None:
        """Nodes that decide whether they send, perhaps among those of a set; then a block over the senders."""
        sets = [v for v in self.names.sets(self.told, Placement.NODE) if v.names and not v.names.bag]
        chosen = self.one(sets) if sets and self.perhaps(0.3) else None
        seat = seat_of(Placement.NODE, self.domain_of(chosen) if chosen else EVERYONE)
        condition, _ = self.formula(Kind.BOOL, seat)
        self.number += 1
        domain = Domain(self.number, f"who{self.number}")
        among = f" in {chosen.name}" if chosen else ""
        text = self.items(
            Seat(Placement.NODE, Spread.NODES, seat.domain),
            Where(Placement.LINK, Spread.NODES, domain),
            many=1,
        )
        self.line(indent, f"node{among} when {condition} -> server: {text}")
        sent = text.split(" = ")[0]
        if self.perhaps(0.6):
            role = self.one((Placement.NODE, Placement.LINK))
            self.line(indent, f"{role.value} in who({sent}): {self.assign(seat_of(role, domain))}")
        if self.perhaps(0.3):
            name = self.fresh("S")
            self.line(indent, f"server -> all: {name} = who({sent})")
            self.bind(name, Kind.NODES, Where(Placement.ALL), names=domain)
