"""Kind and place of expressions: each node of a written expression becomes a checked one. `calls.py` has the calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ..syntax import nodes
from ..syntax.depth import is_flat
from ..text.source import Span
from . import (
    aggregate_errors,
    aggregates,
    call_errors,
    calls,
    compressor_errors,
    domain_errors,
    histories,
    kind_errors,
    place_errors,
)
from . import program as core
from .context import ExprContext
from .kinds import EVERYONE, KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .name_lookup import compressed, failed, read
from .operators import AGGREGATES, OPERATORS, Operator, Places
from .placements import combined

MAX_DEPTH = 120
"""Expressions nest no deeper than this."""


def infer(expr: nodes.Expr, context: ExprContext) -> core.Expr:
    """The expression with its kind and place; an error in it is reported once, and the kind is then unknown."""
    checked = _inferred(expr, context)
    if context.depth == 0:  # all aggregates of an expression are compared at its root
        aggregates.same_domain(checked, context)
    return checked


def _inferred(expr: nodes.Expr, context: ExprContext) -> core.Expr:
    if context.depth > MAX_DEPTH:
        context.bag.add(kind_errors.too_deep(expr.span))
        return failed(expr.span, context)
    match expr:
        case nodes.Name():
            return read(expr, context)
        case nodes.Number():
            kind = Kind.INT if isinstance(expr.value, int) else Kind.REAL
            return core.Literal(expr.value, kind, KNOWN_TO_ALL, expr.span)
        case nodes.Boolean():
            return core.Literal(expr.value, Kind.BOOL, KNOWN_TO_ALL, expr.span)
        case nodes.Unary():
            operator = "neg" if expr.operator == "-" else expr.operator
            return apply(OPERATORS[operator], (infer(expr.operand, context.deeper()),), expr.span, context)
        case nodes.Binary():
            chained = is_flat(expr) and is_flat(expr.left)  # a long sum leans left and does not count as deep
            left = infer(expr.left, context if chained else context.deeper())
            sides = (left, infer(expr.right, context.deeper()))
            return apply(OPERATORS[expr.operator], sides, expr.span, context)
        case nodes.Comparison():
            return _chain(expr, context)
        case nodes.Call():
            return calls.infer_call(expr, context)
        case nodes.Index():
            return histories.infer_index(expr, context)
        case nodes.Text():
            context.bag.add(call_errors.no_text_here(expr.span))
        case nodes.Compose():
            context.bag.add(call_errors.composed(expr.span))
        case nodes.Over():
            context.bag.add(aggregate_errors.over_elsewhere(*_meant_aggregate(expr), expr.span))
        case _:
            assert_never(expr)
    return failed(expr.span, context)


def _meant_aggregate(expr: nodes.Over) -> tuple[str, str]:
    """The aggregate to suggest for an `over` that stands outside of one: its text before and behind the `over`."""
    operand = expr.operand
    call = operand if isinstance(operand, nodes.Call) and operand.function.id in AGGREGATES else None
    if call is not None and len(call.arguments) == 1:
        return f"{call.function.id}({call.arguments[0].span.text}", expr.family.span.text
    return f"sum({operand.span.text}", expr.family.span.text


def _chain(expr: nodes.Comparison, context: ExprContext) -> core.Expr:
    """A comparison of two or more operands as a conjunction: `a <= b < c` is `a <= b and b < c`."""
    operands = [infer(operand, context.deeper()) for operand in expr.operands]
    links = [
        apply(OPERATORS[operator], (left, right), left.span.to(right.span), context)
        for operator, left, right in zip(expr.operators, operands, operands[1:], strict=False)
    ]
    joined = links[0]
    for link in links[1:]:
        joined = apply(OPERATORS["and"], (joined, link), expr.span, context)
    return joined


def apply(row: Operator, arguments: Sequence[core.Expr], span: Span, context: ExprContext) -> core.Expr:
    """The application of an operator, a row of `OPERATORS`, to checked arguments, with its kind and place."""
    kinds = tuple(argument.kind for argument in arguments)
    if Kind.UNKNOWN in kinds:
        return failed(span, context)
    kind = row.kind(kinds)
    if kind is None:
        sides = [(argument.span, argument.kind) for argument in arguments]
        context.bag.add(kind_errors.mixed("-" if row.name == "neg" else row.name, row.takes, sides))
        return failed(span, context)
    where = _place_of_result(row, arguments, span, context)
    if where is None:
        return failed(span, context)
    return core.Apply(row.name, tuple(arguments), _kind_of_result(row, arguments, kind), where, span)


def _kind_of_result(row: Operator, arguments: Sequence[core.Expr], kind: Kind) -> Kind:
    """The kind by the operator's rule, which sees kinds alone; but an int to the power of a literal >= 0 is an int."""
    if row.name != "^" or arguments[0].kind is not Kind.INT:
        return kind
    exponent = arguments[1]
    whole = isinstance(exponent, core.Literal) and isinstance(exponent.value, int) and exponent.value >= 0
    return Kind.INT if whole else kind


def _place_of_result(
    row: Operator, arguments: Sequence[core.Expr], span: Span, context: ExprContext
) -> Where | None:
    """The place by the operator's rule; None, and a report, where it may not be applied here."""
    if row.places is Places.MIX:
        return _place_of_mix(arguments[0], span, context)
    if row.name == "support" and not compressed(arguments[0], context):
        context.bag.add(compressor_errors.not_compressed(arguments[0].span.text, span))
        return None
    return joined_place(arguments, span, context)


def joined_place(arguments: Sequence[core.Expr], span: Span, context: ExprContext) -> Where | None:
    """The place of a value computed from arguments; None, and a report, when they run over two sets of nodes."""
    domain = shared_domain(arguments, span, context)
    return None if domain is None else combined(context.evaluator, tuple(a.where for a in arguments), domain)


def shared_domain(arguments: Sequence[core.Expr], span: Span, context: ExprContext) -> Domain | None:
    """The domain that families in one expression run over; None, and a report, when they run over two sets."""
    if (
        context.evaluator.fan is not Spread.ONE
    ):  # computed once for each node or group of the statement's domain
        return context.evaluator.domain
    sets = {a.where.domain for a in arguments if a.where.domain.over is not None}
    if len(sets) > 1:
        first, second = [a.where.domain for a in arguments if a.where.domain.over is not None][:2]
        context.bag.add(domain_errors.two_domains(span, first, second))
        return None
    return sets.pop() if sets else EVERYONE


def _place_of_mix(argument: core.Expr, span: Span, context: ExprContext) -> Where | None:
    """The place of `mix(argument)`, each node's weighted mean over itself and its neighbours; None, and a report, where
    there is none."""
    if argument.where.placement is not Placement.NEIGHBORS:
        context.bag.add(place_errors.mix_needs_neighbors(argument.span.text, span, argument.where))
        return None
    if context.evaluator.placement is not Placement.NODE and not context.observing:
        context.bag.add(place_errors.mix_elsewhere(span, context.evaluator.placement))
        return None
    return Where(Placement.NODE, Spread.NODES, context.evaluator.domain)
