"""Values of a spec's expressions as combinations, from those of the names that they read."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from ..check import program as core
from ..check.constants import CONSTANTS
from ..check.contracts import Contract
from ..check.kinds import Domain, Kind, Spread
from .combination import (
    NOTHING,
    TRUE,
    Combination,
    atom,
    case_by_case,
    number,
    scalar,
)
from .compressions import Made, compressed
from .conditions import range_of
from .functions import LOCAL, ONES, apply, is_local, key_of, opaque_number
from .histories import OF_HISTORIES, of_history
from .parts import (
    aggregated,
    asked,
    averaged,
    mixed,
    narrowed,
    proximal,
)
from .ranges import ANY
from .symbols import (
    ALL_SAMPLES,
    CONSTANT_RANGES,
    EVERYONE,
    EXACT_FIGURES,
    FIGURE_RANGES,
    NotRead,
    Symbols,
)


def evaluated(program: core.Program, symbols: Symbols, expr: core.Expr) -> Combination:
    """The value of an expression of a spec's setup."""
    return Expressions(program, symbols).value(expr)


class Expressions:
    """The values of names at a place of a block, and what is known of its sets."""

    def __init__(self, program: core.Program, symbols: Symbols) -> None:
        self.program, self.symbols = program, symbols
        self.params = {q.symbol.name: q for q in program.params}
        self.contracts = {c.symbol.name: c for c in program.compressors}
        self.values: dict[str, Combination] = {}
        self.counters: dict[str, Combination] = {}
        self.sets: dict[int, str] = {}
        self.sizes: dict[str, Combination] = {}  # of sets that are drawn with one
        self.never_empty = {EVERYONE}
        self.wishes: dict[str, Combination] = {}  # of nodes that send `when` something holds, by their set
        self.made = Made()

    def value(self, expr: core.Expr) -> Combination:
        """The value of an expression."""
        match expr:
            case core.Literal():
                return scalar(
                    number(Fraction(str(expr.value)) if not isinstance(expr.value, bool) else int(expr.value))
                )
            case core.Read():
                if expr.symbol.name not in self.values:
                    raise NotRead(f"`{expr.symbol.name}` has no value on this path")
                return self.values[expr.symbol.name]
            case core.ParamRead():
                return self._param(expr)
            case core.Constant():
                return self._constant(expr.name)
            case core.BlockMask():
                return atom(key_of(False, "block", expr.block))
            case core.Counter():
                return self.counters.get(expr.symbol.name, self.symbols.counter)
            case core.Apply():
                if expr.operator == "mix":
                    return mixed(self.value(expr.arguments[0]), keeps_ones=not self.program.is_directed)
                if expr.operator == "support" and self.contracts.keys() <= self.symbols.exact:
                    return TRUE  # of what no compressor shortens
                operands = tuple(self.value(a) for a in expr.arguments)
                return (
                    of_history(expr, operands)
                    if expr.operator in OF_HISTORIES
                    else apply(expr.operator, operands)
                )
            case core.Aggregate():
                return self._aggregate(expr)
            case core.Oracle():
                return self._oracle(expr)
            case core.Compress():
                return self._compress(expr)
            case core.Figure() if (
                expr.compressor.name in self.symbols.exact and expr.operator in EXACT_FIGURES
            ):
                return scalar(number(EXACT_FIGURES[expr.operator]))
            case core.Figure():
                key = self.symbols.compressors[expr.compressor.name]
                return opaque_number(FIGURE_RANGES[expr.operator], False, expr.operator, key)
            case core.Who():
                over = expr.family.where.domain.over
                return atom(EVERYONE if over is None else self._set(expr.family.where.domain))
            case _:
                assert_never(expr)

    def _param(self, expr: core.ParamRead) -> Combination:
        name = expr.symbol.name
        given = self.symbols.params.get(name)
        value = self.params[name].value
        if given is not None and not self.params[name].schedule:
            return given
        if value is None:
            raise NotRead(f"`{name}` has no value")
        outside, counter = self.counters, self.program.counter.name if self.program.counter else "k"
        if expr.previous:
            self.counters = {**outside, counter: self.symbols.counter - scalar(number(1))}
        found, self.counters = self.value(value), outside
        return narrowed(found, self.symbols.ranges.get(name) or range_of(self.params[name]))

    def _constant(self, name: str) -> Combination:
        row = CONSTANTS[name]
        if name == "n" and self.symbols.nodes is not None:
            return self.symbols.nodes
        if name == "zeros":
            return NOTHING
        if row.kind is Kind.VECTOR:
            return atom(ONES if name == "ones" else name)
        return opaque_number(
            CONSTANT_RANGES.get(name, ANY), row.where.spread is not Spread.ONE, "constant", name
        )

    def _set(self, domain: Domain) -> str:
        if domain.over is None:
            return EVERYONE
        if domain.over in self.sets:
            return self.sets[domain.over]
        raise NotRead("a set of several paths")

    def _size(self, over: str, spread: Spread) -> Combination:
        """The number of members of a set."""
        return self.sizes.get(over) or opaque_number(ANY, False, "size", over, spread.value)

    def _aggregate(self, expr: core.Aggregate) -> Combination:
        value, over = self.made.zeros.left_out(self.value(expr.argument)), self._set(expr.domain)
        if over == EVERYONE and self._constant("n") == TRUE and not expr.plugin:
            return value
        if over in self.wishes and expr.operator == "sum":
            sent = self.made.zeros.left_out(self.wishes[over] * value)
            return averaged(sent, EVERYONE, Spread.NODES, never_empty=True) * self._constant("n")
        if expr.operator in ("mean", "sum"):
            spread = Spread.GROUPS if expr.argument.where.spread is Spread.GROUPS else Spread.NODES
            mean = averaged(value, over, spread, never_empty=over in self.never_empty)
            if expr.operator == "mean":
                return mean
            everyone = over == EVERYONE and spread is Spread.NODES
            return mean * (self._constant("n") if everyone else self._size(over, spread))

        beside = [self.value(each).digest() for each in (expr.setting, expr.groups) if each is not None]

        def opaque(inner: Combination) -> Combination:
            return aggregated(expr.operator, over, inner, *beside) if is_local(inner) else inner

        return case_by_case(opaque, (value,), lambda guard: not guard.startswith(LOCAL))

    def _oracle(self, expr: core.Oracle) -> Combination:
        point = self.value(expr.point)
        if expr.operator == "prox":
            if self.symbols.plain_prox:
                return point
            return proximal(point, NOTHING if expr.batch is None else self.value(expr.batch))
        return asked(
            expr.operator, point, atom(ALL_SAMPLES) if expr.batch is None else self.value(expr.batch)
        )

    def _compress(self, expr: core.Compress) -> Combination:
        """The value of an application; of a compressor that changes nothing its argument."""
        name, argument = expr.compressor.name, self.value(expr.argument)
        if name in self.symbols.exact:
            return argument
        settings = tuple(self.value(v) for _, v in expr.settings)
        collective = self.contracts[name].contract is Contract.COLLECTIVE
        return compressed(expr, (argument, *settings), self.symbols, self.made, collective=collective)
