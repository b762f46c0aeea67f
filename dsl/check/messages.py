"""Messages: who sends what to whom, and who knows it afterwards."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes as n
from ..text.records import record
from . import form_errors, kind_errors, place_errors
from . import program as p
from .binding import Walk, bind, named_domain, subset_keeps
from .core import written_out
from .expressions import infer
from .kinds import EVERYONE, KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .members import members_of, no_batch, not_collective
from .placements import ROLES, Seat, seat_of
from .reading import compressed, family
from .scope import Scope
from .world import Here

_ROUTES = {route.value: route for route in p.Route}


@record
class _Envelope:
    """A message without its items."""

    route: p.Route
    domain: Domain
    members: p.Expr | None
    condition: p.Expr | None
    seat: Seat
    arrives: Where


def message(statement: n.Message, scope: Scope, walk: Walk) -> list[p.Stmt]:
    """The checked message; its names are bound even where it has an error."""
    envelope = _envelope(statement, scope, walk)
    if envelope is None:
        for item in statement.items:
            bind(item.target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    _twice(statement, walk)
    items = tuple(_item(item, envelope, scope, walk) for item in statement.items)
    if envelope.route is p.Route.SERVER_TO_NODE and envelope.domain.over is not None:
        scope.told |= {envelope.domain.over}
    return [
        p.Message(
            envelope.route, envelope.domain, envelope.members, envelope.condition, items, statement.span
        )
    ]


def _twice(statement: n.Message, walk: Walk) -> None:
    seen: dict[str, n.Name] = {}
    for item in statement.items:
        name = item.target
        if name.id in seen:
            walk.tally.bag.add(kind_errors.target_twice(name.id, seen[name.id].span, name.span))
        seen.setdefault(name.id, name)


# --- the envelope --------------------------------------------------------------------------------------------


def _envelope(statement: n.Message, scope: Scope, walk: Walk) -> _Envelope | None:
    route = _route(statement, walk)
    if route is None or not _well_formed(statement, route, walk):
        return None
    domain, members = EVERYONE, None
    end = statement.receiver if route is p.Route.SERVER_TO_NODE else statement.sender
    if end.members is not None:
        role = ROLES[statement.sender.name.id]
        found = members_of(end.members, role, scope, walk)
        if found is None:
            return None
        domain, members = found
    if statement.sender.condition is None:
        return _addressed(route, domain, members, None)
    return _with_condition(statement, statement.sender.condition, domain, members, scope, walk)


def _route(statement: n.Message, walk: Walk) -> p.Route | None:
    sender, receiver = statement.sender.name, statement.receiver.name
    bag = walk.tally.bag
    if "server" in (sender.id, receiver.id) and walk.world.on_graph:
        bag.add(place_errors.no_server(sender.span if sender.id == "server" else receiver.span))
        return None
    route = _ROUTES.get(f"{sender.id} -> {receiver.id}")
    if route is None:
        bag.add(form_errors.bad_route(sender.id, receiver.id, sender.span.to(receiver.span)))
    return route


def _well_formed(statement: n.Message, route: p.Route, walk: Walk) -> bool:
    """Whether `in` and `when` stand where they may."""
    fine = True
    for role, chooses in (
        (statement.sender, route is p.Route.NODE_TO_SERVER),
        (statement.receiver, route is p.Route.SERVER_TO_NODE),
    ):
        if role.members is not None and not chooses:
            walk.tally.bag.add(form_errors.no_members(role.name.id, role.members.span))
            fine = False
    for role, sends in ((statement.sender, route is p.Route.NODE_TO_SERVER), (statement.receiver, False)):
        if role.condition is not None and not sends:
            walk.tally.bag.add(form_errors.no_condition(role.condition.span))
            fine = False
    return fine


def _with_condition(
    statement: n.Message, written: n.Expr, domain: Domain, members: p.Expr | None, scope: Scope, walk: Walk
) -> _Envelope | None:
    """`node when e -> server`: the senders are a domain of their own."""
    if domain.bag:
        walk.tally.bag.add(form_errors.when_over_bag(written.span))
        return None
    seat = seat_of(Placement.NODE, domain)
    condition = infer(written, Here(walk.world, walk.tally, scope, seat, purpose="`when`"))
    if condition.kind not in (Kind.BOOL, Kind.UNKNOWN):
        walk.tally.bag.add(kind_errors.not_a_condition("`when`", condition.kind, condition.span))
    first = statement.items[0].target.id if statement.items else "q"
    senders = Domain(walk.tally.bindings + 1, f"who({first})")
    envelope = _addressed(p.Route.NODE_TO_SERVER, domain, members, condition)
    return replace(envelope, domain=senders, arrives=Where(Placement.LINK, Spread.NODES, senders))


def _addressed(route: p.Route, domain: Domain, members: p.Expr | None, condition: p.Expr | None) -> _Envelope:
    """Who evaluates the items, and who knows them when they have arrived."""
    node, server = seat_of(Placement.NODE, domain), seat_of(Placement.SERVER)
    link = Where(Placement.LINK, Spread.NODES, domain)
    match route:
        case p.Route.NODE_TO_SERVER:
            seat, arrives = node, link
        case p.Route.SERVER_TO_ALL:
            seat, arrives = server, KNOWN_TO_ALL
        case p.Route.SERVER_TO_NODE:
            seat, arrives = server.per(Spread.NODES, domain), link
        case p.Route.SERVER_TO_GROUP:
            seat, arrives = server.per(Spread.GROUPS, EVERYONE), Where(Placement.GROUP, Spread.GROUPS)
        case p.Route.NODE_TO_NEIGHBORS:
            seat, arrives = node, Where(Placement.NEIGHBORS, Spread.NODES)
        case p.Route.NODE_TO_ALL:
            seat, arrives = node, KNOWN_TO_ALL
    return _Envelope(route, domain, members, condition, seat, arrives)


# --- items ---------------------------------------------------------------------------------------------------


def _item(item: n.Item, envelope: _Envelope, scope: Scope, walk: Walk) -> p.Item:
    collective = envelope.route is p.Route.NODE_TO_ALL
    here = Here(walk.world, walk.tally, scope, envelope.seat, binds=item.target.id, collective=collective)
    value = infer(written_out(item), here)
    no_batch(value, here)
    if collective:
        not_collective(value, here)
    if envelope.route is p.Route.SERVER_TO_ALL and family(value):
        here.bag.add(place_errors.family_to_all(value.span.text, value.span, item.target.id))
    lost = subset_keeps(item.target, envelope.domain, walk)
    names = named_domain(value, scope)
    packed = compressed(value, here)
    target = bind(
        item.target, value.kind, envelope.arrives, walk, scope, lost=lost, names=names, compressed=packed
    )
    return p.Item(target, value, item.span)
