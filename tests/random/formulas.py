"""Random expressions of a kind, as a seat may write them: the forms of the language, a line each.

Whatever they are of, their values stay moderate: products and powers are of clipped numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias, TypeVar
from zlib import crc32

from cablese.dsl.check.kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from written_names import Names, Seat, Value

T = TypeVar("T")
Form: TypeAlias = Callable[[], str]

NUMBERS = (Kind.REAL, Kind.INT)
BLOCK_NORMS = ("block_norm", "block_norm1", "block_norm2", "block_norm_inf")


class Formulas:
    """Writes expressions over the names of a path; `chance` decides everything."""

    chance: Random
    names: Names
    counters: list[str]
    compressors: Sequence[str]
    oracle: str
    on_graph: bool
    sampled: bool
    never_empty: set[Domain]

    def __init__(self) -> None:
        self.operands: list[Where] = []  # of the expression that is being written
        self.aggregated: Domain | None = None  # over whom its aggregates run
        self.may_compress = False

    # --- chance ----------------------------------------------------------------------------------------------

    def one(self, choices: Sequence[T]) -> T:
        """One of several."""
        return self.chance.choice(choices)

    def perhaps(self, likely: float) -> bool:
        """A coin."""
        return self.chance.random() < likely

    # --- expressions -----------------------------------------------------------------------------------------

    def formula(
        self, kind: Kind, seat: Seat, depth: int = 2, *, compress: bool = False
    ) -> tuple[str, list[Where]]:
        """An expression, and where its operands are."""
        outside = self.operands, self.aggregated, self.may_compress
        self.operands, self.aggregated, self.may_compress = [], None, compress
        text = self.of(kind, seat, depth)
        operands = self.operands
        self.operands, self.aggregated, self.may_compress = outside
        return text, operands

    def of(self, kind: Kind, seat: Seat, depth: int) -> str:
        """An expression of a kind."""
        leaves = self.leaves(kind, seat)
        if depth <= 0 or self.perhaps(0.2):
            return self.one(leaves)()
        forms = {
            Kind.VECTOR: self.vectors,
            Kind.REAL: self.reals,
            Kind.INT: self.ints,
            Kind.BOOL: self.bools,
            Kind.MASK: self.masks,
        }[kind](seat, depth - 1)
        return self.one([*leaves, *forms])()

    def leaves(self, kind: Kind, seat: Seat) -> list[Form]:
        """What is not made of other expressions, names before all."""
        named: list[Form] = [
            lambda value=value: self.read(value) for value in self.names.at(seat, *_held_as(kind))
        ]
        match kind:
            case Kind.VECTOR:
                plain = ["x0", "zeros", "0.5 * x0"]
            case Kind.REAL:
                plain = ["0.5", "2.5", "gamma", "beta", "prev(beta)", "mu", "L", "-1.25", "1e-3"]
            case Kind.INT:
                plain = ["1", "3", "n", "d", "-2", "rounds", *self.counters, *self.counters]
            case Kind.BOOL:
                plain = ["true", "false"]
            case _:
                return [*named, lambda: f"{self.of(Kind.VECTOR, seat, 0)} > 0.25"]
        own = self.constants_of_nodes(kind, seat)
        return [*named * 3, *(lambda text=text: text for text in plain), *own, *self.aggregates(kind, seat)]

    def read(self, value: Value) -> str:
        """A name, its place noted."""
        self.operands.append(value.where)
        return value.name

    def constants_of_nodes(self, kind: Kind, seat: Seat) -> list[Form]:
        """Constants of which each node has its own."""
        names = {Kind.REAL: ("L_i",), Kind.INT: ("samples_i", "node_index")}
        if seat.spread is not Spread.NODES or kind not in names or self.on_graph:
            return []

        def own() -> str:
            self.operands.append(Where(Placement.LINK, Spread.NODES))
            return self.one(names[kind])

        return [own]

    # --- kinds -----------------------------------------------------------------------------------------------

    def vectors(self, seat: Seat, depth: int) -> list[Form]:
        """Forms that give a vector."""

        def v() -> str:
            return self.of(Kind.VECTOR, seat, depth)

        def r() -> str:
            return self.small(seat, depth)

        forms: list[Form] = [
            lambda: f"({v()} + {v()})",
            lambda: f"({v()} - {v()})",
            lambda: f"{r()} * {v()}",
            lambda: f"({v()}) * clip({v()}, -2, 2)",
            lambda: f"({v()}) / (1 + abs({self.of(self.one(NUMBERS), seat, depth)}))",
            lambda: f"-({v()})",
            lambda: f"({v()}) % 3",
            lambda: f"clip({v()}, -2, 2) ^ 2",
            lambda: f"{self.one(('abs', 'sign', 'floor', 'ceil', *BLOCK_NORMS))}({v()})",
            lambda: f"sqrt(abs({v()}))",
            lambda: f"log(1 + abs({v()}))",
            lambda: f"exp(clip({v()}, -2, 2))",
            lambda: f"{self.one(('cos', 'sin'))}({v()})",
            lambda: f"{self.one(('min', 'max'))}({v()}, {v()})",
            lambda: f"clip({v()}, -1, {r()})",
            lambda: f"where({self.of(Kind.MASK, seat, depth)}, {v()}, {v()})",
            lambda: f"where({self.of(Kind.BOOL, seat, depth)}, {v()}, {v()})",
            lambda: f"prox({v()}, 0.1)",
        ]
        if seat.role is Placement.NODE:
            forms += [lambda: self.gradient(seat, v())] * 4
        if self.may_compress:
            forms += [lambda: self.squeezed(v(), seat)] * 2
        return forms

    def gradient(self, seat: Seat, point: str) -> str:
        """An oracle, of a batch where there is one."""
        self.operands.append(Where(Placement.NODE, Spread.NODES))
        batches = self.names.at(seat, Kind.BATCH)
        if batches and self.perhaps(0.6):
            return f"{self.oracle}({point}, {self.one(batches).name})"
        return f"{self.oracle}({point})"

    def squeezed(self, vector: str, seat: Seat) -> str:
        """Compressed; now and then with an argument of the round."""
        name = self.one(self.compressors)
        if name == "T" and self.perhaps(0.5):
            everyone = Seat(Placement.ALL, Spread.ONE)
            return f"T({vector}, k = 1 + {self.whole(everyone)} % 3)"
        return f"{name}({vector})"

    def whole(self, seat: Seat) -> str:
        """A short whole number."""
        return self.one([*(v.name for v in self.names.at(seat, Kind.INT)), *self.counters, "2"])

    def reals(self, seat: Seat, depth: int) -> list[Form]:
        """Forms that give a number."""

        def v() -> str:
            return self.of(Kind.VECTOR, seat, depth)

        def r() -> str:
            return self.of(Kind.REAL, seat, depth)

        norms = ("norm", "norm1", "norm2", "norm_inf")
        forms: list[Form] = [
            lambda: f"({r()} + {r()})",
            lambda: f"({r()} - {r()})",
            lambda: f"{self.small(seat, depth)} * {self.small(seat, depth)}",
            lambda: f"({r()}) / (1 + abs({r()}))",
            lambda: f"({r()}) % 2",
            lambda: f"min({r()}, {r()}, {r()})",
            lambda: f"sqrt(abs({r()}))",
            lambda: f"exp(clip({r()}, -2, 1))",
            lambda: f"{self.one(('cos', 'sin'))}({r()})",
            lambda: f"where({self.of(Kind.BOOL, seat, depth)}, {r()}, {r()})",
            lambda: f"dot({v()}, {v()})",
            *[lambda: f"{self.one(norms)}({v()})"] * 3,
            lambda: self.of(Kind.INT, seat, depth),
        ]
        if seat.role is Placement.NODE and self.oracle == "grad":
            forms.append(lambda: f"norm({self.gradient(seat, v())})")
            forms.append(lambda: self.loss(v()))
        return forms

    def loss(self, point: str) -> str:
        """A node's own value of the objective."""
        self.operands.append(Where(Placement.NODE, Spread.NODES))
        return f"loss({point})"

    def small(self, seat: Seat, depth: int) -> str:
        """A number of moderate size."""
        text = self.of(Kind.REAL, seat, depth)
        return text if text in ("0.5", "gamma", "beta", "2.5") else f"clip({text}, -2, 2)"

    def ints(self, seat: Seat, depth: int) -> list[Form]:
        """Forms that give a whole number."""

        def i() -> str:
            return self.of(Kind.INT, seat, depth)

        return [
            lambda: f"({i()} + {i()})",
            lambda: f"({i()} - {i()})",
            lambda: f"clip({i()}, -3, 3) * clip({i()}, -3, 3)",
            lambda: f"({i()}) % {self.one(('2', '3', '5'))}",
            lambda: f"max({i()}, {i()})",
            lambda: f"where({self.of(Kind.BOOL, seat, depth)}, {i()}, {i()})",
            lambda: f"{self.one(('floor', 'ceil'))}(clip({self.of(Kind.REAL, seat, depth)}, -4, 4))",
            lambda: f"clip({i()}, -2, 2) ^ 2",
        ]

    def bools(self, seat: Seat, depth: int) -> list[Form]:
        """Forms that give a truth value."""

        def r() -> str:
            return self.of(self.one(NUMBERS), seat, depth)

        def b() -> str:
            return self.of(Kind.BOOL, seat, depth)

        def compared() -> str:
            return f"{r()} {self.one(('<', '<=', '>', '>=', '==', '!='))} {r()}"

        return [
            *[compared] * 3,
            lambda: f"{self.of(Kind.INT, seat, depth)} % 2 == 0",
            lambda: f"norm({self.of(Kind.VECTOR, seat, depth)}) > {self.one(('0.2', '1', '3'))}",
            lambda: f"-1 < {r()} <= 2",
            lambda: f"({b()}) and ({b()})",
            lambda: f"({b()}) or ({b()})",
            lambda: f"not ({b()})",
        ]

    def masks(self, seat: Seat, depth: int) -> list[Form]:
        """Forms that give a truth value per coordinate."""

        def v() -> str:
            return self.of(Kind.VECTOR, seat, depth)

        forms: list[Form] = [
            *[lambda: f"{v()} {self.one(('<', '>', '>=', '=='))} {v()}"] * 3,
            lambda: f"({self.of(Kind.MASK, seat, depth)}) and ({self.of(Kind.MASK, seat, depth)})",
            lambda: f"not ({self.of(Kind.MASK, seat, depth)})",
            lambda: 'block("x")',
        ]
        written = [value for value in self.names.at(seat, Kind.VECTOR) if value.packed]
        return [*forms, *(lambda value=value: f"support({self.read(value)})" for value in written)]

    # --- families --------------------------------------------------------------------------------------------

    def aggregates(self, kind: Kind, seat: Seat) -> list[Form]:
        """What the server makes of families, and a node of its neighbours' values."""
        if seat.role is Placement.NODE and kind in (Kind.VECTOR, Kind.REAL) and self.on_graph:
            near = [v for v in self.names.at(seat, kind) if v.where.placement is Placement.NEIGHBORS]
            return [lambda value=value: self.mixed(value) for value in near] * 2
        if (
            seat.role is not Placement.SERVER
            or seat.spread is not Spread.ONE
            or kind not in (Kind.VECTOR, *NUMBERS)
        ):
            return []
        fit = [v for v in self.names.families(*_held_as(kind)) if self.aggregated in (None, v.where.domain)]
        return [lambda value=value: self.aggregate(value, seat) for value in fit] * 2

    def mixed(self, value: Value) -> str:
        """An average over neighbours."""
        self.operands.append(Where(Placement.NODE, Spread.NODES))
        near = "x0" if value.kind is Kind.VECTOR else "n"
        return self.one((f"mix({value.name})", f"mix({value.name} - 0.5 * {near})"))

    def aggregate(self, value: Value, seat: Seat) -> str:
        """One value of a family, or of what is computed with it."""
        where = value.where
        self.aggregated = where.domain
        some = where.spread is Spread.GROUPS or where.domain in self.never_empty
        whole = value.kind is Kind.INT
        functions = ["mean", "mean", "sum", "min", "max", "median"] if some else ["mean", "sum"]
        function = self.one([f for f in functions if not (whole and f in ("mean", "median"))])
        inside = replace(seat, spread=where.spread, domain=where.domain)
        outside, self.operands = self.operands, []
        compress, self.may_compress = self.may_compress, False
        forms = [value.name] * 3
        if where.spread is Spread.NODES and where.domain == EVERYONE and function in ("mean", "sum"):
            some = [
                v
                for v in self.names.families(*Kind)
                if v.where.domain != EVERYONE and v.kind is not Kind.BATCH
            ]
            forms += [f"{value.name} over {v.name}" for v in some]
        if value.kind is Kind.VECTOR:
            forms += [f"{value.name} - {self.of(Kind.VECTOR, inside, 0)}", f"abs({value.name})"]
        self.operands, self.may_compress = outside, compress
        form = self.one(forms)
        robust = function == "median" and value.kind is Kind.VECTOR and where.domain == EVERYONE
        written = _ROBUST[crc32(form.encode()) % len(_ROBUST)] if robust else f"{function}({{}})"
        groups = function not in ("mean", "sum") and not whole and where.spread is Spread.NODES
        if (
            groups and "0" not in written
        ):  # krum needs three rows, and a trimmed mean some that groups may not leave
            written = written.replace(")", _GROUPS[crc32(form.encode()) % len(_GROUPS)])
        return written.format(form)


_GROUPS = (")", ")", ", by = node_index % 2)", ", by = 1 - node_index)")
"""The values that an aggregate is of: those of nodes, or the means of some of the nodes."""

_ROBUST = ("median({})", "geometric_median({})", "trimmed_mean({}, 0)", "krum({}, 0)")
"""Aggregates of vectors that outliers do not carry away, with no node to withstand, for runs of few."""


def _held_as(kind: Kind) -> tuple[Kind, ...]:
    """The kinds of names that are accepted as this kind."""
    return NUMBERS if kind is Kind.REAL else (kind,)
