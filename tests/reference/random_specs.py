"""Random well-typed specs as text: blocks of all roles, messages with and without compressors, draws, branches, subsets.

States are clipped, so that runs stay finite; everything else may grow within a round.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

COMPRESSORS = {
    "Q": (
        "rand_k(k = 2)",
        "rand_k(k = 7)",
        "quantize(s = 1)",
        "quantize(s = 3, norm = inf)",
        "natural()",
        "quantize(s = 2, encode = entropy)",
    ),
    "C": (
        "top_k(k = 2)",
        "identity()",
        "rand_k(k = 2, scaled = false)",
        "top_k(k = 8)",
        "block_sign(size = 3)",
        "sign()",
    ),
}
READABLE = {
    "all": ("all",),
    "server": ("all", "server", "link"),
    "node": ("all", "node", "link"),
    "link": ("all", "link"),
}
STATES = {"x": "all", "g": "server", "h": "node", "l": "link"}


@dataclass(frozen=True)
class Name:
    """A variable: where it is known, over which set ("" is every node), and its kind."""

    text: str
    place: str
    kind: str = "vector"
    over: str = ""
    family: bool = False


@dataclass
class Scope:
    """What is bound here."""

    names: dict[str, Name] = field(default_factory=dict)

    def bind(self, name: Name) -> None:
        """The latest binding holds."""
        self.names[name.text] = name

    def readable(self, role: str, kind: str, over: str, *, families: bool) -> list[str]:
        """Names that an expression of a role may read; at the server families only inside of aggregates."""
        return [
            name.text
            for name in self.names.values()
            if name.kind == kind
            and name.place in READABLE[role]
            and (families or not name.family)
            and name.over in ("", over)
        ]


def joined(one: Scope, other: Scope) -> Scope:
    """What is known after two branches."""
    both = {text: name for text, name in one.names.items() if other.names.get(text) == name}
    return Scope(both)


class Author:
    """Writes one spec; `draw` is hypothesis's."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.number = 0
        self.over = ""  # the nodes that a statement's aggregates run over
        self.outside: set[str] = set()  # bound before the loop around, which must leave them where they are
        self.scope = Scope()
        for state, place in STATES.items():
            self.scope.bind(Name(state, place, family=place in ("node", "link")))

    def spec(self) -> str:
        """The whole text."""
        for _ in range(self.draw(st.integers(2, 7))):
            self.statement("    ", self.draw(st.integers(0, 2)))
        self.finish()
        chosen = [f"compressor {name}: any = {self.one(forms)}" for name, forms in COMPRESSORS.items()]
        init = [
            "    all: x = x0 + 0.5",
            "    server: g = zeros",
            "    node: h = x - 0.25",
            "    link: l = zeros",
        ]
        head = [
            "algorithm Random",
            "problem minimize",
            "",
            *chosen,
            "param gamma = 0.1",
            "",
            "init:",
            *init,
            "",
        ]
        return (
            "\n".join([*head, "round k:", *self.lines, "", f"output {self.one(('x', 'average(x)', 'h'))}"])
            + "\n"
        )

    def one(self, choices: Any) -> Any:
        """One of several."""
        return self.draw(st.sampled_from(list(choices)))

    def fresh(self) -> str:
        """A name that is not taken, or now and then one that is free to be bound again."""
        again = [
            n.text
            for n in self.scope.names.values()
            if n.text not in {*STATES, *self.outside} and n.text[0] == "v"
        ]
        if again and self.draw(st.integers(0, 5)) == 0:
            return self.one(again)
        self.number += 1
        return f"v{self.number}"

    def line(self, indent: str, text: str) -> None:
        """One more line."""
        self.lines.append(indent + text)

    # --- statements ------------------------------------------------------------------------------------------

    def statement(self, indent: str, depth: int) -> None:
        """Any statement; branches hold some."""
        self.over = self.one(sorted({n.over for n in self.families()}))
        kinds = [
            self.assignment,
            self.assignment,
            self.up,
            self.down,
            self.to_each,
            self.event,
            self.over_subset,
        ]
        kinds += [self.again, self.own_way] if self.outside else [self.own_way]
        chosen = self.one([*kinds, self.branch, self.loop] if depth else kinds)
        if chosen in (self.branch, self.loop):
            chosen(indent, depth)
        else:
            chosen(indent)

    def assignment(self, indent: str) -> None:
        """At any role; a state stays within bounds."""
        role = self.one(("all", "server", "node", "link"))
        own = [state for state, place in STATES.items() if place == role]
        if self.draw(st.booleans()):
            self.line(indent, f"{role}: {own[0]} = clip({self.vector(role)}, -9, 9)")
            self.scope.bind(Name(own[0], role, family=role in ("node", "link")))
            return
        kind = self.one(("vector", "vector", "real"))
        value = self.vector(role) if kind == "vector" else self.real(role)
        name = self.fresh()
        self.line(indent, f"{role}: {name} = {value}")
        self.scope.bind(Name(name, role, kind, family=role in ("node", "link")))

    def up(self, indent: str, over: str = "") -> None:
        """Nodes to server: a vector, compressed or not, perhaps with a number."""
        role = f"node in {over}" if over else "node"
        items = [(self.fresh(), "vector", self.sent("node", over))]
        if self.draw(st.integers(0, 3)) == 0:
            items.append((self.fresh(), "real", self.real("node", over)))
        items = list({name: (name, kind, value) for name, kind, value in items}.values())
        self.line(indent, f"{role} -> server: " + ", ".join(f"{name} = {value}" for name, _, value in items))
        for name, kind, _ in items:
            self.scope.bind(Name(name, "link", kind, over, family=True))

    def down(self, indent: str) -> None:
        """Server to all."""
        name, value = self.fresh(), self.sent("server")
        self.line(indent, f"server -> all: {name} = {value}")
        self.scope.bind(Name(name, "all"))

    def to_each(self, indent: str) -> None:
        """Server to each node, by what it knows of it."""
        name = self.fresh()
        inner = f"{self.vector('server', families=True)} - 0.5 * {self.vector('server')}"
        self.line(indent, f"server -> node: {name} = {self.squeezed(inner)}")
        self.scope.bind(Name(name, "link", family=True))

    def event(self, indent: str) -> None:
        """A number that one draws, or all alike, or every node for itself."""
        role, name = self.one(("all", "server", "node", "link")), self.fresh()
        drawn = self.one(("uniform(-1, 1)", "normal(0, 1)"))
        self.line(indent, f"{role}: event {name} ~ {drawn}")
        self.scope.bind(Name(name, role, "real", family=role in ("node", "link")))

    def over_subset(self, indent: str) -> None:
        """A set or bag is drawn and told to all; its members compute, and send."""
        self.number += 1
        name = f"S{self.number}"
        drawn = self.one(("subset(n, 2)", "sample(n, 3)", "each(0.5)", "sample(n, 6)", "subset(n, 0)"))
        if self.draw(st.booleans()):
            self.line(indent, f"all: event {name} ~ {drawn}")
        else:
            self.line(indent, f"server: event {name} ~ {drawn}")
            self.line(indent, f"server -> all: {name}")
        if self.draw(st.booleans()):
            own = f"own{self.number}"
            self.line(indent, f"node in {name}: {own} = {self.vector('node', name)}")
            self.scope.bind(Name(own, "node", "vector", name, family=True))
        self.up(indent, name)
        if not drawn.startswith("sample") and self.draw(st.booleans()):
            self.line(indent, f"node in {name}: h = clip({self.vector('node', name)}, -9, 9)")

    def branch(self, indent: str, depth: int) -> None:
        """By a coin that all know."""
        self.number += 1
        coin = f"c{self.number}"
        self.line(indent, f"all: event {coin} ~ bernoulli({self.one((0.3, 0.7))})")
        before = dict(self.scope.names)
        self.line(indent, f"if {coin}:")
        self.way(indent, depth)
        then = self.scope
        self.scope = Scope(dict(before))
        if self.draw(st.booleans()):
            self.line(indent, "else:")
            self.way(indent, depth)
        self.scope = joined(then, self.scope)
        for state, place in STATES.items():
            self.scope.bind(Name(state, place, family=place in ("node", "link")))

    def loop(self, indent: str, depth: int) -> None:
        """A few times, by a number that all know; names first bound inside end with it."""
        self.number += 1
        counter = f"t{self.number}"
        self.line(indent, f"repeat {self.one(('2', '3', 'k % 3', '0', 'n - 1'))} as {counter}:")
        before, outside = dict(self.scope.names), self.outside
        self.outside = set(before)
        self.scope.bind(Name(counter, "all", "real"))
        self.way(indent, depth)
        self.scope, self.outside = Scope(before), outside

    def again(self, indent: str) -> None:
        """What came from before the loop takes a new value where it is: dense, or compressed."""
        names = [self.scope.names[text] for text in sorted(self.outside & self.scope.names.keys())]
        fit = [n for n in names if n.kind == "vector" and not n.over and n.text not in STATES]
        if not fit:
            self.assignment(indent)
            return
        name = self.one(fit)
        if name.family == (name.place in ("node", "link")):
            value = f"clip({self.vector(name.place)}, -9, 9)"
            self.line(indent, f"{name.place}: {name.text} = {self.squeezed(value)}")

    def own_way(self, indent: str) -> None:
        """An `if` or a `repeat` by node."""
        self.line(indent, "node:")
        self.own(indent + "    ", 2)

    def own(self, indent: str, depth: int) -> None:
        """Of some nodes their own block, or each its own number of times."""
        before, outside = dict(self.scope.names), self.outside
        if self.draw(st.booleans()):
            self.line(indent, f"if norm({self.plain()}) > {self.one((0.2, 1, 3))}:")
            self.own_block(indent + "    ", depth - 1)
            then = self.scope
            self.scope = Scope(dict(before))
            if self.draw(st.booleans()):
                self.line(indent, "else:")
                self.own_block(indent + "    ", depth - 1)
            self.scope = joined(then, self.scope)
        else:
            self.outside = set(before)
            self.line(indent, f"repeat floor(min(3, norm({self.plain()}))):")
            self.own_block(indent + "    ", depth - 1)
            self.scope, self.outside = Scope(before), outside

    def own_block(self, indent: str, depth: int) -> None:
        """Draws, gradients, compression, further blocks of some nodes' own."""
        for _ in range(self.draw(st.integers(1, 3))):
            match self.one(("state", "name", "event", *(["own"] if depth else []))):
                case "state":
                    self.line(indent, f"h = clip({self.vector('node')}, -9, 9)")
                case "name":
                    value, name = self.sent("node"), self.fresh()
                    self.line(indent, f"{name} = {value}")
                    self.scope.bind(Name(name, "node", family=True))
                case "event":
                    self.number += 1
                    self.line(indent, f"event r{self.number} ~ uniform(0, 1)")
                    self.scope.bind(Name(f"r{self.number}", "node", "real", family=True))
                case _:
                    self.own(indent, depth)

    def plain(self) -> str:
        """A vector that a node has."""
        return self.one([*self.scope.readable("node", "vector", "", families=True), "x"])

    def way(self, indent: str, depth: int) -> None:
        """What a branch does."""
        for _ in range(self.draw(st.integers(1, 3))):
            self.statement(indent + "    ", depth - 1)

    def finish(self) -> None:
        """Something is sent both ways, and the point moves."""
        self.up("    ")
        sent = self.lines[-1].split(": ", 1)[1].split(" = ")[0]
        self.line("    ", f"server -> all: last = {self.squeezed(f'mean({sent}) + 0.1 * g')}")
        self.line("    ", "all: x = clip(x - gamma * last, -9, 9)")

    # --- expressions -----------------------------------------------------------------------------------------

    def sent(self, role: str, over: str = "") -> str:
        """What a message may carry."""
        return self.squeezed(self.vector(role, over))

    def squeezed(self, value: str) -> str:
        """Compressed, or whole."""
        return self.one((f"Q({value})", f"C({value})", value))

    def vector(self, role: str, over: str = "", depth: int = 2, *, families: bool | None = None) -> str:
        """A vector, as a role knows it. At the server `families` says whether this is for every member."""
        many = role != "server" if families is None else families
        leaf = self.leaf(role, over, many)
        if depth == 0 or self.draw(st.integers(0, 3)) == 0:
            return leaf
        a = self.vector(role, over, depth - 1, families=families)
        forms = [
            f"({a} + {leaf})",
            f"({a} - {leaf})",
            f"0.5 * {a}",
            f"abs({a})",
            f"max({a}, {leaf})",
            f"clip({a}, -1, 2)",
            f"where({a} > {leaf}, {leaf}, 0.1 * {a})",
            f"{a} / (1 + norm({leaf}))",
            f"{a} * {self.real(role, over, families=many)}",
            f"sqrt(abs({a}))",
        ]
        if families is None:
            forms += [f"Q({a})", f"(C({a}) + {leaf})"]
        return self.one(forms)

    def leaf(self, role: str, over: str, many: bool) -> str:
        """The least vectors: names, gradients, means of families."""
        names = self.scope.readable(role, "vector", over, families=many)
        forms = [*names, "x0", "x"]
        if role == "node":
            forms += [f"grad({name})" for name in names] * 2
        if role == "server" and not many:
            forms += self.means() * 2
        return self.one(forms)

    def means(self) -> list[str]:
        """Of vectors of which the server has one per member: over the nodes that this statement's aggregates run over."""
        own = [n.text for n in self.families() if n.over == self.over]
        whole = [n.text for n in self.families() if not n.over] if self.over and own else []
        return [f"mean({name})" for name in own] + [f"mean({name} over {own[0]})" for name in whole]

    def families(self) -> list[Name]:
        """Vectors of which the server has one per member."""
        return [n for n in self.scope.names.values() if n.family and n.kind == "vector" and n.place == "link"]

    def real(self, role: str, over: str = "", *, families: bool | None = None) -> str:
        """A number of moderate size."""
        many = role != "server" if families is None else families
        names = self.scope.readable(role, "real", over, families=many)
        of = self.leaf(role, over, many)
        return self.one(
            [*(f"clip({n}, -2, 2)" for n in names), "gamma", f"1 / (1 + norm1({of}))", f"min(1, norm({of}))"]
        )


@st.composite
def specs(draw: Any) -> str:
    """A random spec."""
    return Author(draw).spec()
