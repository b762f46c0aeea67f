"""Calls: functions of the table, aggregates, oracles, compressors and their figures, `prev` and `who`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..syntax import nodes
from ..text.source import Span
from . import (
    call_errors,
    domain_errors,
    expressions,
    histories,
    kind_errors,
    line_errors,
    param_errors,
    place_errors,
)
from . import program as core
from .aggregates import BY, aggregate_row, infer_aggregate
from .compress import infer_compress
from .constants import CONSTANTS
from .context import ExprContext
from .contracts import UNBIASED_FIGURES, Contract
from .distributions import DISTRIBUTIONS
from .epochs import infer_epoch
from .kinds import KNOWN_TO_ALL, Kind, Placement, Spread, Where
from .name_lookup import failed, family, param
from .operators import AGGREGATES, ELEMENTWISE_AGGREGATES, FIGURES, FUNCTIONS, OPERATORS, ORACLES
from .placements import Standing


def infer_call(call: nodes.Call, context: ExprContext) -> core.Expr:
    """The checked call."""
    name = call.function.id
    if name in context.world.compressors:
        return infer_compress(call, context)
    handler = _handler(name, call, context)
    if handler is None:
        _unknown(call, context)
        return failed(call.span, context)
    takes = (BY,) if handler is _aggregate else ()
    for keyword in call.keywords:
        if keyword.name.id not in takes:
            context.bag.add(call_errors.unknown_keyword(name, keyword.name.id, keyword.name.span, takes))
    return handler(call, context)


def _handler(
    name: str, call: nodes.Call, context: ExprContext
) -> Callable[[nodes.Call, ExprContext], core.Expr] | None:
    if histories.folds_history(call, context):
        return histories.infer_fold
    single = len(call.arguments) == 1 or name not in ELEMENTWISE_AGGREGATES
    if name in AGGREGATES and single:
        return _aggregate
    if name in FUNCTIONS:
        return _history if name == "history" else _function
    if name in ORACLES:
        return _prox if name == "prox" else _oracle
    if name in FIGURES:
        return _figure
    own = {"prev": _previous, "who": _who, "block": _block, "epoch": _epoch}.get(name)
    return _aggregate if own is None and aggregate_row(name, context.world) else own


def _unknown(call: nodes.Call, context: ExprContext) -> None:
    name, span = call.function.id, call.function.span
    if name in context.world.unparsed_names:
        return
    if name in DISTRIBUTIONS:
        remedy = f"draw it: `event {context.binds or 'c'} ~ {name}(…)`"
        context.bag.add(call_errors.not_a_value(name, "a distribution", span, remedy))
    elif name in context.scope.names or name in context.world.params or name in CONSTANTS:
        context.bag.add(call_errors.not_a_function(name, span))
    elif name in context.world.registry.compressors:
        context.bag.add(call_errors.undeclared(name, span))
    else:
        context.bag.add(call_errors.unknown_function(name, span, context.world.functions()))


def _has_arguments(call: nodes.Call, wanted: tuple[int, ...], context: ExprContext) -> bool:
    """True for a call with a permitted number of arguments; reports it otherwise."""
    found = len(call.arguments)
    if found in wanted:
        return True
    many = " or ".join(str(number) for number in wanted)
    plural = "" if wanted == (1,) else "s"
    context.bag.add(
        call_errors.argument_count(call.function.id, f"{many} argument{plural}", found, call.span)
    )
    return False


# --- functions and aggregates --------------------------------------------------------------------------------


def _function(call: nodes.Call, context: ExprContext) -> core.Expr:
    row = OPERATORS[call.function.id]
    arguments = [expressions.infer(argument, context.deeper()) for argument in call.arguments]
    if row.name in ELEMENTWISE_AGGREGATES and len(arguments) >= 2:
        folded = arguments[0]
        for argument in arguments[1:]:
            folded = expressions.apply(row, (folded, argument), call.span, context)
        return folded
    if not _has_arguments(call, (row.arity,), context):
        return failed(call.span, context)
    return expressions.apply(row, arguments, call.span, context)


def _history(call: nodes.Call, context: ExprContext) -> core.Expr:
    if not _has_arguments(call, (2,), context):
        return failed(call.span, context)
    return histories.infer_history(call, context)


def _aggregate(call: nodes.Call, context: ExprContext) -> core.Expr:
    row = aggregate_row(call.function.id, context.world)
    count = 2 if row is not None and row.setting else 1
    if not _has_arguments(call, (count,), context):
        return failed(call.span, context)
    return infer_aggregate(call, context)


# --- oracles -------------------------------------------------------------------------------------------------


def _oracle(call: nodes.Call, context: ExprContext) -> core.Expr:
    name = call.function.id
    if not (_of_this_problem(call, context) and _at_a_node(call, context)):
        return failed(call.span, context)
    if not _has_arguments(call, (1,) if name == "loss" else (1, 2), context):
        return failed(call.span, context)
    point = expressions.infer(call.arguments[0], context.deeper())
    batch = expressions.infer(call.arguments[1], context.deeper()) if len(call.arguments) == 2 else None
    fits = _has_kind(point, (Kind.VECTOR,), f"the point of `{name}`", context)
    if batch is not None and not _has_kind(batch, (Kind.BATCH,), f"the second argument of `{name}`", context):
        return failed(call.span, context)
    if not fits:
        return failed(call.span, context)
    where = Where(Placement.NODE, Spread.NODES, context.evaluator.domain)
    return core.Oracle(name, point, batch, ORACLES[name], where, call.span)


def _of_this_problem(call: nodes.Call, context: ExprContext) -> bool:
    """True for an oracle of this problem (`grad`, `loss`: `minimize`; `F`: the others); reports it otherwise."""
    world = context.world
    if world.problem is None or world.problem_line is None:
        return True
    if (call.function.id == "F") is (world.problem is not core.ProblemKind.MINIMIZE):
        return True
    line = world.problem_line
    context.bag.add(line_errors.other_oracle(call.function.id, line.kind.id, line.span, call.span))
    return False


def _at_a_node(call: nodes.Call, context: ExprContext) -> bool:
    if context.evaluator.standing is not Standing.BODY:
        context.bag.add(place_errors.no_data_outside(call.span.text, call.span))
        return False
    if context.evaluator.placement is not Placement.NODE:
        context.bag.add(
            place_errors.no_data(call.function.id, call.span.text, call.span, context.evaluator.placement)
        )
        return False
    return True


def _prox(call: nodes.Call, context: ExprContext) -> core.Expr:
    if context.evaluator.standing is not Standing.BODY:
        context.bag.add(place_errors.no_data_outside(call.span.text, call.span))
        return failed(call.span, context)
    if not _has_arguments(call, (2,), context):
        return failed(call.span, context)
    point, step = (expressions.infer(argument, context.deeper()) for argument in call.arguments)
    fits = _has_kind(point, (Kind.VECTOR,), "the point of `prox`", context)
    if not (_has_kind(step, (Kind.REAL, Kind.INT), "the step of `prox`", context) and fits):
        return failed(call.span, context)
    where = expressions.joined_place((point, step), call.span, context)
    return (
        failed(call.span, context)
        if where is None
        else core.Oracle("prox", point, step, Kind.VECTOR, where, call.span)
    )


def _has_kind(expr: core.Expr, kinds: Sequence[Kind], what: str, context: ExprContext) -> bool:
    """True for an argument of one of these kinds; reports it otherwise, unless it already has an error."""
    if expr.kind in kinds:
        return True
    if expr.kind is not Kind.UNKNOWN:
        context.bag.add(kind_errors.wrong_kind(what, kinds, expr.kind, expr.span))
    return False


# --- compressors' figures, params, domains -------------------------------------------------------------------


def _figure(call: nodes.Call, context: ExprContext) -> core.Expr:
    if not _has_arguments(call, (1,), context):
        return failed(call.span, context)
    figure, argument = call.function.id, call.arguments[0]
    name = argument.id if isinstance(argument, nodes.Name) else argument.span.text
    declared = context.world.compressors.get(name)
    if declared is None:
        if name not in context.world.unparsed_names:
            error = param_errors.not_a_compressor(figure, name, argument.span, context.world.compressors)
            context.bag.add(error)
        return failed(call.span, context)
    context.findings.read_params.add(name)
    if figure in (*UNBIASED_FIGURES, "delta") and declared.contract is Contract.ANY:
        declared.asked.append((figure, call.span))
    elif not _may_ask(figure, declared.contract):
        assert declared.contract is not None
        span = declared.line.name.span
        context.bag.add(param_errors.no_figure(figure, name, declared.contract, span, call.span))
        return failed(call.span, context)
    return core.Figure(figure, declared.symbol, Kind.REAL, KNOWN_TO_ALL, call.span)


def _may_ask(figure: str, contract: Contract | None) -> bool:
    needed = Contract.UNBIASED if figure in UNBIASED_FIGURES else None
    needed = Contract.CONTRACTIVE if figure == "delta" else needed
    return contract is None or needed is None or contract is needed


def _previous(call: nodes.Call, context: ExprContext) -> core.Expr:
    if not _has_arguments(call, (1,), context):
        return failed(call.span, context)
    argument = call.arguments[0]
    if isinstance(argument, nodes.Name) and argument.id in context.world.params:
        return replace(param(argument, context, previous=True), span=call.span)
    if not (isinstance(argument, nodes.Name) and argument.id in context.world.unparsed_names):
        context.bag.add(param_errors.not_a_param(argument.span.text, argument.span, context.world.params))
    return failed(call.span, context)


def _epoch(call: nodes.Call, context: ExprContext) -> core.Expr:
    found = infer_epoch(call, context) if _has_arguments(call, (1,), context) else None
    return failed(call.span, context) if found is None else found


def _block(call: nodes.Call, context: ExprContext) -> core.Expr:
    if not _has_arguments(call, (1,), context):
        return failed(call.span, context)
    (name,) = call.arguments
    if not isinstance(name, nodes.Text):
        context.bag.add(call_errors.block_without_quotes(name.span.text, name.span))
        return failed(call.span, context)
    return core.BlockMask(name.value, Kind.MASK, KNOWN_TO_ALL, call.span)


def _who(call: nodes.Call, context: ExprContext) -> core.Expr:
    if not _has_arguments(call, (1,), context):
        return failed(call.span, context)
    argument = call.arguments[0]
    if context.evaluator.placement is not Placement.SERVER:
        context.bag.add(domain_errors.who_unknown(argument.span.text, call.span, context.evaluator.placement))
        return failed(call.span, context)
    return who(
        call.span, expressions.infer(argument, context.at(context.evaluator.alone()).deeper()), context
    )


def who(span: Span, value: core.Expr, context: ExprContext) -> core.Expr:
    """The domain of a checked family, as a set that the server knows."""
    if value.kind is Kind.UNKNOWN:
        return failed(span, context)
    if not family(value):
        context.bag.add(domain_errors.who_of_one(value.span.text, span))
        return failed(span, context)
    return core.Who(value, Kind.NODES, Where(Placement.SERVER), span)
