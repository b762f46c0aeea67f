"""Check of guarantees and laws (`guarantee`, `equals`), as far as one spec shows; both are kept as written too."""

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
"""Classes of problems for which a guarantee may hold."""

METRICS = ("grad_norm2", "f_gap", "loss", "residual2", "grad_map2", "natural2", "consensus")
"""Metrics that take no argument."""

_NUMBERS = (Kind.REAL, Kind.INT)
POINT_METRICS = ("dist2", "gap")
"""Metrics of a point: `dist2(x)`, `gap(z)`."""

MEASURES = ("average", "last", "at_output")
"""Functions that make one number of a metric of a run: its mean, its last value, its value at the output."""

Given: TypeAlias = "core.Expr | core.CompressorCall | core.Symbol"
"""A value that a law gives: an expression (to a param or an event), a compressor call, or a compressor of this spec."""

Claims: TypeAlias = "tuple[tuple[object, ...], tuple[core.Law, ...]]"
"""Guarantees and laws as written (`syntax.nodes`), and the laws as checked."""

EVERYONE = "everyone"
"""The value that `when` gives to an event of nodes: each node once, in order."""

_START_METRICS = ("f_gap0", "dist2_0")
"""Numbers of the start that a bound may name: f(x0) - f*, and ||x0 - x*||^2."""


def check_claims(lines: Lines, world: World, rounds: Rounds) -> Claims:
    """The claims of a spec: guarantees and laws as written, and the laws as checked; mistakes are reported."""
    for guarantee in lines.of(nodes.Guarantee):
        _verify_guarantee(guarantee, world, rounds)
    laws = tuple(_law(law, world, rounds) for law in lines.of(nodes.Equals))
    written = tuple(line for line in lines.rest if isinstance(line, nodes.Guarantee | nodes.Equals))
    return written, laws


# --- guarantees ----------------------------------------------------------------------------------------------


def _verify_guarantee(line: nodes.Guarantee, world: World, rounds: Rounds) -> None:
    """Report unknown classes, a condition that is none, and sides that are no numbers."""
    for name in line.classes:
        if name.id not in CLASSES:
            world.bag.add(line_errors.unknown_class(name.id, name.span, CLASSES))
    context = _bound_context(world)
    if line.condition is not None:
        condition = infer(line.condition, context)
        if condition.kind not in (Kind.BOOL, Kind.UNKNOWN):
            error = kind_errors.not_a_condition("`when`", condition.kind, condition.span)
            world.bag.add(error)
    for side in (line.left, line.right):
        bound = infer(_with_numbers(side, world, rounds), context)
        if bound.kind not in (Kind.REAL, Kind.INT, Kind.UNKNOWN):
            world.bag.add(kind_errors.wrong_kind("a bound", (Kind.REAL, Kind.INT), bound.kind, side.span))


def _bound_context(world: World) -> ExprContext:
    """The context of a bound's sides: params, constants, and the metrics of the start."""
    context = setup(world, purpose="a guarantee")
    number = context.findings.join()  # that of no binding
    names = {
        name: Entry(world.symbol(name), 0, number, Kind.REAL, KNOWN_TO_ALL, NOWHERE)
        for name in _START_METRICS
    }
    return replace(context, scope=Scope(dict(names)))


def _with_numbers(expr: nodes.Expr, world: World, rounds: Rounds) -> nodes.Expr:
    """The expression with a number in place of each measured metric, which is verified; metrics without a measure are
    reported."""
    match expr:
        case nodes.Call() if expr.function.id in MEASURES:
            _verify_metric(expr, world, rounds)
            return nodes.Number(1.0, expr.span)
        case nodes.Call() if expr.function.id in POINT_METRICS:
            world.bag.add(line_errors.bare_metric(expr.span.text, expr.span))
            return nodes.Number(1.0, expr.span)
        case nodes.Name() if expr.id in METRICS or expr.id in rounds.end.names:
            world.bag.add(line_errors.bare_metric(expr.id, expr.span))
            return nodes.Number(1.0, expr.span)
        case _:
            return EXPRESSIONS.map_children(expr, lambda part: _with_numbers(part, world, rounds))


