"""Expressions as written -> expressions with kind and place; calls with rules of their own stand in `calls.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ..syntax import nodes as n
from ..syntax.depth import is_flat
from ..text.source import Span
from . import aggregates, calls, contract_errors, domain_errors, kind_errors, place_errors
from . import program as p
from .kinds import EVERYONE, KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .operators import AGGREGATES, OPERATORS, Operator, Places
from .placements import combined
from .reading import compressed, failed, read
from .world import Here

MAX_DEPTH = 120
"""Expressions nest no deeper than this."""


def infer(expr: n.Expr, here: Here) -> p.Expr:
    """The checked expression; where it has an error, that is said once and its kind is unknown."""
    checked = _inferred(expr, here)
    if here.depth == 0:
        aggregates.same_domain(checked, here)
    return checked


def _inferred(expr: n.Expr, here: Here) -> p.Expr:
    if here.depth > MAX_DEPTH:
        here.bag.add(kind_errors.too_deep(expr.span))
        return failed(expr.span, here)
    match expr:
        case n.Name():
            return read(expr, here)
        case n.Number():
            kind = Kind.INT if isinstance(expr.value, int) else Kind.REAL
            return p.Literal(expr.value, kind, KNOWN_TO_ALL, expr.span)
        case n.Boolean():
            return p.Literal(expr.value, Kind.BOOL, KNOWN_TO_ALL, expr.span)
        case n.Unary():
            operator = "neg" if expr.operator == "-" else expr.operator
            return apply(OPERATORS[operator], (infer(expr.operand, here.deeper()),), expr.span, here)
        case n.Binary():
            left = infer(expr.left, here if is_flat(expr) and is_flat(expr.left) else here.deeper())
            sides = (left, infer(expr.right, here.deeper()))
            return apply(OPERATORS[expr.operator], sides, expr.span, here)
        case n.Comparison():
            return _chain(expr, here)
        case n.Call():
            return calls.infer_call(expr, here)
        case n.Text():
            here.bag.add(kind_errors.no_text_here(expr.span))
        case n.Compose():
            here.bag.add(kind_errors.composed(expr.span))
        case n.Over():
            here.bag.add(domain_errors.over_elsewhere(*_misplaced(expr), expr.span))
        case _:
            assert_never(expr)
    return failed(expr.span, here)


def _misplaced(expr: n.Over) -> tuple[str, str]:
    """An `over` outside of an aggregate: the aggregate that may be meant."""
    operand = expr.operand
    call = operand if isinstance(operand, n.Call) and operand.function.id in AGGREGATES else None
    if call is not None and len(call.arguments) == 1:
        return f"{call.function.id}({call.arguments[0].span.text}", expr.family.span.text
    return f"sum({operand.span.text}", expr.family.span.text


def _chain(expr: n.Comparison, here: Here) -> p.Expr:
    """`a <= b < c` is `a <= b and b < c`, with b evaluated once."""
    operands = [infer(operand, here.deeper()) for operand in expr.operands]
    links = [
        apply(OPERATORS[operator], (left, right), left.span.to(right.span), here)
        for operator, left, right in zip(expr.operators, operands, operands[1:], strict=False)
    ]
    joined = links[0]
    for link in links[1:]:
        joined = apply(OPERATORS["and"], (joined, link), expr.span, here)
    return joined


def apply(row: Operator, arguments: Sequence[p.Expr], span: Span, here: Here) -> p.Expr:
    """A row of the table applied to checked arguments."""
    kinds = tuple(argument.kind for argument in arguments)
    if Kind.UNKNOWN in kinds:
        return failed(span, here)
    kind = row.kind(kinds)
    if kind is None:
        sides = [(argument.span, argument.kind) for argument in arguments]
        here.bag.add(kind_errors.mixed("-" if row.name == "neg" else row.name, row.takes, sides))
        return failed(span, here)
    where = _place(row, arguments, span, here)
    if where is None:
        return failed(span, here)
    return p.Apply(row.name, tuple(arguments), _power(row, arguments, kind), where, span)


def _power(row: Operator, arguments: Sequence[p.Expr], kind: Kind) -> Kind:
    """An int to the power of a literal that is no less than 0 is an int."""
    if row.name != "^" or arguments[0].kind is not Kind.INT:
        return kind
    exponent = arguments[1]
    whole = isinstance(exponent, p.Literal) and isinstance(exponent.value, int) and exponent.value >= 0
    return Kind.INT if whole else kind


def _place(row: Operator, arguments: Sequence[p.Expr], span: Span, here: Here) -> Where | None:
    if row.places is Places.MIX:
        return _mixed(arguments[0], span, here)
    if row.name == "support" and not compressed(arguments[0], here):
        here.bag.add(contract_errors.not_compressed(arguments[0].span.text, span))
        return None
    return joined_place(arguments, span, here)


def joined_place(arguments: Sequence[p.Expr], span: Span, here: Here) -> Where | None:
    """Where a value computed from arguments is; None, and said so, when they run over two subsets."""
    domain = shared_domain(arguments, span, here)
    return None if domain is None else combined(here.seat, tuple(a.where for a in arguments), domain)


def shared_domain(arguments: Sequence[p.Expr], span: Span, here: Here) -> Domain | None:
    """The domain that families in one expression run over; None, and said so, when there are two."""
    if here.seat.fan is not Spread.ONE:
        return here.seat.domain
    subsets = {a.where.domain for a in arguments if a.where.domain.over is not None}
    if len(subsets) > 1:
        one, other = [a.where.domain for a in arguments if a.where.domain.over is not None][:2]
        here.bag.add(domain_errors.two_domains(span, one, other))
        return None
    return subsets.pop() if subsets else EVERYONE


def _mixed(argument: p.Expr, span: Span, here: Here) -> Where | None:
    if argument.where.placement is not Placement.NEIGHBORS:
        here.bag.add(place_errors.mix_needs_neighbors(argument.span.text, span, argument.where))
        return None
    if here.seat.placement is not Placement.NODE and not here.observing:
        here.bag.add(place_errors.mix_elsewhere(span, here.seat.placement))
        return None
    return Where(Placement.NODE, Spread.NODES, here.seat.domain)
