"""Names in expressions -> checked reads, where the evaluator may read them."""

from __future__ import annotations

from ..syntax import nodes
from ..text.diagnostics import Diagnostic
from ..text.nearest import nearest
from ..text.source import Span
from . import call_errors, domain_errors, kind_errors, line_errors, name_errors, param_errors, place_errors
from . import program as core
from .constants import CONSTANTS
from .context import ExprContext
from .contracts import Contract
from .distributions import DISTRIBUTIONS
from .kinds import KNOWN_TO_ALL, Kind, Placement, Spread, Where
from .placements import Standing
from .reserved import LANGUAGE_NAMES
from .scope import Entry, Gone, Loss


def failed(span: Span, context: ExprContext) -> core.Expr:
    """A stand-in for an expression that has an error: of unknown kind, which every rule accepts."""
    return core.Literal(0, Kind.UNKNOWN, Where(context.evaluator.placement), span)


def read(name: nodes.Name, context: ExprContext) -> core.Expr:
    """The value of a name."""
    world = context.world
    status = context.scope.names.get(name.id)
    if isinstance(status, Entry):
        return _variable(name, status, context)
    if isinstance(status, Gone):
        if not world.binds_unknown and name.id not in world.unparsed_names:
            context.bag.add(gone_error(name.id, name.span, status))
        _lose(name, context)
        return failed(name.span, context)
    if name.id in world.params:
        return param(name, context, previous=False)
    if name.id in context.scope.counters:
        return _counter(name, context)
    if name.id in CONSTANTS:
        return _constant(name, context)
    _unreadable(name, context)
    return failed(name.span, context)


# --- variables -----------------------------------------------------------------------------------------------


def _variable(name: nodes.Name, entry: Entry, context: ExprContext) -> core.Expr:
    if entry.from_init:
        context.findings.states.add(name.id)
        context.findings.readers.setdefault(name.id, set()).add(_reader(context))
    if entry.lost or name.id in context.world.unparsed_names:  # a line that did not parse may bind it
        return failed(name.span, context)
    if not (_may_read(name, entry, context) and _in_domain(name, entry, context)):
        return failed(name.span, context)
    return core.Read(entry.symbol, entry.binding, entry.kind, entry.where, name.span)


def _reader(context: ExprContext) -> Placement:
    """The reader: all for conditions, counts and `in` that all must know, the server for outputs."""
    seen = context.evaluator.standing is Standing.OBSERVER and context.purpose in (
        "a condition",
        "a count",
        "`in`",
    )
    return Placement.ALL if seen else context.evaluator.placement


def _may_read(name: nodes.Name, entry: Entry, context: ExprContext) -> bool:
    if context.evaluator.reads(entry.where.placement):
        return True
    reader = context.evaluator.placement
    if context.findings.refuses(entry.number, reader.value):
        context.bag.add(place_errors.unreadable(name.id, name.span, reader, entry.where, entry.span))
    return False


def _in_domain(name: nodes.Name, entry: Entry, context: ExprContext) -> bool:
    domain = entry.where.domain
    if context.evaluator.fan is Spread.ONE or domain.over is None or domain == context.evaluator.domain:
        return True
    context.bag.add(
        domain_errors.outside_domain(name.id, name.span, domain, context.evaluator.domain, entry.span)
    )
    return False


def gone_error(name: str, span: Span, status: Gone) -> Diagnostic:
    """The diagnostic of a name that was bound and is not known here."""
    if status.looped:
        return _loop_error(name, span, status)
    match status.loss:
        case Loss.ONE_BRANCH:
            return name_errors.bound_on_one_branch(name, span, status.first)
        case Loss.REPEAT:
            return name_errors.bound_in_repeat(name, span, status.first)
        case Loss.KNOWERS:
            return name_errors.knower_differs(name, span, status.first, status.second)
        case Loss.DOMAINS:
            return domain_errors.domain_differs(name, span, status.first, status.second)
        case Loss.KINDS:
            assert status.kinds is not None
            first, second = status.kinds
            return kind_errors.branches_differ(name, span, (status.first, first), (status.second, second))


def _loop_error(name: str, span: Span, status: Gone) -> Diagnostic:
    """The diagnostic of a name that a loop bound in another way than before it."""
    if status.kinds is not None:
        first, second = status.kinds
        return kind_errors.loop_changes_kind(name, span, (status.first, first), (status.second, second))
    if status.loss is Loss.DOMAINS:
        return domain_errors.loop_changes_domain(name, span, status.first, status.second)
    return name_errors.loop_changes_knowers(name, span, status.first, status.second)


# --- params, counters, constants -----------------------------------------------------------------------------


