"""Random well-typed specs on graphs: blocks of nodes and of neighbours, messages, draws, averages, branches."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from random_specs import COMPRESSORS, Author, Name, Scope, joined

READABLE = {"all": ("all",), "node": ("all", "node", "neighbors"), "neighbors": ("all", "neighbors")}
STATES = {"x": "node", "g": "all", "h": "neighbors"}


class Local(Scope):
    """What is bound, where there is no server."""

    def readable(self, role: str, kind: str, over: str, *, families: bool) -> list[str]:
        """Names that an expression of a role may read."""
        return [n.text for n in self.names.values() if n.kind == kind and n.place in READABLE[role]]


class Peer(Author):
    """Writes one spec without a server."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.number = 0
        self.scope = Local()
        self.home()

    def home(self) -> None:
        """States are where they belong."""
        for state, place in STATES.items():
            self.scope.bind(Name(state, place))

    def spec(self) -> str:
        """The whole text."""
        for _ in range(self.draw(st.integers(2, 7))):
            self.statement("    ", self.draw(st.integers(0, 2)))
        self.finish()
        chosen = [f"compressor {name}: any = {self.one(forms)}" for name, forms in COMPRESSORS.items()]
        init = ["    all: g = x0 + 0.5", "    node: x = x0 - 0.25", "    neighbors: h = zeros"]
        head = [
            "algorithm Random",
            "problem minimize on graph",
            "",
            *chosen,
            "param gamma = rho / 10",
            "",
            "init:",
        ]
        output = self.one(("x", "average(x)", "h"))
        return "\n".join([*head, *init, "", "round k:", *self.lines, "", f"output {output}"]) + "\n"

    def statement(self, indent: str, depth: int) -> None:
        """Any statement; branches hold some."""
        kinds = [self.assignment, self.assignment, self.tell, self.tell, self.event]
        chosen = self.one([*kinds, self.branch] if depth else kinds)
        if chosen == self.branch:
            self.branch(indent, depth)
        else:
            chosen(indent)

    def assignment(self, indent: str) -> None:
        """At any role; a state stays within bounds."""
        role = self.one(("all", "node", "node", "neighbors"))
        own = next(state for state, place in STATES.items() if place == role)
        if self.draw(st.booleans()):
            self.line(indent, f"{role}: {own} = clip({self.vector(role)}, -9, 9)")
            self.scope.bind(Name(own, role))
            return
        kind = self.one(("vector", "vector", "real"))
        value = self.vector(role) if kind == "vector" else self.real(role)
        name = self.fresh()
        self.line(indent, f"{role}: {name} = {value}")
        self.scope.bind(Name(name, role, kind))

    def fresh(self) -> str:
        """A name that is not taken, or now and then one that is free to be bound again."""
        again = [text for text in self.scope.names if text[0] == "v"]
        if again and self.draw(st.integers(0, 5)) == 0:
            return self.one(again)
        self.number += 1
        return f"v{self.number}"

    def tell(self, indent: str) -> None:
        """Nodes to neighbours: a vector, compressed or not, perhaps with a number, perhaps the model under its name."""
        items = {self.fresh(): ("vector", self.sent("node"))}
        if self.draw(st.integers(0, 3)) == 0:
            items[self.fresh()] = ("real", self.real("node"))
        written = [f"{name} = {value}" for name, (_, value) in items.items()]
        if self.draw(st.integers(0, 4)) == 0:
            written.append("x")
            items["x"] = ("vector", "x")
        self.line(indent, "node -> neighbors: " + ", ".join(written))
        for name, (kind, _) in items.items():
            self.scope.bind(Name(name, "neighbors", kind))

    def event(self, indent: str) -> None:
        """A number that every node draws for itself, or with its neighbours, or all alike."""
        role, name = self.one(("all", "node", "neighbors")), self.fresh()
        self.line(indent, f"{role}: event {name} ~ {self.one(('uniform(-1, 1)', 'normal(0, 1)'))}")
        self.scope.bind(Name(name, role, "real"))

    def branch(self, indent: str, depth: int) -> None:
        """By a coin that all know."""
        self.number += 1
        coin = f"c{self.number}"
        self.line(indent, f"all: event {coin} ~ bernoulli({self.one((0.3, 0.7))})")
        before = dict(self.scope.names)
        self.line(indent, f"if {coin}:")
        self.way(indent, depth)
        then = self.scope
        self.scope = Local(dict(before))
        if self.draw(st.booleans()):
            self.line(indent, "else:")
            self.way(indent, depth)
        self.scope = Local(joined(then, self.scope).names)
        self.home()

    def finish(self) -> None:
        """Something is sent, and the point moves."""
        self.line("    ", f"node -> neighbors: last = {self.sent('node')}")
        self.scope.bind(Name("last", "neighbors"))
        step = f"0.5 * (mix(last) - last) - gamma * grad({self.leaf('node', '', True)})"
        self.line("    ", f"node: x = clip(x + {step}, -9, 9)")

    def leaf(self, role: str, over: str, many: bool) -> str:
        """The least vectors: names, gradients, averages over neighbours."""
        names = self.scope.readable(role, "vector", over, families=True)
        forms = [*names, "x0", "g"]
        if role == "node":
            forms += [f"grad({name})" for name in names]
            shared = [n for n in self.scope.names.values() if n.place == "neighbors" and n.kind == "vector"]
            forms += [f"mix({n.text})" for n in shared] * 2 + [f"mix({n.text} - 0.5 * g)" for n in shared]
        return self.one(forms)


@st.composite
def specs(draw: Any) -> str:
    """A random spec."""
    return Peer(draw).spec()
