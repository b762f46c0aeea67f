"""Writes random specs by the rules of the language: every placement, kind and domain, names bound anew across them.

A name may be bound anew wherever a block may bind it; what rounds or loops need at home is brought back at their end, and
at the end of a round everything that is known anywhere moves the model, so that no wrong value stays unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from cablese.dsl.check.kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from cablese.dsl.check.placements import covers, fan_of
from formulas import NUMBERS, Formulas
from written_names import Names, Seat, Value, joined, seat_of

COMPRESSORS = (
    "rand_k(k = 2)",
    "rand_k(k = 3, indices = seeded)",
    "rand_k(k = 2, shared = true, indices = seeded)",
    "rand_k(k = 2, scaled = false)",
    "rand_k(k = 1 + k % 4)",
    "rand_p(p = 0.4)",
    "top_k(k = 2)",
    "top_k(k = min(d, 1 + k))",
    "identity()",
    "quantize(s = 3, norm = inf)",
    "quantize(s = 2, encode = entropy)",
    "quantize(s = 2, encode = rice) of rand_k(k = 3)",
    "natural()",
    "natural_dithering(s = 3)",
    "ternary()",
    "mvss(density = 0.4)",
    "mixed(C = rand_p(p = 0.3), threshold = 2)",
    "block_sign(size = 3)",
    "sign()",
    "scaled_sign()",
    "threshold_k(t = 0.3)",
    "round_to(h = 0.01)",
    "linear8(block = 4)",
)
COLLECTIVES = ("power_sgd(rank = 1, columns = 3)", "sketch(rows = 2, cols = 4, k = 3)")
SCALARS = {Kind.REAL: "0.5", Kind.INT: "1", Kind.BOOL: "true"}
BOUND = (Kind.VECTOR,) * 5 + (Kind.REAL, Kind.REAL, Kind.INT, Kind.BOOL, Kind.MASK)
OF_SERVER = (Placement.ALL, Placement.SERVER, Placement.NODE, Placement.LINK)
OF_GRAPH = (Placement.ALL, Placement.NODE, Placement.NEIGHBORS)


class Author(Formulas):
    """Writes one spec; `groups`, `on_graph`, `sampled` and `saddle` say which parts of the language it has."""

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

    # --- the whole -------------------------------------------------------------------------------------------

    def spec(self) -> str:
        """The text of a spec."""
        self.init()
        init, self.lines = self.lines, []
        self.counters = ["k"]
        self.names = Names(self.states)
        for _ in range(self.chance.randint(2, 7)):
            self.statement("    ", self.chance.randint(0, 2))
        self.witness()
        for state in self.states:
            self.bring_home("    ", self.states[state])
        problem = "saddle" if self.saddle else "minimize"
        head = ["algorithm Random", f"problem {problem}{' on graph' * self.on_graph}", ""]
        head += [f"compressor {name}: any = {self.one(COMPRESSORS)}" for name in ("Q", "C")]
        head += ["compressor T: any = top_k(k = 3)"]
        head += [f"compressor P: collective = {self.one(COLLECTIVES)}"] * (not self.on_graph)
        head += ["param gamma = 0.1", "param beta = 1 / (2 + k)", ""]
        return "\n".join(
            [*head, "init:", *init, "", "round k:", *self.lines, "", f"output {self.output()}", ""]
        )

    def init(self) -> None:
        """States at every home, some told by a message."""
        role = Placement.NODE if self.on_graph and self.perhaps(0.5) else Placement.ALL
        self.begin("x", role, Kind.VECTOR, "x0 + 0.5")
        for at, home in enumerate(self.roles):
            if self.perhaps(0.7):
                self.begin(
                    f"h{at}",
                    home,
                    Kind.VECTOR,
                    self.one(
                        (
                            "zeros",
                            "x - 0.25"
                            if home in (role, Placement.NODE) or role is Placement.ALL
                            else "x0 + 0.25",
                        )
                    ),
                )
            if self.perhaps(0.35):
                kind = self.one(tuple(SCALARS))
                self.begin(f"s{at}", home, kind, SCALARS[kind])
        if not self.on_graph and self.perhaps(0.3):
            self.line("    ", f"node -> server: m = {self.oracle}(x)")
            self.line("    ", "server: big = norm(mean(m))")
            self.states["big"] = Value("big", Kind.REAL, Where(Placement.SERVER))
        if not self.on_graph and self.perhaps(0.25):
            self.line("    ", f"server: event S0 ~ {self.one(('sample(n, 3)', 'subset(n, 1)'))}")

    def begin(self, name: str, home: Placement, kind: Kind, value: str) -> None:
        """A state."""
        self.line("    ", f"{home.value}: {name} = {value}")
        where = Where(home, fan_of(home))
        self.states[name] = Value(name, kind, where)

    def output(self) -> str:
        """What the method returns."""
        states = [
            v.name
            for v in self.states.values()
            if v.kind is Kind.VECTOR and v.where.spread is not Spread.GROUPS
        ]
        return self.one(
            (
                "x",
                "x",
                "average(x)",
                "average(x, 1 + k)",
                "uniform(x)",
                self.one(states),
                f"average({self.one(states)})",
            )
        )

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

    # --- statements ------------------------------------------------------------------------------------------

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

    def seat(self) -> tuple[str, Seat]:
        """A role, perhaps over a set."""
        role = self.one(self.roles)
        sets = self.names.sets(self.told, role) if role in (Placement.NODE, Placement.LINK) else []
        if sets and self.perhaps(0.4):
            chosen = self.one(sets)
            assert chosen.names is not None
            return f"{role.value} in {chosen.name}", seat_of(role, chosen.names)
        return role.value, seat_of(role)

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
        packed = text[1:2] == "(" and text[0] in "QCT" and not stored and _closes_at_end(text)
        self.bind(name, kind, self.placed(seat, operands, stored), packed=packed)

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
            (Kind.INT, "choice(0, 3)", []),
            (Kind.INT, "choice(-2, 1 + k % 3)", []),
        ]
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

    # --- branches and loops ----------------------------------------------------------------------------------

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

    # --- messages --------------------------------------------------------------------------------------------

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
            self.bind(name, kind, arrives, packed=text[0] in "QCT" and _closes_at_end(text))
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

    # --- the end of a round ----------------------------------------------------------------------------------

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

    def witness(self) -> None:
        """Everything that is known, wherever, moves the model."""
        last = self.seen(Placement.NODE)
        self.line("    ", f"node: moved = clip({last}, -9, 9)")
        if self.on_graph:
            self.line("    ", "node -> neighbors: told = moved")
            if self.states["x"].where.placement is Placement.NODE:
                self.line(
                    "    ", f"node: x = clip(0.5 * x + 0.5 * mix(told) - gamma * {self.oracle}(moved), -9, 9)"
                )
                self.bind("x", Kind.VECTOR, Where(Placement.NODE, Spread.NODES))
            else:
                self.line("    ", f"all: x = clip(0.9 * x0 + {self.seen(Placement.ALL)}, -9, 9)")
                self.bind("x", Kind.VECTOR, Where(Placement.ALL))
            return
        self.line("    ", f"node -> server: sent = moved - gamma * {self.oracle}(moved)")
        families = self.seen_families()
        for at, text in enumerate(families):
            self.line("    ", f"server: w{at} = clip({text}, -9, 9)")
        parts = [f"w{at}" for at in range(len(families))]
        self.line(
            "    ",
            f"server: whole = clip({' + '.join(['mean(sent)', self.seen(Placement.SERVER), *parts])}, -9, 9)",
        )
        self.line("    ", "server -> all: last = whole")
        self.line("    ", f"all: x = clip(0.5 * last + {self.seen(Placement.ALL)}, -9, 9)")
        self.bind("x", Kind.VECTOR, Where(Placement.ALL))

    def seen(self, role: Placement) -> str:
        """A vector of all that a role knows."""
        seat = Seat(role, Spread.ONE if role is Placement.SERVER else fan_of(role))
        parts = [
            _as_vector(v.name, v.kind)
            for v in self.names.at(seat, Kind.VECTOR, Kind.REAL, Kind.INT, Kind.BOOL, Kind.MASK)
        ]
        return " + ".join(["0.5 * x0", *parts])

    def seen_families(self) -> list[str]:
        """A vector of every set of families that the server has, over one domain each."""
        found: dict[tuple[Spread, Domain], list[Value]] = {}
        for value in self.names.families(Kind.VECTOR, Kind.REAL, Kind.INT):
            found.setdefault((value.where.spread, value.where.domain), []).append(value)
        return [
            " + ".join(["x0", *(f"mean({_as_vector(v.name, v.kind)})" for v in values)])
            for values in found.values()
        ]


def _as_vector(name: str, kind: Kind) -> str:
    match kind:
        case Kind.BOOL:
            return f"where({name}, 0.5, 0) * x0"
        case Kind.MASK:
            return f"where({name}, 0.25, 0)"
        case _:
            return f"0.25 * clip({name}, -2, 2)"


def _closes_at_end(text: str) -> bool:
    """Whether a call's parenthesis closes at the end of the text."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ")" and depth == 0:
            return at == len(text) - 1
    return False
