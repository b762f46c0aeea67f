"""Check of guarantees: the sides of a bound as expressions over measures of a run, such as `last(dist2(x))`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS
from ..text.records import structure
from ..text.source import NOWHERE, Span
from . import aggregate_errors, call_errors, kind_errors, line_errors
from . import program as core
from .context import ExprContext, Findings, World
from .expressions import infer
from .kinds import EVERYONE, KNOWN_TO_ALL, Kind, Placement, Spread, Where
from .name_lookup import family
from .params import setup
from .placements import OBSERVER
from .rounds import Rounds
from .scope import Entry, Scope

CLASSES = ("smooth", "convex", "strongly_convex", "pl", "monotone", "strongly_monotone", "homogeneous")
"""Classes of problems for which a guarantee may hold; `homogeneous`: the functions of all nodes are the same."""

METRICS = ("grad_norm2", "f_gap", "loss", "residual2", "grad_map2", "natural2", "consensus")
"""Metrics that take no argument."""

POINT_METRICS = ("dist2", "gap")
"""Metrics of a point: `dist2(x)`, `gap(z)`."""

MEASURES = ("average", "last", "at_output", "start")
"""Functions that make one number of an expression over the points of a run: its mean over rounds 0 .. K-1, its value after
the last round, at the output, and before the first round."""

SOLUTION = "x_star"
"""The solution of the problem, a vector."""

SLOPES = "grad_star"
"""The gradients or operators of the nodes at the solution, a vector of each node."""

START_METRICS: Mapping[str, str] = {"f_gap0": "f_gap", "dist2_0": "dist2"}
"""Numbers of the start that a bound may name: f(x0) - f*, and ||x0 - x*||^2."""

NO_BINDING = -1
"""The number of a read of what no statement binds: the solution, a metric, a measure."""

_NUMBERS = (Kind.REAL, Kind.INT)
_SLOPES_WHERE = Where(Placement.LINK, Spread.NODES, EVERYONE)


@structure
class _Bound:
    """A guarantee that is being checked, with the measures found so far."""

    world: World
    rounds: Rounds
    measured: list[core.Measured] = field(default_factory=list)
    metrics: list[core.Metric] = field(default_factory=list)  # of the measure that is being read

    def placeholder(self, prefix: str, count: int) -> core.Symbol:
        """The symbol of a value that no spec can name."""
        return self.world.symbol(f"#{prefix}{count}")


def check_guarantee(line: nodes.Guarantee, world: World, rounds: Rounds) -> core.Guarantee:
    """The guarantee with checked sides; unknown classes, a condition that is none, and sides that are no numbers are
    reported."""
    for name in line.classes:
        if name.id not in CLASSES:
            world.bag.add(line_errors.unknown_class(name.id, name.span, CLASSES))
    condition = _condition(line, world)
    bound = _Bound(world, rounds)
    left, right = _side(line.left, bound), _side(line.right, bound)
    classes = tuple(name.id for name in line.classes)
    return core.Guarantee(line.title.value, classes, condition, left, right, tuple(bound.measured), line.span)


def _condition(line: nodes.Guarantee, world: World) -> core.Expr | None:
    if line.condition is None:
        return None
    condition = infer(line.condition, _bound_context({}, world))
    if condition.kind not in (Kind.BOOL, Kind.UNKNOWN):
        world.bag.add(kind_errors.not_a_condition("`when`", condition.kind, condition.span))
    return condition


def _bound_context(measured: Mapping[str, core.Symbol], world: World) -> ExprContext:
    """The context of a bound's sides: params, constants, the metrics of the start, and measures by their placeholders."""
    context = setup(world, purpose="a guarantee")
    number = context.findings.join()  # that of no binding
    symbols = {name: world.symbol(name) for name in START_METRICS} | dict(measured)
    names = {
        name: Entry(symbol, NO_BINDING, number, Kind.REAL, KNOWN_TO_ALL, NOWHERE)
        for name, symbol in symbols.items()
    }
    return replace(context, scope=Scope(dict(names)))


def _side(written: nodes.Expr, bound: _Bound) -> core.Expr:
    rewritten = _with_placeholders(written, bound)
    names = {one.symbol.name: one.symbol for one in bound.measured}
    side = infer(rewritten, _bound_context(names, bound.world))
    if side.kind not in (*_NUMBERS, Kind.UNKNOWN):
        bound.world.bag.add(kind_errors.wrong_kind("a bound", _NUMBERS, side.kind, written.span))
    return side


def _with_placeholders(expr: nodes.Expr, bound: _Bound) -> nodes.Expr:
    """The expression with a name in the place of each measure, which is checked; metrics without a measure are reported."""
    match expr:
        case nodes.Call() if expr.function.id in MEASURES:
            return nodes.Name(_measure(expr, bound).name, expr.span)
        case nodes.Call() if expr.function.id in POINT_METRICS:
            return _bare(expr.span.text, expr.span, bound)
        case nodes.Name() if expr.id in METRICS or expr.id in bound.rounds.end.names:
            return _bare(expr.id, expr.span, bound)
        case _:
            return EXPRESSIONS.map_children(expr, lambda part: _with_placeholders(part, bound))


def _bare(name: str, span: Span, bound: _Bound) -> nodes.Expr:
    bound.world.bag.add(line_errors.bare_metric(name, span))
    return nodes.Number(1.0, span)


# --- measures ------------------------------------------------------------------------------------------------


