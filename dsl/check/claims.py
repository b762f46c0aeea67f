"""Guarantees and laws: their names and forms are checked as far as one spec shows; they are kept as written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS
from ..text.source import NOWHERE
from . import call_errors, kind_errors, line_errors
from . import program as core
from .compressor_calls import check_class, compressor_call
from .context import ExprContext, World
from .declarations import Lines
from .expressions import infer
from .kinds import KNOWN_TO_ALL, Kind
from .operators import CONSTANTS
from .params import setup
from .rounds import Rounds
from .scope import Entry, Scope

CLASSES = ("smooth", "convex", "strongly_convex", "pl", "monotone", "strongly_monotone")
"""Classes of problems that a bound may be proved for."""

METRICS = ("grad_norm2", "f_gap", "loss", "residual2", "consensus")
"""Metrics that are named alone; `dist2(x)` and `gap(z)` are of a point."""

POINT_METRICS = ("dist2", "gap")
MEASURES = ("average", "last", "at_output")
"""Points of a run over which a metric is taken."""

Given: TypeAlias = "core.Expr | core.CompressorCall | core.Symbol"
"""A value that a law gives: of a param or an event, a compressor call, a compressor of this spec."""

EVERYONE = "everyone"
_GIVEN = ("f_gap0", "dist2_0")


Claims: TypeAlias = "tuple[tuple[object, ...], tuple[core.Law, ...]]"


def check_claims(lines: Lines, world: World, rounds: Rounds) -> Claims:
    """The guarantees and laws of a spec, as written, and the laws as checked; their mistakes reported."""
    for guarantee in lines.of(nodes.Guarantee):
        _guarantee(guarantee, world, rounds)
    laws = tuple(_law(law, world, rounds) for law in lines.of(nodes.Equals))
    written = tuple(line for line in lines.rest if isinstance(line, nodes.Guarantee | nodes.Equals))
    return written, laws


# --- guarantees ----------------------------------------------------------------------------------------------


def _guarantee(line: nodes.Guarantee, world: World, rounds: Rounds) -> None:
    for name in line.classes:
        if name.id not in CLASSES:
            world.bag.add(line_errors.unknown_class(name.id, name.span, CLASSES))
    context = _bounding(world)
    if line.condition is not None:
        condition = infer(line.condition, context)
        if condition.kind not in (Kind.BOOL, Kind.UNKNOWN):
            error = kind_errors.not_a_condition("`when`", condition.kind, condition.span)
            world.bag.add(error)
    for side in (line.left, line.right):
        bound = infer(_measured(side, world, rounds), context)
        if bound.kind not in (Kind.REAL, Kind.INT, Kind.UNKNOWN):
            world.bag.add(kind_errors.wrong_kind("a bound", (Kind.REAL, Kind.INT), bound.kind, side.span))


def _bounding(world: World) -> ExprContext:
    """The context of bounds: params, constants, and the start's distance and gap."""
    context = setup(world, purpose="a guarantee")
    number = context.findings.join()
    names = {name: Entry(world.symbol(name), 0, number, Kind.REAL, KNOWN_TO_ALL, NOWHERE) for name in _GIVEN}
    return replace(context, scope=Scope(dict(names)))


def _measured(expr: nodes.Expr, world: World, rounds: Rounds) -> nodes.Expr:
    """The expression with a number in the place of each measured metric, whose form is checked on the way."""
    match expr:
        case nodes.Call() if expr.function.id in MEASURES:
            _metric(expr, world, rounds)
            return nodes.Number(1.0, expr.span)
        case nodes.Call() if expr.function.id in POINT_METRICS:
            world.bag.add(line_errors.bare_metric(expr.span.text, expr.span))
            return nodes.Number(1.0, expr.span)
        case nodes.Name() if expr.id in METRICS or expr.id in rounds.end.names:
            world.bag.add(line_errors.bare_metric(expr.id, expr.span))
            return nodes.Number(1.0, expr.span)
        case _:
            return EXPRESSIONS.map_children(expr, lambda part: _measured(part, world, rounds))


def _metric(call: nodes.Call, world: World, rounds: Rounds) -> None:
    """`average(grad_norm2)`, `last(dist2(x))`, `at_output(V)`: one metric or scalar state."""
    if len(call.arguments) != 1 or call.keywords:
        found = len(call.arguments) + len(call.keywords)
        error = call_errors.argument_count(call.function.id, "1 metric", found, call.span)
        world.bag.add(error)
        return
    metric = call.arguments[0]
    states = [state.symbol.name for state in rounds.states]
    if isinstance(metric, nodes.Name) and (metric.id in METRICS or metric.id in states):
        return
    if isinstance(metric, nodes.Call) and metric.function.id in POINT_METRICS and len(metric.arguments) == 1:
        point = metric.arguments[0]
        if isinstance(point, nodes.Name) and point.id in rounds.end.names:
            return
        metric = point
    if isinstance(metric, nodes.Name) and metric.id in world.unparsed_names:
        return
    written = metric.function.id if isinstance(metric, nodes.Call) else metric.span.text
    known = (*METRICS, *POINT_METRICS, *states)
    world.bag.add(line_errors.unknown_metric(written, metric.span, known))


