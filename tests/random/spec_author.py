"""Writes random specs by the rules of the language: every placement, kind and domain, names bound anew across them.

A name may be bound anew wherever a block may bind it; what rounds or loops need at home is brought back at their end, and
at the end of a round everything that is known anywhere moves the model, so that no wrong value stays unseen.
"""

from __future__ import annotations

from cablese.dsl.check.kinds import Domain, Kind, Placement, Spread, Where
from cablese.dsl.check.placements import fan_of
from statements import Statements
from written_names import Names, Seat, Value

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


class Author(Statements):
    """Writes one spec; one that `remembers` has a history."""

    remembers = False

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

        if self.remembers:
            self.line("    ", f"{'node' if self.on_graph else 'all'}: recent = history(3, x0 + 0.5)")

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

    # --- the end of a round ----------------------------------------------------------------------------------

    def witness(self) -> None:
        """Everything that is known, wherever, moves the model."""
        last = self.seen(Placement.NODE)
        self.line("    ", f"node: moved = clip({last}, -9, 9)")
        if self.on_graph:
            if self.remembers:
                self.line("    ", "node: recent = push(recent, moved); moved = moved + 0.1 * recent[2]")
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
        if self.remembers:
            self.line("    ", "all: recent = push(recent, last); last = last - 0.1 * mean(recent)")
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
