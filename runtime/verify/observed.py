"""Expressions of claims -> numbers: over the names at the end of a round, the params, and the solution of the problem."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, assert_never

import numpy as np
from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Spread
from cablese.dsl.check.watching import reads_of_claim

from ..arrays.sparse import Sparse
from ..chance.groups import Grouping
from ..execute.context import RunContext
from ..execute.functions import Functions

Values = Mapping[str, Any]
"""Values of variables by name: of one (d,) or a number, of families with a row for each node or group."""

ROUNDING = 1e-9
"""Two values agree if they differ by less than this part of the largest norm that their terms have had."""


class ClaimReader:
    """Evaluates claims of one run, one node after another, without the plan's instructions."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        self._functions = Functions(run.backend, run.d, [int(np.prod(s)) for _, s in run.problem.blocks])
        self._table = _table(self._functions)
        self._grouping: Grouping = run.grouping
        self.values: Values = {}
        self.round = 0  # the number of rounds done

    def at(self, round: int, values: Values) -> ClaimReader:
        """The reader after so many rounds, with the values that names have then."""
        self.round, self.values = round, values
        return self

    def read(self, expr: core.Expr) -> Any:
        """The value of an expression that is one, not a family."""
        return self._value(expr, None)

    def of_nodes(self, expr: core.Expr) -> list[Any]:
        """The values of an expression, one for each node; of one value alone that."""
        if expr.where.spread is Spread.ONE:
            return [self._value(expr, None)]
        return [self._value(expr, node) for node in self._rows(expr)]

    def _rows(self, expr: core.Expr) -> range:
        return range(self._grouping.count if expr.where.spread is Spread.GROUPS else self._run.n)

    def _value(self, expr: core.Expr, row: int | None) -> Any:
        """The value, of a family the row's."""
        run = self._run
        match expr:
            case core.Literal():
                return expr.value
            case core.Read():
                return self._variable(expr, row)
            case core.ParamRead():
                return self._param(expr.symbol.name, expr.previous)
            case core.Counter():
                return max(0, self.round - 1)
            case core.Constant():
                value = run.constant(expr.name)
                return value[row] if expr.where.spread is not Spread.ONE and row is not None else value
            case core.Apply():
                if expr.operator == "mix":
                    return self._mixed(expr.arguments[0], row)
                arguments = [self._value(argument, row) for argument in expr.arguments]
                return self._table[expr.operator](*arguments)
            case core.Aggregate():
                return self._folded(expr)
            case core.Figure():
                return run.resolver.figure_in_rounds(expr.operator, expr.compressor.name)(
                    max(0, self.round - 1)
                )
            case core.BlockMask():
                return run.constants.block(expr.block)
            case core.Oracle() | core.Compress() | core.Who():
                raise TypeError(f"{type(expr).__name__} in a claim")
            case _:
                assert_never(expr)

    def _variable(self, read: core.Read, row: int | None) -> Any:
        value = self.values[read.symbol.name]
        if isinstance(value, Sparse):
            value = self._functions.dense(value)
        if read.where.spread is Spread.ONE or row is None:
            return value
        at = self._grouping.group[row] if read.where.spread is Spread.GROUPS and row < self._run.n else row
        return value[at]

    def _param(self, name: str, previous: bool) -> Any:
        """A param in the round that has ended."""
        k = max(0, self.round - 1)
        rule = self._run.resolver.param_in_rounds(name)
        return rule(k - 1) if previous and k else 0.0 if previous else rule(k)

    def _mixed(self, argument: core.Expr, row: int | None) -> Any:
        mixing = self._run.mixing
        assert mixing is not None, "a mean over neighbours is of methods on a graph"
        assert row is not None, "a mean over neighbours is a node's"
        return sum(weight * self._value(argument, j) for j, weight in mixing.row(row))

    def _folded(self, fold: core.Aggregate) -> Any:
        rows = [self._value(fold.argument, row) for row in self._rows(fold.argument)]
        stacked = np.asarray(rows, dtype=np.float64)
        if fold.setting is not None:
            return getattr(self._functions, f"{fold.operator}_rows")(stacked, self._value(fold.setting, None))
        return getattr(self._functions, f"{fold.operator}_rows")(stacked)


def readable(claim: core.Invariant | core.Guarantee) -> str:
    """The reason for which a run cannot be asked for what a claim reads; empty where it can."""
    from cablese.dsl.check.traverse import EXPRESSIONS
    from cablese.dsl.check.watching import watchable

    name = watchable(reads_of_claim(claim))
    if name:
        return f"it reads `{name}`, which only some of the nodes have after a round"
    over = any(isinstance(part, core.Aggregate) and part.over is not None for part in EXPRESSIONS.walk(claim))
    return "it holds an aggregate over some of the nodes" if over else ""


_SAME_NAMES = (
    *("norm", "norm2", "norm1", "norm_inf", "dot", "sqrt", "exp", "cos", "sin", "sign", "clip", "support"),
    *("block_norm", "block_norm2", "block_norm1", "block_norm_inf"),
)


def _table(functions: Functions) -> Mapping[str, Callable[..., Any]]:
    """The operators by name."""
    named: dict[str, Callable[..., Any]] = {name: getattr(functions, name) for name in _SAME_NAMES}
    return named | {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": functions.divide,
        "^": functions.power,
        "%": functions.modulo,
        "neg": operator.neg,
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "and": np.logical_and,
        "or": np.logical_or,
        "not": np.logical_not,
        "abs": functions.absolute,
        "log": functions.log_,
        "floor": functions.floor_,
        "ceil": functions.ceil_,
        "min": functions.minimum,
        "max": functions.maximum,
        "where": functions.select,
    }