# --- laws ----------------------------------------------------------------------------------------------------


def _law(line: nodes.Equals, world: World, rounds: Rounds) -> core.Law:
    arguments = [(argument.name.id, _value(argument.value, world)) for argument in line.arguments]
    bindings = [(binding.name.id, _binding(binding, world, rounds)) for binding in line.bindings]
    draws = {*rounds.findings.draws, *rounds.findings.compressor_sites}
    for pair in line.drawing:
        if pair.name.id not in draws and pair.name.id not in world.unparsed_names:
            world.bag.add(line_errors.unknown_draw(pair.name.id, pair.name.span, draws))
    if line.rounds is not None:
        rounds_of_one = infer(line.rounds, setup(world, purpose="a law"))
        if rounds_of_one.kind not in (Kind.INT, Kind.UNKNOWN):
            error = kind_errors.wrong_kind("`at rounds`", (Kind.INT,), rounds_of_one.kind, line.rounds.span)
            world.bag.add(error)
    plain = line.rounds is None and not line.drawing
    return core.Law(line.other.id, _known(arguments), _known(bindings), plain, line.span)


def _known(pairs: Sequence[tuple[str, Given | None]]) -> tuple[tuple[str, Given], ...]:
    """Without what was in error."""
    return tuple((name, value) for name, value in pairs if value is not None)


def _value(value: nodes.Expr, world: World) -> Given | None:
    """The value that OTHER's param or compressor is given: of this spec's setup, or a compressor."""
    if isinstance(value, nodes.Name) and value.id in world.compressors:
        return world.compressors[value.id].symbol
    context = setup(world, purpose="a law")
    if _is_compressor(value, world):
        bound = compressor_call(value, context)
        return None if bound is None else bound.call
    return infer(value, context)


def _is_compressor(value: nodes.Expr, world: World) -> bool:
    known = world.registry.compressors
    match value:
        case nodes.Compose():
            return True
        case nodes.Call():
            return value.function.id not in world.functions() and value.function.id in known
        case nodes.Name():
            return not (value.id in world.params or value.id in CONSTANTS) and value.id in known
        case _:
            return False


def _binding(binding: nodes.Keyword, world: World, rounds: Rounds) -> Given | None:
    """`p = 1`, `Q = identity()`, `n = 1`, `c = true`, `S = everyone`."""
    name, value = binding.name.id, binding.value
    context = setup(world, purpose="a law")
    if name in world.compressors:
        bound = compressor_call(value, context)
        if bound is None:
            return None
        check_class(world.name, world.compressors[name], bound, value.span, context)
        return bound.call
    if name in rounds.findings.draws:
        return _event(name, rounds.findings.draws[name], value, context)
    if name in world.params or name == "n":
        wanted = world.params[name].kind if name in world.params else Kind.INT
        return _fitting(f"`{name}`", wanted or Kind.UNKNOWN, infer(value, context), context)
    if name not in world.unparsed_names:
        known = {*world.params, *world.compressors, *rounds.findings.draws, "n"}
        world.bag.add(line_errors.unknown_binding(name, binding.name.span, known))
    return None


def _event(name: str, kind: Kind, value: nodes.Expr, context: ExprContext) -> Given | None:
    if kind is Kind.NODES:
        if not (isinstance(value, nodes.Name) and value.id == EVERYONE):
            context.bag.add(line_errors.not_everyone(name, value.span))
        return core.Constant(EVERYONE, Kind.NODES, KNOWN_TO_ALL, value.span)
    if kind is Kind.BATCH:
        context.bag.add(line_errors.fixed_batch(name, value.span))
        return None
    return _fitting(f"event `{name}`", kind, infer(value, context), context)


def _fitting(what: str, wanted: Kind, value: core.Expr, context: ExprContext) -> core.Expr:
    """The value; an error where its kind is another than is wanted."""
    numbers = (Kind.INT, Kind.REAL)
    both_numbers = wanted in numbers and value.kind in numbers
    if not (Kind.UNKNOWN in (wanted, value.kind) or value.kind is wanted or both_numbers):
        context.bag.add(kind_errors.wrong_kind(what, (wanted,), value.kind, value.span))
    return value
