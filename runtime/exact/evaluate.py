"""Expressions of a spec -> linear combinations of unknown vectors, quadratic forms of them, and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from cablese.dsl.check import program as core
from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.kinds import Spread
from cablese.dsl.check.scalars import computed

from ..execute.resolve import Resolver
from . import errors
from .coins import Coins
from .space import Space

WHOLE = object()
"""A batch of all samples."""

Values = Mapping[str, Any]
"""Values by name: of families a list, one of each node."""


@dataclass
class Evaluator:
    """Reads expressions of one path of a run."""

    space: Space
    resolver: Resolver
    coins: Coins
    results: dict[object, Any]  # of compressors, by what is known when they are chosen
    contracts: Mapping[str, Contract]
    worst_draws: set[str]  # unbiased compressors with an error, which are taken draw by draw
    values: Values = field(default_factory=dict)
    round: int = 0
    counters: dict[int, int] = field(default_factory=dict)
    chosen: int = 0  # results so far on this path

    def read(self, expr: core.Expr, node: int | None = None) -> Any:
        """The value of an expression, of a family the node's."""
        match expr:
            case core.Literal():
                return expr.value
            case core.Read():
                return self._variable(expr, node)
            case core.ParamRead():
                return self._param(expr)
            case core.Counter():
                return self.counters[expr.symbol.number]
            case core.Constant():
                return self._constant(expr)
            case core.Apply():
                return self._applied(expr, [self.read(part, node) for part in expr.arguments])
            case core.Aggregate():
                return self._folded(expr)
            case core.Oracle():
                return self._oracle(expr, node)
            case core.Compress():
                return self._compressed(expr, node)
            case core.Figure():
                return self.resolver.figure_in_rounds(expr.operator, expr.compressor.name)(self.round)
            case core.BlockMask() | core.Who():
                raise errors.not_linear(expr.span)
            case _:
                assert_never(expr)

    def family(self, expr: core.Expr) -> list[Any]:
        """The values of all nodes."""
        if expr.where.spread is Spread.GROUPS:
            raise errors.groups(expr.span)
        return [self.read(expr, node) for node in range(self.space.instance.n)]

    def one(self, expr: core.Expr) -> Any:
        """The value of an expression, of a family the mean over nodes."""
        if expr.where.spread is Spread.ONE:
            return self.read(expr)
        rows = self.family(expr)
        return sum(rows[1:], rows[0]) / len(rows)

    def number(self, expr: core.Expr, node: int | None = None) -> float | int | bool:
        """A number that is known before the worst problem is."""
        value = self.read(expr, node)
        if not isinstance(value, (int, float)):
            raise errors.branches_differ(expr.span)
        return value

    # --- leaves ----------------------------------------------------------------------------------------------

    def _variable(self, read: core.Read, node: int | None) -> Any:
        name = read.symbol.name
        if name not in self.values:
            raise errors.unknown_value(name, read.span)
        value = self.values[name]
        if read.where.spread is Spread.GROUPS:
            raise errors.groups(read.span)
        if isinstance(value, list) and node is not None:
            return value[node]
        return value

    def _param(self, read: core.ParamRead) -> Any:
        rule = self.resolver.param_in_rounds(read.symbol.name)
        if not read.previous:
            return rule(self.round)
        return rule(self.round - 1) if self.round else 0.0

    def _constant(self, constant: core.Constant) -> Any:
        match constant.name:
            case "x0":
                return self.space.start
            case "zeros":
                return self.space.zero
            case "ones":
                raise errors.not_linear(constant.span)
        value = self.resolver.constant(constant.name)
        if value is None:
            raise errors.no_oracle(constant.name, constant.span)
        return value[0].item() if constant.where.spread is not Spread.ONE else value

    # --- operators -------------------------------------------------------------------------------------------

    def _applied(self, expr: core.Apply, arguments: list[Any]) -> Any:
        if all(isinstance(value, (int, float)) for value in arguments):
            return computed(expr.operator, arguments)
        space = self.space
        match expr.operator, arguments:
            case "+" | "-" as sign, [left, right]:
                return self._sum(expr, left, right if sign == "+" else -right)
            case "neg", [value]:
                return -value
            case "*", [int() | float() as factor, value]:
                return value * float(factor)
            case "*" | "/" as sign, [value, int() | float() as factor] if sign == "*" or factor != 0:
                return value * float(factor) if sign == "*" else value * (1 / float(factor))
            case "where", [bool() as condition, left, right]:
                return left if condition else right
            case "norm2", [value] if space.is_point(value):
                return value * value
            case "dot", [left, right]:
                return left * right
            case (("<" | "<=" | ">" | ">=" | "==" | "!="), _):
                raise errors.branches_differ(expr.span)
            case _:
                raise errors.not_linear(expr.span)

    def _sum(self, expr: core.Apply, left: Any, right: Any) -> Any:
        space = self.space
        for number, other in ((left, right), (right, left)):
            if isinstance(number, (int, float)):
                if number == 0 or space.is_form(other):
                    return other + float(number) if number != 0 else other
                raise errors.not_linear(expr.span)
        if space.is_point(left) is not space.is_point(right):
            raise errors.not_linear(expr.span)
        return left + right

    def _folded(self, fold: core.Aggregate) -> Any:
        if not (fold.over is fold.setting is fold.groups is None) or fold.plugin:
            raise errors.not_linear(fold.span)
        rows = self.family(fold.argument)
        if fold.operator not in ("mean", "sum"):
            if not all(isinstance(row, (int, float)) for row in rows):
                raise errors.not_linear(fold.span)
            return sorted(rows)[0 if fold.operator == "min" else -1]
        total = sum(rows[1:], rows[0])
        return total / len(rows) if fold.operator == "mean" else total

    def _oracle(self, oracle: core.Oracle, node: int | None) -> Any:
        point = self.read(oracle.point, node)
        if not self.space.is_point(point):
            raise errors.no_oracle(oracle.operator, oracle.span)
        if oracle.operator == "prox":  # of no regulariser
            return point
        assert node is not None, "oracles are asked by nodes"
        if oracle.batch is not None and self.read(oracle.batch, node) is not WHOLE:
            raise errors.no_oracle(oracle.operator, oracle.span)
        return (
            self.space.value(node, point) if oracle.operator == "loss" else self.space.gradient(node, point)
        )

    # --- compressors -----------------------------------------------------------------------------------------

    def _compressed(self, call: core.Compress, node: int | None) -> Any:
        """Any result that the compressor's inequality allows, chosen without a look at coins to come."""
        point, name = self.read(call.argument, node), call.compressor.name
        if not self.space.is_point(point):
            raise errors.not_linear(call.span)
        kept = self._kept(call, name)
        key = (self.coins.past, self.chosen)
        self.chosen += 1
        if key not in self.results:
            self.results[key] = self.space.compressed(point, kept)
        return self.results[key]

    def _kept(self, call: core.Compress, name: str) -> float:
        """The part of ||v||^2 that a compressor's error may have."""
        contract, d = self.contracts[name], self.space.instance.d
        if call.settings:
            raise errors.no_pointwise_bound(name, "whose arguments are values of the round", call.span)
        _, compressor = self.resolver.in_rounds(name)(self.round, {})
        match contract:
            case Contract.CONTRACTIVE:
                kept = 1 - 1 / compressor.delta(d)
            case Contract.UNBIASED:
                kept = compressor.omega(d)
            case _:
                if type(compressor).__name__ == "Identity":
                    return 0.0
                why = f"of the class `{contract.value}`, which bounds no error"
                raise errors.no_pointwise_bound(name, why, call.span)
        if kept > 0 and contract is Contract.UNBIASED:
            self.worst_draws.add(name)
        return kept
