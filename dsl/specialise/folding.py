"""Formulas with names bound: literals are computed, terms and factors without effect are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..check import program as core
from ..check.constants import CONSTANTS
from ..check.kinds import HISTORIES, Kind, Spread
from ..check.operators import AGGREGATES, FIGURES, ORACLES
from ..check.uses import counters_of, targets_in
from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS
from ..text.source import Span
from . import literals
from .literals import ZEROS, is_zero, value_of

_OF_VECTORS = frozenset({"dot", "norm", "norm2", "norm1", "norm_inf"})  # numbers
_LINEAR = frozenset({*AGGREGATES, "mix"})
_FIGURES: Mapping[str, str | int] = {  # of the identity
    **dict.fromkeys(("omega", "ab_A", "ab_B"), 0),
    **dict.fromkeys(("delta", "share"), 1),
    "density": "d",
}


@dataclass
class Folder:
    """Formulas of one spec under bindings: `vectors` and `families` are names of that kind and spread, `replaced` have a
    value, `exact` are those of the `compressors` that change nothing, `batches` are all samples, `everyone` are sets of all
    nodes."""

    vectors: frozenset[str]
    families: frozenset[str]
    replaced: dict[str, nodes.Expr] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    batches: set[str] = field(default_factory=set)
    everyone: set[str] = field(default_factory=set)
    compressors: frozenset[str] = frozenset()
    histories: frozenset[str] = frozenset()
    counters: frozenset[str] = frozenset()
    plain_prox: bool = False

    def fold(self, expr: nodes.Expr) -> nodes.Expr:
        """The same value, in a formula that may be shorter."""
        folded = EXPRESSIONS.map_children(expr, self.fold)
        match folded:
            case nodes.Name():
                found = self.replaced.get(folded.id)
                return folded if found is None else _at(found, folded.span)
            case nodes.Unary():
                return _unary(folded)
            case nodes.Binary():
                return self._binary(folded)
            case nodes.Comparison():
                return literals.compared(folded)
            case nodes.Call():
                return self._call(folded)
            case _:
                return folded

    def is_gone(self, name: str) -> bool:
        """True for a name that no statement needs to bind."""
        return name in self.replaced or name in self.batches or name in self.everyone

    def is_vector(self, expr: nodes.Expr) -> bool:
        """True for a formula whose value is a vector."""
        match expr:
            case nodes.Name():
                constant = CONSTANTS.get(expr.id)
                return expr.id in self.vectors or (constant is not None and constant.kind is Kind.VECTOR)
            case nodes.Call():
                name = expr.function.id
                if name in ORACLES:
                    return ORACLES[name] is Kind.VECTOR
                if name in _OF_VECTORS or name in FIGURES:
                    return False
            case _:
                pass
        return any(map(self.is_vector, EXPRESSIONS.children(expr)))

    def _binary(self, binary: nodes.Binary) -> nodes.Expr:
        left, right = binary.left, binary.right
        found = literals.computed(binary.operator, left, right, binary.span)
        if found is not None:
            return found
        match binary.operator:
            case "+" | "-":
                return self._sum(binary)
            case "*":
                return self._product(binary)
            case "/":
                if is_zero(left):
                    return self._zero(binary)
                return left if value_of(right) == 1 else binary
            case "^":
                return left if value_of(right) == 1 else binary
            case "%" if value_of(right) == 1 and self._is_whole_number(left):
                return nodes.Number(0, binary.span)
            case _:
                return _logical(binary)

    def _is_whole_number(self, expr: nodes.Expr) -> bool:
        """True for sums and products of counters and whole numbers."""
        match expr:
            case nodes.Name():
                return expr.id in self.counters
            case nodes.Number():
                return isinstance(expr.value, int)
            case nodes.Binary("+" | "-" | "*"):
                return all(map(self._is_whole_number, (expr.left, expr.right)))
            case _:
                return False

    def _sum(self, binary: nodes.Binary) -> nodes.Expr:
        left, right = binary.left, binary.right
        if is_zero(right) and self._absorbs(left, right):
            return left
        if is_zero(left) and self._absorbs(right, left):
            return right if binary.operator == "+" else _unary(nodes.Unary("-", right, binary.span))
        return binary

    def _absorbs(self, expr: nodes.Expr, zero: nodes.Expr) -> bool:
        """True where a sum with this zero has the kind of `expr`."""
        return isinstance(zero, nodes.Number) or self.is_vector(expr)

    def _product(self, binary: nodes.Binary) -> nodes.Expr:
        left, right = binary.left, binary.right
        if is_zero(left) or is_zero(right):
            return self._zero(binary)
        if value_of(left) == 1:
            return right
        return left if value_of(right) == 1 else binary

    def _zero(self, expr: nodes.Expr) -> nodes.Expr:
        """The zero of a formula's kind."""
        return nodes.Name(ZEROS, expr.span) if self.is_vector(expr) else nodes.Number(0, expr.span)

    def _call(self, call: nodes.Call) -> nodes.Expr:
        name, arguments = call.function.id, call.arguments
        if name in self.exact and arguments:
            return arguments[0]
        match name:
            case "prox" if self.plain_prox:
                return arguments[0]
            case "where" if isinstance(arguments[0], nodes.Boolean):
                return arguments[1] if arguments[0].value else arguments[2]
            case "where" if arguments[1] == arguments[2] and (
                self.is_vector(arguments[1]) or not self.is_vector(arguments[0])
            ):
                return arguments[1]
            case "where" if self._is_whole(arguments[0]) and (
                self.is_vector(arguments[1]) or is_zero(arguments[1])
            ):
                return arguments[1] if self.is_vector(arguments[1]) else nodes.Name(ZEROS, call.span)
            case "prev" if value_of(arguments[0]) is not None:
                return arguments[0]
            case _ if name in FIGURES:
                return self._figure(call)
            case _ if name in ORACLES and len(arguments) == 2:
                batch = arguments[1]
                full = isinstance(batch, nodes.Name) and batch.id in self.batches
                return replace(call, arguments=arguments[:1]) if full else call
            case _ if name in _LINEAR and len(arguments) == 1:
                return arguments[0] if is_zero(arguments[0]) else self._aggregate(call)
            case _ if name in _OF_VECTORS and any(map(is_zero, arguments)):
                return nodes.Number(0, call.span)
            case _:
                return literals.called(call)

    def _is_whole(self, mask: nodes.Expr) -> bool:
        """True for the support of what no compressor shortens."""
        return (
            isinstance(mask, nodes.Call) and mask.function.id == "support" and self.compressors <= self.exact
        )

    def _figure(self, call: nodes.Call) -> nodes.Expr:
        (compressor,) = call.arguments
        known = _FIGURES.get(call.function.id)
        if known is None or not isinstance(compressor, nodes.Name) or compressor.id not in self.exact:
            return call
        return nodes.Name(known, call.span) if isinstance(known, str) else nodes.Number(known, call.span)

    def _aggregate(self, call: nodes.Call) -> nodes.Expr:
        """An aggregate over a set of all nodes is one of the family; one value, that a family's name may have been replaced
        by, is its own mean."""
        (value,) = call.arguments
        if isinstance(value, nodes.Over):
            if not (isinstance(value.family, nodes.Name) and value.family.id in self.everyone):
                return call
            value = value.operand
        if self._is_family(value) or self._is_history(value):
            return replace(call, arguments=(value,))
        if call.function.id != "sum":
            return value
        n = self.fold(nodes.Name("n", call.span))
        return self.fold(nodes.Binary("*", n, value, call.span, call.span))

    def _is_history(self, expr: nodes.Expr) -> bool:
        return isinstance(expr, nodes.Name) and expr.id in self.histories

    def _is_family(self, expr: nodes.Expr) -> bool:
        names = (part.id for part in EXPRESSIONS.walk(expr) if isinstance(part, nodes.Name))
        return any(
            name in self.families or (name in CONSTANTS and CONSTANTS[name].where.spread is not Spread.ONE)
            for name in names
        )


