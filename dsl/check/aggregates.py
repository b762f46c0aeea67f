"""Aggregates of families: the domain of each; all aggregates of one expression share a domain."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes
from . import aggregate_errors, bucket_errors, expressions, kind_errors, place_errors
from . import program as core
from .constants import CONSTANTS
from .context import ExprContext, World
from .desugar import names_in
from .kinds import KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .name_lookup import failed, family
from .operators import AGGREGATES, AggregateRow, plugin_row
from .placements import CONSTANTS as CONSTANTS_SEAT
from .placements import Standing
from .reserved import LANGUAGE_NAMES
from .scope import Scope
from .traverse import EXPRESSIONS

BY = "by"
"""The named argument of aggregates: `median(e, by = b)` is of the means of nodes with equal b."""

LINEAR = ("mean", "sum")
"""Aggregates that take no `by`."""

_SETUP = (Standing.SETUP, Standing.CONSTANTS)


def infer_aggregate(call: nodes.Call, context: ExprContext) -> core.Expr:
    """The checked aggregate, of a call with one argument and the setting that its row has."""
    name, written = call.function.id, call.arguments[0]
    if context.evaluator.standing in _SETUP or _only_constants(written, context):
        return _aggregated(call, context.at(CONSTANTS_SEAT), KNOWN_TO_ALL)
    if context.world.on_graph and not context.observing:
        context.bag.add(place_errors.no_server(call.span, name))
        return failed(call.span, context)
    if context.evaluator.placement is not Placement.SERVER:
        context.bag.add(
            aggregate_errors.aggregate_elsewhere(
                name, written.span.text, call.span, context.evaluator.placement
            )
        )
        return failed(call.span, context)
    return _aggregated(call, context.at(context.evaluator.alone()), Where(Placement.SERVER))


def _only_constants(argument: nodes.Expr, context: ExprContext) -> bool:
    """True for an expression over constants and params alone: everyone knows its aggregate."""
    names = [name.id for name in names_in(argument)]
    known = (*CONSTANTS, *context.world.params)
    return any(name in CONSTANTS for name in names) and all(name in known for name in names)


def _aggregated(call: nodes.Call, inside: ExprContext, where: Where) -> core.Expr:
    row, written = aggregate_row(call.function.id, inside.world), call.arguments[0]
    assert row is not None
    if isinstance(written, nodes.Over):
        over, domain, argument = _over(written, inside)
    else:
        argument = expressions.infer(written, inside.deeper())
        over, domain = None, argument.where.domain
    settings = [expressions.infer(setting, inside.deeper()) for setting in call.arguments[1:]]
    parts = (argument, *settings)
    if any(part.kind is Kind.UNKNOWN for part in parts):
        return failed(call.span, inside)
    kind = row.kind(tuple(part.kind for part in parts))
    if kind is None:
        sides = [(part.span, part.kind) for part in parts]
        inside.bag.add(kind_errors.mixed(row.name, row.takes, sides))
        return failed(call.span, inside)
    if settings and family(settings[0]):
        inside.bag.add(aggregate_errors.needs_one(f"`{row.setting}` of `{row.name}`", settings[0].span))
        return failed(call.span, inside)
    if not family(argument) and (over is None or inside.evaluator.standing in _SETUP):
        inside.bag.add(aggregate_errors.not_a_family(row.name, argument.span.text, argument.kind, call.span))
        return failed(call.span, inside)
    fan = Spread.NODES if over is not None else argument.where.spread
    groups = [
        _groups(k, row, replace(argument.where, spread=fan, domain=domain), inside)
        for k in call.keywords
        if k.name.id == BY
    ]
    if None in groups:
        return failed(call.span, inside)
    kind = Kind.REAL if groups and kind is Kind.INT else kind
    return core.Aggregate(
        row.name,
        argument,
        over,
        domain,
        kind,
        where,
        call.span,
        settings[0] if settings else None,
        row.name not in AGGREGATES,
        groups[0] if groups else None,
    )


def _groups(keyword: nodes.Keyword, row: AggregateRow, of: Where, inside: ExprContext) -> core.Expr | None:
    """The checked `by = b` of an aggregate of a family that is `of` these nodes; None, and reported, where it has no
    meaning."""
    if row.name in LINEAR:
        inside.bag.add(bucket_errors.by_of_linear(row.name, keyword.name.span))
        return None
    if inside.evaluator.standing in _SETUP or inside.observing:
        inside.bag.add(bucket_errors.by_elsewhere(keyword.name.span))
        return None
    evaluator = replace(inside.evaluator, fan=of.spread, domain=of.domain)
    found = expressions.infer(keyword.value, inside.at(evaluator).deeper())
    if found.kind is Kind.UNKNOWN:
        return None
    if found.kind is not Kind.INT:
        inside.bag.add(kind_errors.wrong_kind("`by`", (Kind.INT,), found.kind, found.span))
        return None
    if found.where.spread is not of.spread:
        inside.bag.add(bucket_errors.by_of_one(found.span.text, found.span, of.spread))
        return None
    return found


def aggregate_row(name: str, world: World) -> AggregateRow | None:
    """The row of an aggregate of the language or, where the spec binds no such name, of a plug-in."""
    if name in AGGREGATES or name in LANGUAGE_NAMES or name in world.taken():
        return AGGREGATES.get(name)
    contract = world.registry.aggregators.get(name)
    return None if contract is None else plugin_row(name, contract.doc, *[a.name for a in contract.arguments])


# --- over the senders of a family ----------------------------------------------------------------------------


def _over(written: nodes.Over, context: ExprContext) -> tuple[core.Expr | None, Domain, core.Expr]:
    """`e over m`: the checked m, its domain, and e as each node of that domain has it."""
    named = expressions.infer(written.family, context.deeper())
    domain = _domain_named(named, context.scope)
    if domain is None:
        if named.kind is not Kind.UNKNOWN:
            context.bag.add(aggregate_errors.over_no_one(named.span.text, written.family.span))
        return None, Domain(), failed(written.span, context)
    evaluator = replace(context.evaluator, fan=Spread.NODES, domain=domain)
    return named, domain, expressions.infer(written.operand, context.at(evaluator).deeper())


def _domain_named(named: core.Expr, scope: Scope) -> Domain | None:
    """The domain of a family, or the one that a set of nodes names."""
    if isinstance(named, core.Who):
        return named.family.where.domain
    if named.kind is Kind.NODES:
        entry = scope.entry(named.symbol.name) if isinstance(named, core.Read) else None
        return None if entry is None else entry.named_domain
    return named.where.domain if named.where.spread is Spread.NODES else None


# --- the aggregates of one expression ------------------------------------------------------------------------


def same_domain(expr: core.Expr, context: ExprContext) -> None:
    """Report aggregates of one written expression that run over different domains."""
    found: dict[Domain, core.Aggregate] = {}
    for part in EXPRESSIONS.walk(expr):
        if isinstance(part, core.Aggregate):
            found.setdefault(part.domain, part)
    if len(found) > 1:
        first, second = list(found.values())[:2]
        context.bag.add(aggregate_errors.aggregates_differ(_described(first), _described(second)))


def _described(aggregate: core.Aggregate) -> aggregate_errors.Aggregated:
    """An aggregate as its diagnostic shows it: `by` names a family, or a set, of its domain."""
    families = [
        part.symbol.name
        for part in EXPRESSIONS.walk(aggregate.argument)
        if isinstance(part, core.Read) and part.where.domain == aggregate.domain and family(part)
    ]
    by = aggregate.over.span.text if aggregate.over is not None else min(families, default="")
    written = aggregate.over is None
    return aggregate_errors.Aggregated(
        aggregate.operator, aggregate.argument.span.text, by, aggregate.domain, aggregate.span, written
    )
