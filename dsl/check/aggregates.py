"""Aggregates of a family: over whom each runs, and that those of one expression run over the same nodes."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes as n
from . import domain_errors, kind_errors, place_errors
from . import expressions as x
from . import program as p
from .core import names_in
from .kinds import KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .operators import AGGREGATES, CONSTANTS
from .placements import CONSTANTS as CONSTANTS_SEAT
from .placements import Standing
from .reading import failed, family
from .scope import Scope
from .traverse import EXPRESSIONS
from .world import Here

_SETUP = (Standing.SETUP, Standing.CONSTANTS)


def infer_aggregate(call: n.Call, here: Here) -> p.Expr:
    """The checked aggregate, of a call with one argument."""
    name, written = call.function.id, call.arguments[0]
    if here.seat.standing in _SETUP or _only_constants(written, here):
        return _aggregated(call, here.at(CONSTANTS_SEAT), KNOWN_TO_ALL)
    if here.world.on_graph and not here.observing:
        here.bag.add(place_errors.no_server(call.span, name))
        return failed(call.span, here)
    if here.seat.placement is not Placement.SERVER:
        here.bag.add(
            place_errors.aggregate_elsewhere(name, written.span.text, call.span, here.seat.placement)
        )
        return failed(call.span, here)
    return _aggregated(call, here.at(here.seat.alone()), Where(Placement.SERVER))


def _only_constants(argument: n.Expr, here: Here) -> bool:
    """Whether an expression speaks of constants and params alone: then everyone knows its aggregate."""
    names = [name.id for name in names_in(argument)]
    known = (*CONSTANTS, *here.world.params)
    return any(name in CONSTANTS for name in names) and all(name in known for name in names)


def _aggregated(call: n.Call, inside: Here, where: Where) -> p.Expr:
    row, written = AGGREGATES[call.function.id], call.arguments[0]
    if isinstance(written, n.Over):
        over, domain, argument = _over(written, inside)
    else:
        argument = x.infer(written, inside.deeper())
        over, domain = None, argument.where.domain
    if argument.kind is Kind.UNKNOWN:
        return failed(call.span, inside)
    kind = row.kind((argument.kind,))
    if kind is None:
        sides = [(argument.span, argument.kind)]
        inside.bag.add(kind_errors.mixed(row.name, "a family of numbers or vectors", sides))
        return failed(call.span, inside)
    if not family(argument) and (over is None or inside.seat.standing in _SETUP):
        inside.bag.add(place_errors.not_a_family(row.name, argument.span.text, argument.kind, call.span))
        return failed(call.span, inside)
    return p.Aggregate(row.name, argument, over, domain, kind, where, call.span)


# --- over the senders of a family ----------------------------------------------------------------------------


def _over(written: n.Over, here: Here) -> tuple[p.Expr | None, Domain, p.Expr]:
    """`e over m`: m, over whom it runs, and e as each of those nodes has it."""
    named = x.infer(written.family, here.deeper())
    domain = _meant(named, here.scope)
    if domain is None:
        if named.kind is not Kind.UNKNOWN:
            here.bag.add(domain_errors.over_no_one(named.span.text, written.family.span))
        return None, Domain(), failed(written.span, here)
    seat = replace(here.seat, fan=Spread.NODES, domain=domain)
    return named, domain, x.infer(written.operand, here.at(seat).deeper())


def _meant(named: p.Expr, scope: Scope) -> Domain | None:
    """The domain of a family, or that a set of nodes names."""
    if isinstance(named, p.Who):
        return named.family.where.domain
    if named.kind is Kind.NODES:
        entry = scope.entry(named.symbol.name) if isinstance(named, p.Read) else None
        return None if entry is None else entry.names
    return named.where.domain if named.where.spread is Spread.NODES else None


# --- the aggregates of one expression ------------------------------------------------------------------------


def same_domain(expr: p.Expr, here: Here) -> None:
    """Say so where aggregates of one written expression run over different nodes."""
    found: dict[Domain, p.Aggregate] = {}
    for part in EXPRESSIONS.walk(expr):
        if isinstance(part, p.Aggregate):
            found.setdefault(part.domain, part)
    if len(found) > 1:
        one, other = list(found.values())[:2]
        here.bag.add(domain_errors.aggregates_differ(_seen(one), _seen(other)))


def _seen(aggregate: p.Aggregate) -> domain_errors.Aggregated:
    """An aggregate as the message about it needs it: `by` names a family, or a set, of its domain."""
    families = [
        part.symbol.name
        for part in EXPRESSIONS.walk(aggregate.argument)
        if isinstance(part, p.Read) and part.where.domain == aggregate.domain and family(part)
    ]
    by = aggregate.over.span.text if aggregate.over is not None else min(families, default="")
    written = aggregate.over is None
    return domain_errors.Aggregated(
        aggregate.operator, aggregate.argument.span.text, by, aggregate.domain, aggregate.span, written
    )
