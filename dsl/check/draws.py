"""Events: `event c ~ bernoulli(p)`, drawn by the role whose block it stands in."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes as n
from . import form_errors, kind_errors, place_errors
from . import program as p
from .binding import Walk, assigned_where, bag_keeps, bind, stored_kind
from .expressions import infer, joined_place
from .kinds import Domain, Kind, Placement, Where
from .operators import DISTRIBUTIONS, Distribution
from .placements import Seat
from .scope import Scope
from .world import Here


def draw(statement: n.Event, scope: Scope, walk: Walk, seat: Seat, at: p.At) -> list[p.Stmt]:
    """The checked draw; the target is bound even where the draw has an error."""
    target, call = statement.target, statement.distribution
    here = Here(walk.world, walk.tally, scope, seat, binds=target.id)
    site = walk.tally.site("event", target.id)
    row = DISTRIBUTIONS.get(call.function.id)
    if row is None:
        error = form_errors.unknown_distribution(call.function.id, call.function.span, DISTRIBUTIONS)
        here.bag.add(error)
        bind(target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    arguments = _arguments(row, call, here)
    settings = _settings(row, call, here)
    if row.of_samples and seat.placement not in (Placement.NODE, Placement.LINK):
        here.bag.add(place_errors.batch_elsewhere(call.span, seat.placement))
        bind(target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    walk.tally.draws[target.id] = row.kind
    bound = _bind(row, target, arguments, call, scope, walk, seat)
    return [p.Draw(at, bound, row.name, arguments, settings, site, statement.span)]


def _bind(
    row: Distribution,
    target: n.Name,
    arguments: tuple[p.Expr, ...],
    call: n.Call,
    scope: Scope,
    walk: Walk,
    seat: Seat,
) -> p.Target:
    """A set of nodes names a domain of its own; `each(q)` draws one set from a family of probabilities."""
    here = Here(walk.world, walk.tally, scope, seat)
    drawn_from = Where(seat.placement)
    if row.kind is not Kind.NODES and arguments:
        drawn_from = joined_place(arguments, call.span, here) or drawn_from
    kind, where = row.kind, assigned_where(target.id, drawn_from, seat, scope)
    if seat.domain.over is not None and where.domain.over is None:
        if kind is Kind.BATCH:
            where = replace(where, domain=seat.domain)  # batches of the others are not kept
        else:
            kind = stored_kind(target, kind, call.span, scope, walk)
    names = Domain(walk.tally.bindings + 1, target.id, row.bag) if row.kind is Kind.NODES else None
    lost = bag_keeps(target, seat, walk)
    return bind(target, kind, where, walk, scope, lost=lost, names=names)


def _arguments(row: Distribution, call: n.Call, here: Here) -> tuple[p.Expr, ...]:
    arguments = tuple(infer(argument, here) for argument in call.arguments)
    if len(arguments) != len(row.arguments):
        wanted = ", ".join(name for name, _ in row.arguments)
        error = kind_errors.argument_count(row.name, f"`({wanted})`", len(arguments), call.span)
        here.bag.add(error)
        return ()
    for argument, (name, kind) in zip(arguments, row.arguments, strict=True):
        _fits(argument, kind, f"`{name}` of `{row.name}`", here)
    if row.kind is Kind.NODES and len(arguments) == 2:
        first = arguments[0]
        if not (isinstance(first, p.Constant) and first.name == "n") and first.kind is not Kind.UNKNOWN:
            here.bag.add(form_errors.draws_from_n(row.name, first.span))
    return arguments


def _fits(argument: p.Expr, wanted: Kind, what: str, here: Here) -> None:
    accepted = (Kind.INT, Kind.REAL) if wanted is Kind.REAL else (wanted,)
    if argument.kind in accepted or argument.kind is Kind.UNKNOWN or here.world.is_open(argument):
        return
    remedy = "round it: `ceil(…)`" if (wanted, argument.kind) == (Kind.INT, Kind.REAL) else ""
    here.bag.add(kind_errors.wrong_kind(what, accepted, argument.kind, argument.span, remedy))


def _settings(row: Distribution, call: n.Call, here: Here) -> tuple[tuple[str, p.Expr], ...]:
    allowed = ("replace",) if row.of_samples else ()
    settings = []
    for keyword in call.keywords:
        if keyword.name.id not in allowed:
            error = kind_errors.unknown_keyword(row.name, keyword.name.id, keyword.name.span, allowed)
            here.bag.add(error)
            continue
        value = infer(keyword.value, here)
        _fits(value, Kind.BOOL, "`replace` of `minibatch`", here)
        settings.append((keyword.name.id, value))
    return tuple(settings)
