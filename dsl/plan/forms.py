"""Forms of values: sparse ones stay so while scaled, added to a dense vector or averaged, and are written out elsewhere."""

from __future__ import annotations

from itertools import product

from ..check import program as core
from ..check.contracts import Form
from ..check.kinds import Kind, Spread
from ..check.operators import AGGREGATES, OPERATORS, Operator, Places
from . import instructions as ir


def _takes_single_values(row: Operator) -> bool:
    """True of a row that is defined on numbers or truth values: on vectors it does the same entry by entry."""
    of_its_own = row.places is Places.JOIN  # `mix` is of other nodes' values, too
    return of_its_own and any(row.kind(kinds) for kinds in product((Kind.REAL, Kind.BOOL), repeat=row.arity))


ELEMENTWISE = frozenset(row.name for row in OPERATORS.values() if _takes_single_values(row))
"""Operators whose entry j depends on entry j of their vectors alone."""


def densified(value: ir.Pure) -> ir.Pure:
    """The value with its zeros written out, where it may be sparse."""
    if value.form is Form.DENSE:
        return value
    return ir.Operation("dense", (value,), value.kind, value.family)


def spreadable(target: core.Target, value: ir.Pure) -> ir.Pure:
    """The value as its target takes it: one value that becomes a family is repeated, which needs it dense."""
    return densified(value) if target.where.spread is not Spread.ONE and not value.family else value


def operation(operator: str, arguments: tuple[ir.Pure, ...], kind: Kind, family: bool) -> ir.Pure:
    """An operator applied; one sparse operand of two may stay so."""
    sparse = [a for a in arguments if a.form is Form.SPARSE]
    if len(sparse) == 1 and len(arguments) == 2:
        kept = _kept_sparse(operator, arguments[0], arguments[1], kind, family)
        if kept is not None:
            return kept
    if operator == "neg" and sparse:
        return ir.Operation("scale", (sparse[0], ir.Number(-1, Kind.INT)), kind, family, Form.SPARSE)
    return ir.Operation(operator, tuple(densified(a) for a in arguments), kind, family)


def _kept_sparse(operator: str, left: ir.Pure, right: ir.Pure, kind: Kind, family: bool) -> ir.Pure | None:
    sparse, other = (left, right) if left.form is Form.SPARSE else (right, left)
    scales = other.kind in (Kind.REAL, Kind.INT) and not other.family
    if operator == "*" and scales:
        return ir.Operation("scale", (sparse, other), kind, family, Form.SPARSE)
    if operator == "/" and scales and right is other:
        return ir.Operation("shrink", (sparse, other), kind, family, Form.SPARSE)
    fits = other.kind is Kind.VECTOR and other.family == sparse.family
    if operator == "+" and fits:
        return ir.Operation("add", (other, sparse), kind, family)
    if operator == "-" and fits and left is other:
        return ir.Operation("subtract", (other, sparse), kind, family)
    return None


def elementwise(value: ir.Pure) -> bool:
    """True if entry j of a vector depends on entry j of its operands that are vectors, and on operands that are numbers."""
    if value.kind not in (Kind.VECTOR, Kind.MASK):
        return True
    match value:
        case ir.Operation():
            return value.operator in ELEMENTWISE and all(elementwise(a) for a in value.arguments)
        case ir.Fold():
            return value.form is Form.DENSE and not value.plugin and AGGREGATES[value.operator].elementwise
        case ir.Number() | ir.Use() | ir.Global():
            return True
        case _:
            return False


def whole_of(value: ir.Pure) -> ir.Pure:
    """The family over all nodes whose members' rows a value gathers; any other value itself."""
    return value.family_value if isinstance(value, ir.Gather) and value.among is None else value
