"""Calls: functions of the table, aggregates, oracles, compressors and their figures, `prev` and `who`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..syntax import nodes as n
from ..text.source import Span
from . import contract_errors, domain_errors, form_errors, kind_errors, place_errors
from . import expressions as x
from . import program as p
from .aggregates import infer_aggregate
from .contracts import Contract
from .kinds import KNOWN_TO_ALL, Kind, Placement, Spread, Where
from .operators import (
    AGGREGATES,
    CONSTANTS,
    DISTRIBUTIONS,
    ELEMENTWISE_AGGREGATES,
    FIGURES,
    FUNCTIONS,
    OPERATORS,
    ORACLES,
)
from .placements import Standing
from .reading import failed, family, param
from .squeeze import infer_compress
from .world import Here


def infer_call(call: n.Call, here: Here) -> p.Expr:
    """The checked call."""
    name = call.function.id
    if name in here.world.compressors:
        return infer_compress(call, here)
    handler = _handler(name, call)
    if handler is None:
        _unknown(call, here)
        return failed(call.span, here)
    for keyword in call.keywords:
        here.bag.add(kind_errors.unknown_keyword(name, keyword.name.id, keyword.name.span, ()))
    return handler(call, here)


def _handler(name: str, call: n.Call) -> Callable[[n.Call, Here], p.Expr] | None:
    single = len(call.arguments) == 1 or name not in ELEMENTWISE_AGGREGATES
    if name in AGGREGATES and single:
        return _aggregate
    if name in FUNCTIONS:
        return _function
    if name in ORACLES:
        return _prox if name == "prox" else _oracle
    if name in FIGURES:
        return _figure
    return {"prev": _previous, "who": _who}.get(name)


def _unknown(call: n.Call, here: Here) -> None:
    name, span = call.function.id, call.function.span
    if name in here.world.lost:
        return
    if name in DISTRIBUTIONS:
        remedy = f"draw it: `event {here.binds or 'c'} ~ {name}(…)`"
        here.bag.add(kind_errors.not_a_value(name, "a distribution", span, remedy))
    elif name in here.scope.names or name in here.world.params or name in CONSTANTS:
        here.bag.add(kind_errors.not_a_function(name, span))
    elif name in here.world.registry.compressors:
        here.bag.add(contract_errors.undeclared(name, span))
    else:
        here.bag.add(kind_errors.unknown_function(name, span, here.world.functions()))


def _counted(call: n.Call, wanted: tuple[int, ...], here: Here) -> bool:
    """Whether a call has as many arguments as it may; says so otherwise."""
    found = len(call.arguments)
    if found in wanted:
        return True
    many = " or ".join(str(number) for number in wanted)
    plural = "" if wanted == (1,) else "s"
    here.bag.add(kind_errors.argument_count(call.function.id, f"{many} argument{plural}", found, call.span))
    return False


# --- functions and aggregates --------------------------------------------------------------------------------


def _function(call: n.Call, here: Here) -> p.Expr:
    row = OPERATORS[call.function.id]
    arguments = [x.infer(argument, here.deeper()) for argument in call.arguments]
    if row.name in ELEMENTWISE_AGGREGATES and len(arguments) >= 2:
        folded = arguments[0]
        for argument in arguments[1:]:
            folded = x.apply(row, (folded, argument), call.span, here)
        return folded
    if not _counted(call, (row.arity,), here):
        return failed(call.span, here)
    return x.apply(row, arguments, call.span, here)


def _aggregate(call: n.Call, here: Here) -> p.Expr:
    return infer_aggregate(call, here) if _counted(call, (1,), here) else failed(call.span, here)


# --- oracles -------------------------------------------------------------------------------------------------


def _oracle(call: n.Call, here: Here) -> p.Expr:
    name = call.function.id
    if not (_of_this_problem(call, here) and _at_a_node(call, here)):
        return failed(call.span, here)
    if not _counted(call, (1,) if name == "loss" else (1, 2), here):
        return failed(call.span, here)
    point = x.infer(call.arguments[0], here.deeper())
    batch = x.infer(call.arguments[1], here.deeper()) if len(call.arguments) == 2 else None
    fits = _is(point, (Kind.VECTOR,), f"the point of `{name}`", here)
    if batch is not None and not _is(batch, (Kind.BATCH,), f"the second argument of `{name}`", here):
        return failed(call.span, here)
    if not fits:
        return failed(call.span, here)
    where = Where(Placement.NODE, Spread.NODES, here.seat.domain)
    return p.Oracle(name, point, batch, ORACLES[name], where, call.span)


def _of_this_problem(call: n.Call, here: Here) -> bool:
    """`grad` and `loss` are of `minimize`, `F` of the others."""
    world = here.world
    if world.problem is None or world.problem_line is None:
        return True
    if (call.function.id == "F") is (world.problem is not p.ProblemKind.MINIMIZE):
        return True
    line = world.problem_line
    here.bag.add(form_errors.other_oracle(call.function.id, line.kind.id, line.span, call.span))
    return False


def _at_a_node(call: n.Call, here: Here) -> bool:
    if here.seat.standing is not Standing.BODY:
        here.bag.add(place_errors.no_data_outside(call.span.text, call.span))
        return False
    if here.seat.placement is not Placement.NODE:
        here.bag.add(place_errors.no_data(call.function.id, call.span.text, call.span, here.seat.placement))
        return False
    return True


def _prox(call: n.Call, here: Here) -> p.Expr:
    if here.seat.standing is not Standing.BODY:
        here.bag.add(place_errors.no_data_outside(call.span.text, call.span))
        return failed(call.span, here)
    if not _counted(call, (2,), here):
        return failed(call.span, here)
    point, step = (x.infer(argument, here.deeper()) for argument in call.arguments)
    fits = _is(point, (Kind.VECTOR,), "the point of `prox`", here)
    if not (_is(step, (Kind.REAL, Kind.INT), "the step of `prox`", here) and fits):
        return failed(call.span, here)
    where = x.joined_place((point, step), call.span, here)
    return (
        failed(call.span, here)
        if where is None
        else p.Oracle("prox", point, step, Kind.VECTOR, where, call.span)
    )


def _is(expr: p.Expr, kinds: Sequence[Kind], what: str, here: Here) -> bool:
    """Whether an argument is of one of these kinds; says so otherwise, unless it has an error already."""
    if expr.kind in kinds:
        return True
    if expr.kind is not Kind.UNKNOWN:
        here.bag.add(kind_errors.wrong_kind(what, kinds, expr.kind, expr.span))
    return False


# --- compressors' figures, params, domains -------------------------------------------------------------------


def _figure(call: n.Call, here: Here) -> p.Expr:
    if not _counted(call, (1,), here):
        return failed(call.span, here)
    figure, argument = call.function.id, call.arguments[0]
    name = argument.id if isinstance(argument, n.Name) else argument.span.text
    declared = here.world.compressors.get(name)
    if declared is None:
        if name not in here.world.lost:
            error = contract_errors.not_a_compressor(figure, name, argument.span, here.world.compressors)
            here.bag.add(error)
        return failed(call.span, here)
    here.tally.read_params.add(name)
    if not _has(figure, declared.contract):
        assert declared.contract is not None
        span = declared.line.name.span
        here.bag.add(contract_errors.no_figure(figure, name, declared.contract, span, call.span))
        return failed(call.span, here)
    return p.Figure(figure, declared.symbol, Kind.REAL, KNOWN_TO_ALL, call.span)


def _has(figure: str, contract: Contract | None) -> bool:
    needed = {"omega": Contract.UNBIASED, "delta": Contract.CONTRACTIVE}.get(figure)
    return contract is None or needed is None or contract is needed


def _previous(call: n.Call, here: Here) -> p.Expr:
    if not _counted(call, (1,), here):
        return failed(call.span, here)
    argument = call.arguments[0]
    if isinstance(argument, n.Name) and argument.id in here.world.params:
        return replace(param(argument, here, previous=True), span=call.span)
    if not (isinstance(argument, n.Name) and argument.id in here.world.lost):
        here.bag.add(contract_errors.not_a_param(argument.span.text, argument.span, here.world.params))
    return failed(call.span, here)


def _who(call: n.Call, here: Here) -> p.Expr:
    if not _counted(call, (1,), here):
        return failed(call.span, here)
    argument = call.arguments[0]
    if here.seat.placement is not Placement.SERVER:
        here.bag.add(domain_errors.who_unknown(argument.span.text, call.span, here.seat.placement))
        return failed(call.span, here)
    return who(call.span, x.infer(argument, here.at(here.seat.alone()).deeper()), here)


def who(span: Span, of: p.Expr, here: Here) -> p.Expr:
    """The domain of a checked family, as a set that the server knows."""
    if of.kind is Kind.UNKNOWN:
        return failed(span, here)
    if not family(of):
        here.bag.add(domain_errors.who_of_one(of.span.text, span))
        return failed(span, here)
    return p.Who(of, Kind.NODES, Where(Placement.SERVER), span)