def _verify_metric(call: nodes.Call, world: World, rounds: Rounds) -> None:
    """Report a measure of anything but one metric or state: `average(grad_norm2)`, `last(dist2(x))`, `at_output(V)`."""
    if len(call.arguments) != 1 or call.keywords:
        found = len(call.arguments) + len(call.keywords)
        error = call_errors.argument_count(call.function.id, "1 metric", found, call.span)
        world.bag.add(error)
        return
    metric = unknown = call.arguments[0]
    states = [state.symbol.name for state in rounds.states if state.kind in (*_NUMBERS, Kind.UNKNOWN)]
    if isinstance(metric, nodes.Name) and (metric.id in METRICS or metric.id in states):
        return
    if isinstance(metric, nodes.Call) and metric.function.id in POINT_METRICS and len(metric.arguments) == 1:
        point = metric.arguments[0]
        if isinstance(point, nodes.Name) and point.id in rounds.end.names:
            return
        unknown = point
    if isinstance(unknown, nodes.Name) and unknown.id in world.unparsed_names:
        return
    written = unknown.function.id if isinstance(unknown, nodes.Call) else unknown.span.text
    known = (*METRICS, *POINT_METRICS, *states)
    world.bag.add(line_errors.unknown_metric(written, unknown.span, known))


# --- laws ----------------------------------------------------------------------------------------------------


def _law(line: nodes.Equals, world: World, rounds: Rounds) -> core.Law:
    """The law of `equals OTHER(ARGUMENTS) when BINDINGS drawing PAIRS at rounds = COUNT`, as checked."""
    arguments = [(argument.name.id, _argument(argument.value, world)) for argument in line.arguments]
    bindings = [(binding.name.id, _binding(binding, world, rounds)) for binding in line.bindings]
    draws = {*rounds.findings.draws, *rounds.findings.compressor_sites}
    for pair in line.drawing:
        if pair.name.id not in draws and pair.name.id not in world.unparsed_names:
            world.bag.add(line_errors.unknown_draw(pair.name.id, pair.name.span, draws))
    if line.rounds is not None:
        count = infer(line.rounds, setup(world, purpose="a law"))
        if count.kind not in (Kind.INT, Kind.UNKNOWN):
            error = kind_errors.wrong_kind("`at rounds`", (Kind.INT,), count.kind, line.rounds.span)
            world.bag.add(error)
    plain = line.rounds is None and not line.drawing
    return core.Law(line.other.id, _without_errors(arguments), _without_errors(bindings), plain, line.span)


def _without_errors(pairs: Sequence[tuple[str, Given | None]]) -> tuple[tuple[str, Given], ...]:
    """The pairs that have a value: an error was reported for the others."""
    return tuple((name, value) for name, value in pairs if value is not None)


def _argument(value: nodes.Expr, world: World) -> Given | None:
    """The value given to a param or compressor of OTHER: it may name params and compressors of this spec."""
    if isinstance(value, nodes.Name) and value.id in world.compressors:
        return world.compressors[value.id].symbol
    context = setup(world, purpose="a law")
    if _is_compressor(value, world):
        bound = compressor_call(value, context)
        return None if bound is None else bound.call
    return infer(value, context)


def _is_compressor(value: nodes.Expr, world: World) -> bool:
    """True for a composition, or a registered compressor that no name of the spec or language hides."""
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
    """The value that `when` gives to a name of this spec: `p = 1`, `Q = identity()`, `n = 1`, `c = true`, `S = everyone`."""
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
        return _of_kind(f"`{name}`", wanted or Kind.UNKNOWN, infer(value, context), context)
    if name not in world.unparsed_names:
        known = {*world.params, *world.compressors, *rounds.findings.draws, "n"}
        world.bag.add(line_errors.unknown_binding(name, binding.name.span, known))
    return None


def _event(name: str, kind: Kind, value: nodes.Expr, context: ExprContext) -> Given | None:
    """The value that `when` gives to an event."""
    if kind is Kind.NODES:
        if not (isinstance(value, nodes.Name) and value.id == EVERYONE):
            context.bag.add(line_errors.not_everyone(name, value.span))
        return core.Constant(EVERYONE, Kind.NODES, KNOWN_TO_ALL, value.span)
    if kind is Kind.BATCH:
        context.bag.add(line_errors.fixed_batch(name, value.span))
        return None
    return _of_kind(f"event `{name}`", kind, infer(value, context), context)


def _of_kind(what: str, wanted: Kind, value: core.Expr, context: ExprContext) -> core.Expr:
    """The value, reported where it is not of the wanted kind; an int and a real pass for each other."""
    numbers = (Kind.INT, Kind.REAL)
    both_numbers = wanted in numbers and value.kind in numbers
    if not (Kind.UNKNOWN in (wanted, value.kind) or value.kind is wanted or both_numbers):
        context.bag.add(kind_errors.wrong_kind(what, (wanted,), value.kind, value.span))
    return value
