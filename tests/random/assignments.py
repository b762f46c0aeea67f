"""Random assignments and draws of a role: names are bound anew wherever a block may bind them."""

from __future__ import annotations

from random import Random

from cablese.dsl.check.kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from cablese.dsl.check.placements import fan_of
from formulas import NUMBERS, Formulas
from written_names import Names, Seat, Value, seat_of

BOUND = (Kind.VECTOR,) * 5 + (Kind.REAL, Kind.REAL, Kind.INT, Kind.BOOL, Kind.MASK)
OF_SERVER = (Placement.ALL, Placement.SERVER, Placement.NODE, Placement.LINK)
OF_GRAPH = (Placement.ALL, Placement.NODE, Placement.NEIGHBORS)


class Assignments(Formulas):
    """Writes them; `groups`, `on_graph`, `sampled` and `saddle` say which parts of the language the spec has."""

    def __init__(self, chance: Random, *, groups: bool, on_graph: bool, sampled: bool, saddle: bool) -> None:
        super().__init__()
        self.chance, self.on_graph, self.sampled, self.groups = chance, on_graph, sampled, groups
        self.roles = OF_GRAPH if on_graph else OF_SERVER + (Placement.GROUP,) * groups
        self.oracle, self.saddle = ("F", True) if saddle else ("grad", False)
        self.compressors = ["Q", "C", "T"]
        self.names, self.states = Names(), dict[str, Value]()
        self.counters: list[str] = []
        self.told: frozenset[int] = frozenset()
        self.never_empty = {EVERYONE}
        self.lines: list[str] = []
        self.rebound: set[tuple[Placement, Placement]] = set()
        self.number = 0
        self.loops = 0

    # --- small things ----------------------------------------------------------------------------------------

    def line(self, indent: str, text: str) -> None:
        """One more line."""
        self.lines.append(indent + text)

    def fresh(self, stem: str = "v") -> str:
        """A name that is not taken."""
        self.number += 1
        return f"{stem}{self.number}"

    def bind(
        self, name: str, kind: Kind, where: Where, *, names: Domain | None = None, packed: bool = False
    ) -> None:
        """The latest binding holds."""
        before = self.names.pop(name, None)
        if before is not None:
            self.rebound.add((before.where.placement, where.placement))
        self.names[name] = Value(name, kind, where, names, packed)

    def free(self, seat: Seat) -> list[Value]:
        """Names that a block may bind anew."""
        return [
            v
            for v in self.names.values()
            if v.names is None
            and v.kind is not Kind.BATCH
            and not (seat.domain.bag and v.name in self.states)
        ]

    def target(self, seat: Seat) -> tuple[str, Kind]:
        """A name to bind and the kind that it takes: a new one, or one that is known, wherever."""
        known = self.free(seat)
        if not known or self.perhaps(0.45):
            return self.fresh(), self.one(BOUND)
        value = self.one(known)
        if (
            value.name in self.states
            or self.loops
            or self.names.stored(value.name, seat)
            or self.perhaps(0.85)
        ):
            return value.name, value.kind
        return value.name, self.one(BOUND)

    def value(self, name: str, kind: Kind, seat: Seat, *, clipped: bool) -> tuple[str, list[Where]]:
        """What a name takes, often from what it held."""
        text, operands = self.formula(kind, seat, compress=True)
        held = self.names.get(name)
        own = held is not None and held.kind is kind and seat.reads(held) and self.perhaps(0.5)
        if own and held is not None and kind in (Kind.VECTOR, Kind.REAL):
            text = self.one((f"0.5 * {name}", f"0.5 * {name} + {text}", f"{text} - 0.5 * {name}"))
            operands = [*operands, held.where]
        if own and held is not None and kind is Kind.INT:
            text, operands = f"{name} + 1", [held.where]
        if clipped and kind in (Kind.VECTOR, *NUMBERS):
            text = f"clip({text}, -9, 9)"
        return text, operands

    def bounded(self, name: str) -> bool:
        """Whether what a name takes is clipped: what comes round again must be."""
        return name in self.states or self.loops > 0 or self.perhaps(0.4)

    def seat(self) -> tuple[str, Seat]:
        """A role, perhaps over a set."""
        role = self.one(self.roles)
        sets = self.names.sets(self.told, role) if role in (Placement.NODE, Placement.LINK) else []
        if sets and self.perhaps(0.4):
            chosen = self.one(sets)
            assert chosen.names is not None
            return f"{role.value} in {chosen.name}", seat_of(role, chosen.names)
        return role.value, seat_of(role)

    # --- assignments -----------------------------------------------------------------------------------------

    def assignment(self, indent: str) -> None:
        """On a line of its own."""
        written, seat = self.seat()
        self.line(indent, f"{written}: " + "; ".join(self.assign(seat) for _ in range(self.one((1, 1, 2)))))

    def assign(self, seat: Seat) -> str:
        """One name, or two at once."""
        if self.perhaps(0.15):
            swapped = self.swap(seat)
            if swapped:
                return swapped
        targets = dict([self.target(seat) for _ in range(self.one((1, 1, 1, 2)))])
        values = []
        for name, kind in targets.items():
            own = self.with_families(seat)
            values.append((name, kind, own, *self.value(name, kind, own, clipped=self.bounded(name))))
        for name, kind, own, text, operands in values:
            self.assigned(name, kind, own, text, operands)
        return f"{', '.join(targets)} = {', '.join(text for *_, text, _ in values)}"

    def swap(self, seat: Seat) -> str | None:
        """Two names take each other's value."""
        pairs = [
            (a, b)
            for a in self.free(seat)
            for b in self.free(seat)
            if a.name != b.name and a.kind is b.kind and seat.reads(a) and seat.reads(b)
        ]
        if not pairs:
            return None
        a, b = self.one(pairs)
        before = {a.name: a, b.name: b}
        stored = {name: self.names.stored(name, seat) for name in before}
        for name, other in ((a.name, b), (b.name, a)):
            self.bind(name, other.kind, self.placed(seat, [other.where], stored[name]))
        return f"{a.name}, {b.name} = {b.name}, {a.name}"

    def with_families(self, seat: Seat) -> Seat:
        """The server now and then computes member by member."""
        if seat.role is not Placement.SERVER or self.perhaps(0.6):
            return seat
        families = self.names.families(Kind.VECTOR, Kind.REAL, Kind.INT)
        if not families:
            return seat
        where = self.one(families).where
        return Seat(seat.role, where.spread, where.domain)

    def placed(self, seat: Seat, operands: list[Where], stored: bool) -> Where:
        """Where a block's assignment leaves a name."""
        if seat.role is Placement.SERVER:
            return seat.holds(operands)
        return Where(seat.role, fan_of(seat.role), EVERYONE if stored else seat.domain)

    def assigned(self, name: str, kind: Kind, seat: Seat, text: str, operands: list[Where]) -> None:
        """Note what an assignment bound."""
        held, stored = self.names.get(name), self.names.stored(name, seat)
        if stored and held is not None and held.kind in NUMBERS and kind in NUMBERS and held.kind is not kind:
            kind = Kind.REAL
        packed = text[1:2] == "(" and text[0] in "QCT" and not stored and closes_at_end(text)
        self.bind(name, kind, self.placed(seat, operands, stored), packed=packed)

    # --- draws -----------------------------------------------------------------------------------------------

    def event(self, indent: str) -> None:
        """A draw on a line of its own."""
        written, seat = self.seat()
        self.line(indent, f"{written}: {self.drawn(seat)}")

    def drawn(self, seat: Seat) -> str:
        """A draw by a role: one value, or one for each member."""
        own = self.with_families(seat)
        number, operands = self.formula(Kind.REAL, own, 1)
        forms = [
            (Kind.BOOL, "bernoulli(0.4)", []),
            (Kind.BOOL, f"bernoulli(1 / (1 + abs({number})))", operands),
            (Kind.REAL, "uniform(-1, 1)", []),
            (Kind.REAL, f"uniform(0, 1 + abs(clip({number}, -2, 2)))", operands),
            (Kind.REAL, "normal(0, 1)", []),
            (Kind.VECTOR, "normal(zeros, 0.5)", []),
            (Kind.VECTOR, f"uniform(-ones, 1 + abs(clip({number}, -2, 2)))", operands),
            (Kind.INT, "choice(0, 3)", []),
            (Kind.INT, "choice(-2, 1 + k % 3)", []),
        ]
        if seat.role is Placement.SERVER and seat.spread is Spread.ONE:
            forms.append(
                (
                    Kind.INT,
                    f"buckets(n, {self.one(('1', '2', 'n + 1'))})",
                    [Where(Placement.SERVER, Spread.NODES)],
                )
            )
        if self.sampled and seat.role in (Placement.NODE, Placement.LINK):
            forms += [
                (
                    Kind.BATCH,
                    self.one(
                        (
                            "minibatch(2)",
                            "minibatch(3, replace = true)",
                            "minibatch(99)",
                            "minibatch(ceil(samples_i / 2))",
                        )
                    ),
                    [],
                )
            ] * 5
        kind, text, operands = self.one(forms)
        again = [v.name for v in self.free(seat) if v.kind is kind and v.name not in self.states]
        name = self.one(again) if again and self.perhaps(0.4) else self.fresh()
        self.bind(name, kind, self.placed(own, operands, self.names.stored(name, seat)))
        return f"event {name} ~ {text}"


def closes_at_end(text: str) -> bool:
    """Whether a call's parenthesis closes at the end of the text."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ")" and depth == 0:
            return at == len(text) - 1
    return False