def param(name: nodes.Name, context: ExprContext, *, previous: bool) -> core.Expr:
    """A param's value, or with `previous` the one of the last round."""
    declared = context.world.params[name.id]
    context.findings.read_params.add(name.id)
    if declared.kind is None:
        if name.id == context.binds:
            context.bag.add(param_errors.itself(name.id, name.span))
        elif context.findings.refuses(declared.symbol.number, "a param above it"):
            context.bag.add(param_errors.declared_later(name.id, name.span, declared.line.name.span))
        return failed(name.span, context)
    if declared.schedule or previous:
        context.findings.saw_counter = True
    kind = Kind.REAL if previous and declared.kind is Kind.INT else declared.kind
    return core.ParamRead(declared.symbol, previous, kind, KNOWN_TO_ALL, name.span)


def _counter(name: nodes.Name, context: ExprContext) -> core.Expr:
    context.findings.saw_counter = True
    if context.evaluator.standing is Standing.SETUP:
        context.world.counter_used = True
    return core.Counter(context.world.symbol(name.id), Kind.INT, KNOWN_TO_ALL, name.span)


def _constant(name: nodes.Name, context: ExprContext) -> core.Expr:
    row = CONSTANTS[name.id]
    if row.on_graph and not context.world.on_graph:
        context.bag.add(line_errors.graph_constant(name.id, name.span))
        return failed(name.span, context)
    if row.on_graph and context.world.is_directed:
        context.bag.add(line_errors.symmetric_constant(name.id, name.span))
        return failed(name.span, context)
    if not context.evaluator.reads(row.where.placement):
        context.bag.add(place_errors.constant_family(name.id, name.span))
        return failed(name.span, context)
    return core.Constant(row.name, row.kind, row.where, name.span)


# --- unreadable names ----------------------------------------------------------------------------------------


def _unreadable(name: nodes.Name, context: ExprContext) -> None:
    """Report a name without a meaning here, such as a function or an unbound name."""
    world = context.world
    if name.id in world.unparsed_names or name.id in world.refused:
        return
    if name.id in LANGUAGE_NAMES and name.id in world.bound:  # which has been reported
        return
    if name.id in world.compressors:
        context.bag.add(
            call_errors.not_a_value(name.id, "a compressor", name.span, f"apply it: `{name.id}(e)`")
        )
    elif world.is_function(name.id):
        context.bag.add(call_errors.not_a_value(name.id, "a function", name.span, f"call it: `{name.id}(…)`"))
    elif name.id in DISTRIBUTIONS:
        remedy = f"draw it: `event c ~ {name.id}(…)`"
        context.bag.add(call_errors.not_a_value(name.id, "a distribution", name.span, remedy))
    elif name.id in world.bound:
        _not_here(name, world.bound[name.id], context)
    elif name.id == "k" and world.counter is None:
        context.bag.add(name_errors.unnamed_counter(name.id, name.span))
    elif world.counter is not None and name.id == world.counter.id:
        context.bag.add(name_errors.counter_in_init(name.id, name.span, world.counter.span))
    elif name.id in world.repeats:
        context.bag.add(name_errors.counter_outside(name.id, name.span, world.repeats[name.id]))
    elif not world.binds_unknown or nearest(name.id, world.readable(context.scope)):
        context.bag.add(name_errors.unknown_name(name.id, name.span, world.readable(context.scope)))


def _not_here(name: nodes.Name, bound: Span, context: ExprContext) -> None:
    """Report a name that is bound, but not on the path to this place."""
    if context.evaluator.standing in (Standing.SETUP, Standing.CONSTANTS):
        context.bag.add(param_errors.round_value(name.id, name.span, bound))
    elif not context.world.binds_unknown:
        context.bag.add(name_errors.not_yet_bound(name.id, name.span, bound if bound != name.span else None))
        _lose(name, context)


def _lose(name: nodes.Name, context: ExprContext) -> None:
    """Mark an unknown name as lost: this path reports it once."""
    symbol, number = context.world.symbol(name.id), context.findings.join()
    context.scope.names[name.id] = Entry(
        symbol, 0, number, Kind.UNKNOWN, Where(Placement.ALL), name.span, lost=True
    )


def compressed(expr: core.Expr, context: ExprContext) -> bool:
    """True for a compressor's result, unchanged; a collective one returns a mean, which no codec wrote."""
    if isinstance(expr, core.Compress):
        return context.world.compressors[expr.compressor.name].contract is not Contract.COLLECTIVE
    entry = context.scope.entry(expr.symbol.name) if isinstance(expr, core.Read) else None
    return entry is not None and entry.compressed


def family(expr: core.Expr) -> bool:
    """True for an expression with one value per node or group."""
    return expr.where.spread is not Spread.ONE


def at_all(expr: core.Expr) -> bool:
    """True for an expression whose value everyone knows."""
    return expr.where.placement is Placement.ALL
