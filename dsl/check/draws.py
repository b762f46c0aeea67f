"""Events: `event c ~ bernoulli(p)`, drawn by the role whose block it stands in."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes
from . import aggregate_errors, bucket_errors, call_errors, kind_errors, place_errors, statement_errors
from . import program as core
from .constants import CONSTANTS
from .context import ExprContext
from .distributions import DISTRIBUTIONS, ENTRYWISE, Distribution
from .epochs import EPOCH_KEYWORDS, epoch_settings
from .expressions import infer, joined_place
from .kinds import Domain, Kind, Placement, Spread, Where
from .name_lookup import family
from .placements import Evaluator
from .scope import Scope
from .variables import Walk, assigned_where, bag_binds_state, bind, stored_kind


def draw(
    statement: nodes.Event, scope: Scope, walk: Walk, evaluator: Evaluator, at: core.At
) -> list[core.Stmt]:
    """The checked draw; the target is bound even where the draw has an error."""
    target, call = statement.target, statement.distribution
    context = ExprContext(walk.world, walk.findings, scope, evaluator, binds=target.id)
    site = walk.findings.site("event", target.id)
    row = DISTRIBUTIONS.get(call.function.id)
    if row is None:
        error = statement_errors.unknown_distribution(call.function.id, call.function.span, DISTRIBUTIONS)
        context.bag.add(error)
        bind(target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    arguments = _arguments(row, call, context)
    if row.name in ENTRYWISE and any(argument.kind is Kind.VECTOR for argument in arguments):
        row, arguments = ENTRYWISE[row.name], tuple(map(_as_vector, arguments))
    settings = _settings(row, call, context)
    if row.of_samples and evaluator.placement not in (Placement.NODE, Placement.LINK):
        context.bag.add(place_errors.batch_elsewhere(call.span, evaluator.placement))
        bind(target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    if row.deals and evaluator.placement is not Placement.SERVER:
        context.bag.add(bucket_errors.buckets_elsewhere(call.span, evaluator.placement))
        bind(target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    walk.findings.draws[target.id] = row.kind
    bound = _bind(row, target, arguments, call, scope, walk, evaluator)
    return [core.Draw(at, bound, row.name, arguments, settings, site, statement.span)]


def _bind(
    row: Distribution,
    target: nodes.Name,
    arguments: tuple[core.Expr, ...],
    call: nodes.Call,
    scope: Scope,
    walk: Walk,
    evaluator: Evaluator,
) -> core.Target:
    """The target: a set of nodes names a domain of its own, and `each(q)` draws one from a family of chances."""
    context = ExprContext(walk.world, walk.findings, scope, evaluator)
    drawn_from = Where(evaluator.placement, Spread.NODES if row.deals else Spread.ONE)
    if row.kind is not Kind.NODES and arguments and not row.deals:
        drawn_from = joined_place(arguments, call.span, context) or drawn_from
    kind, where = row.kind, assigned_where(target.id, drawn_from, evaluator, scope)
    if evaluator.domain.over is not None and where.domain.over is None:
        if kind is Kind.BATCH:
            where = replace(where, domain=evaluator.domain)  # batches of the others are not kept
        else:
            kind = stored_kind(target, kind, call.span, scope, walk)
    named = Domain(walk.findings.bindings + 1, target.id, row.bag) if row.kind is Kind.NODES else None
    lost = bag_binds_state(target, evaluator, walk)
    return bind(target, kind, where, walk, scope, lost=lost, named_domain=named)


def _arguments(row: Distribution, call: nodes.Call, context: ExprContext) -> tuple[core.Expr, ...]:
    arguments = tuple(infer(argument, context) for argument in call.arguments)
    if len(arguments) != len(row.arguments):
        wanted = ", ".join(name for name, _ in row.arguments)
        error = call_errors.argument_count(row.name, f"`({wanted})`", len(arguments), call.span)
        context.bag.add(error)
        return ()
    if row.deals and family(arguments[1]):
        context.bag.add(aggregate_errors.needs_one(f"`s` of `{row.name}`", arguments[1].span))
    for argument, (name, kind) in zip(arguments, row.arguments, strict=True):
        if not (row.name in ENTRYWISE and argument.kind is Kind.VECTOR):
            _fits(argument, kind, f"`{name}` of `{row.name}`", context)
    if row.arguments[0][0] == "n":
        first = arguments[0]
        if not (isinstance(first, core.Constant) and first.name == "n") and first.kind is not Kind.UNKNOWN:
            context.bag.add(statement_errors.draws_from_n(row.name, first.span))
    return arguments


def _as_vector(argument: core.Expr) -> core.Expr:
    """An argument of a draw by entry; a number goes with every entry."""
    if argument.kind is Kind.VECTOR:
        return argument
    ones = core.Constant("ones", Kind.VECTOR, CONSTANTS["ones"].where, argument.span)
    return core.Apply("*", (ones, argument), Kind.VECTOR, argument.where, argument.span)


def _fits(argument: core.Expr, wanted: Kind, what: str, context: ExprContext) -> None:
    accepted = (Kind.INT, Kind.REAL) if wanted is Kind.REAL else (wanted,)
    if argument.kind in accepted or argument.kind is Kind.UNKNOWN or context.world.is_open(argument):
        return
    remedy = "round it: `ceil(…)`" if (wanted, argument.kind) == (Kind.INT, Kind.REAL) else ""
    context.bag.add(kind_errors.wrong_kind(what, accepted, argument.kind, argument.span, remedy))


def _settings(row: Distribution, call: nodes.Call, context: ExprContext) -> tuple[tuple[str, core.Expr], ...]:
    allowed = ("replace", *EPOCH_KEYWORDS) if row.of_samples else ()
    settings = list(epoch_settings(call, context)) if row.of_samples else []
    for keyword in call.keywords:
        if keyword.name.id not in allowed:
            error = call_errors.unknown_keyword(row.name, keyword.name.id, keyword.name.span, allowed)
            context.bag.add(error)
        elif keyword.name.id == "replace":
            value = infer(keyword.value, context)
            _fits(value, Kind.BOOL, "`replace` of `minibatch`", context)
            settings.append((keyword.name.id, value))
    return tuple(settings)