def _measure(call: nodes.Call, bound: _Bound) -> core.Symbol:
    """The placeholder of a measure: `last(dist2(x) + gamma^2 * mean(norm2(h_i - grad_star)))`; reported where it is of
    anything but one number a point."""
    symbol = bound.placeholder("m", len(bound.measured))
    value: core.Expr = core.Literal(0.0, Kind.UNKNOWN, KNOWN_TO_ALL, call.span)
    bound.metrics = []
    if len(call.arguments) != 1 or call.keywords:
        found = len(call.arguments) + len(call.keywords)
        bound.world.bag.add(call_errors.argument_count(call.function.id, "1 metric", found, call.span))
    elif not _is_unknown_metric(call.arguments[0], bound):
        value = _value(call.arguments[0], bound)
    measured = core.Measured(symbol, call.function.id, value, tuple(bound.metrics), call.span)
    bound.measured.append(measured)
    return symbol


def _is_unknown_metric(metric: nodes.Expr, bound: _Bound) -> bool:
    """True, and a report unless a line that did not parse may bind it, for a lone name that is neither metric nor number."""
    names, world = bound.rounds.end.names, bound.world
    if not isinstance(metric, nodes.Name) or metric.id in METRICS or metric.id in world.params:
        return False
    entry = bound.rounds.end.entry(metric.id)
    if entry is not None and entry.kind in (*_NUMBERS, Kind.UNKNOWN):
        return False
    if metric.id not in world.unparsed_names:
        numbers = [name for name in names if _is_number(name, bound)]
        world.bag.add(
            line_errors.unknown_metric(metric.id, metric.span, (*METRICS, *POINT_METRICS, *numbers))
        )
    return True


def _is_number(name: str, bound: _Bound) -> bool:
    entry = bound.rounds.end.entry(name)
    return entry is not None and entry.kind in _NUMBERS


def _value(written: nodes.Expr, bound: _Bound) -> core.Expr:
    """The number that is measured at every point."""
    context = _point_context(bound)
    value = infer(_with_metrics(written, bound), _with_entries(context, bound))
    if value.kind not in (*_NUMBERS, Kind.UNKNOWN):
        bound.world.bag.add(kind_errors.wrong_kind("a measure", _NUMBERS, value.kind, written.span))
    elif value.kind is not Kind.UNKNOWN and family(value):
        bound.world.bag.add(aggregate_errors.needs_one("a measure", written.span))
    return value


def _point_context(bound: _Bound) -> ExprContext:
    """The context of what is measured: the names at the end of a round, the solution, the nodes' gradients there."""
    findings, world = Findings(bound.world.bag), bound.world
    number, end = findings.join(), bound.rounds.end
    known = {
        SOLUTION: Entry(world.symbol(SOLUTION), NO_BINDING, number, Kind.VECTOR, KNOWN_TO_ALL, NOWHERE),
        SLOPES: Entry(world.symbol(SLOPES), NO_BINDING, number, Kind.VECTOR, _SLOPES_WHERE, NOWHERE),
    }
    scope = Scope({**known, **end.names}, end.informed, end.counters)
    return ExprContext(world, findings, scope, OBSERVER, purpose="a guarantee")


def _with_entries(context: ExprContext, bound: _Bound) -> ExprContext:
    """The context in which metrics, too, are read by their placeholders."""
    number = context.findings.join()
    entries = {
        metric.symbol.name: Entry(
            metric.symbol,
            NO_BINDING,
            number,
            Kind.REAL,
            KNOWN_TO_ALL if metric.point is None else metric.point.where,
            NOWHERE,
        )
        for metric in bound.metrics
    }
    names = {**context.scope.names, **entries}
    return replace(context, scope=Scope(names, context.scope.informed, context.scope.counters))


def _with_metrics(expr: nodes.Expr, bound: _Bound) -> nodes.Expr:
    """The expression with a name in the place of each metric."""
    match expr:
        case nodes.Name() if expr.id in METRICS:
            return nodes.Name(_metric(expr.id, None, bound).name, expr.span)
        case nodes.Call() if expr.function.id in POINT_METRICS:
            if len(expr.arguments) != 1 or expr.keywords:
                found = len(expr.arguments) + len(expr.keywords)
                bound.world.bag.add(call_errors.argument_count(expr.function.id, "1 point", found, expr.span))
                return nodes.Number(1.0, expr.span)
            point = _point(expr.arguments[0], bound)
            if point is None:
                return nodes.Number(1.0, expr.span)
            return nodes.Name(_metric(expr.function.id, point, bound).name, expr.span)
        case nodes.Call() if _names_no_function(expr, bound):
            known = (*METRICS, *POINT_METRICS)
            bound.world.bag.add(line_errors.unknown_metric(expr.function.id, expr.span, known))
            return nodes.Number(1.0, expr.span)
        case _:
            return EXPRESSIONS.map_children(expr, lambda part: _with_metrics(part, bound))


def _names_no_function(call: nodes.Call, bound: _Bound) -> bool:
    return not bound.world.is_function(call.function.id)


def _point(written: nodes.Expr, bound: _Bound) -> core.Expr | None:
    """The point of a metric; None, and a report, for what is no vector."""
    if isinstance(written, nodes.Name) and bound.rounds.end.names.get(written.id) is None:
        if written.id not in bound.world.unparsed_names:
            vectors = [
                n for n, e in bound.rounds.end.names.items() if isinstance(e, Entry) and e.kind is Kind.VECTOR
            ]
            bound.world.bag.add(line_errors.unknown_metric(written.id, written.span, vectors))
        return None
    point = infer(written, _point_context(bound))
    if point.kind not in (Kind.VECTOR, Kind.UNKNOWN):
        bound.world.bag.add(
            kind_errors.wrong_kind("a metric's point", (Kind.VECTOR,), point.kind, written.span)
        )
        return None
    return point


def _metric(name: str, point: core.Expr | None, bound: _Bound) -> core.Symbol:
    symbol = bound.placeholder(f"m{len(bound.measured)}.", len(bound.metrics))
    bound.metrics.append(core.Metric(symbol, name, point))
    return symbol