def folder_of(program: core.Program) -> Folder:
    """The folder of a spec with nothing bound, by its checked program."""
    targets = list(targets_in(program))
    vectors = frozenset(t.symbol.name for t in targets if t.kind in (Kind.VECTOR, Kind.VECTORS))
    families = frozenset(t.symbol.name for t in targets if t.where.spread is not Spread.ONE)
    compressors = frozenset(c.symbol.name for c in program.compressors)
    histories = frozenset(t.symbol.name for t in targets if t.kind in HISTORIES)
    counters = frozenset(symbol.name for symbol in counters_of(program))
    return Folder(
        vectors | compressors, families, compressors=compressors, histories=histories, counters=counters
    )


def _at(expr: nodes.Expr, span: Span) -> nodes.Expr:
    """A value where a name stood."""
    moved = replace(expr, span=span)
    return EXPRESSIONS.map_children(moved, lambda part: _at(part, span))


def _unary(unary: nodes.Unary) -> nodes.Expr:
    inner = unary.operand
    match inner:
        case nodes.Boolean() if unary.operator == "not":
            return nodes.Boolean(not inner.value, unary.span)
        case nodes.Unary() if inner.operator == unary.operator:
            return inner.operand
        case _ if unary.operator == "-" and is_zero(inner):
            return inner
        case _:
            return unary


def _logical(binary: nodes.Binary) -> nodes.Expr:
    """`and` and `or` with a truth value that is known."""
    if binary.operator not in ("and", "or"):
        return binary
    decisive = binary.operator == "or"
    for known, other in ((binary.left, binary.right), (binary.right, binary.left)):
        if isinstance(known, nodes.Boolean):
            return known if known.value is decisive else other
    return binary
