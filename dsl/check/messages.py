"""Messages: the route, domain and items of each, and the place of its items on arrival."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes
from ..text.records import record
from . import kind_errors, place_errors, statement_errors
from . import program as core
from .context import ExprContext
from .desugar import written_out
from .expressions import infer
from .kinds import EVERYONE, KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .members import members_of, refuse_unsendable, require_collective
from .name_lookup import compressed, family
from .placements import ROLES, Evaluator, evaluator_of
from .scope import Scope
from .variables import Walk, bind, named_domain, report_repeated, subset_binds_state

_ROUTES = {route.value: route for route in core.Route}


@record
class _Envelope:
    """A message without its items."""

    route: core.Route
    domain: Domain
    members: core.Expr | None
    condition: core.Expr | None
    evaluator: Evaluator
    arrives: Where


def message(statement: nodes.Message, scope: Scope, walk: Walk) -> list[core.Stmt]:
    """The checked message; its names are bound even where it has an error."""
    envelope = _envelope(statement, scope, walk)
    if envelope is None:
        for item in statement.items:
            bind(item.target, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)
        return []
    report_repeated((item.target for item in statement.items), walk)
    items = tuple(_item(item, envelope, scope, walk) for item in statement.items)
    if envelope.route is core.Route.SERVER_TO_NODE and envelope.domain.over is not None:
        scope.informed |= {envelope.domain.over}
    return [
        core.Message(
            envelope.route, envelope.domain, envelope.members, envelope.condition, items, statement.span
        )
    ]


# --- the envelope --------------------------------------------------------------------------------------------


def _envelope(statement: nodes.Message, scope: Scope, walk: Walk) -> _Envelope | None:
    route = _route(statement, walk)
    if route is None or not _well_formed(statement, route, walk):
        return None
    domain, members = EVERYONE, None
    end = statement.receiver if route is core.Route.SERVER_TO_NODE else statement.sender
    if end.members is not None:
        role = ROLES[statement.sender.name.id]
        found = members_of(end.members, role, scope, walk)
        if found is None:
            return None
        domain, members = found
    if statement.sender.condition is None:
        return _addressed(route, domain, members, None)
    return _with_condition(statement, statement.sender.condition, domain, members, scope, walk)


def _route(statement: nodes.Message, walk: Walk) -> core.Route | None:
    sender, receiver = statement.sender.name, statement.receiver.name
    bag = walk.findings.bag
    if "server" in (sender.id, receiver.id) and walk.world.on_graph:
        bag.add(place_errors.no_server(sender.span if sender.id == "server" else receiver.span))
        return None
    route = _ROUTES.get(f"{sender.id} -> {receiver.id}")
    if route is None:
        bag.add(statement_errors.bad_route(sender.id, receiver.id, sender.span.to(receiver.span)))
    return route


def _well_formed(statement: nodes.Message, route: core.Route, walk: Walk) -> bool:
    """True if `in` and `when` stand where the route allows them; reports them otherwise."""
    fine = True
    for role, chooses in (
        (statement.sender, route is core.Route.NODE_TO_SERVER),
        (statement.receiver, route is core.Route.SERVER_TO_NODE),
    ):
        if role.members is not None and not chooses:
            walk.findings.bag.add(statement_errors.no_members(role.name.id, role.members.span))
            fine = False
    for role, sends in ((statement.sender, route is core.Route.NODE_TO_SERVER), (statement.receiver, False)):
        if role.condition is not None and not sends:
            walk.findings.bag.add(statement_errors.no_condition(role.condition.span))
            fine = False
    return fine


def _with_condition(
    statement: nodes.Message,
    written: nodes.Expr,
    domain: Domain,
    members: core.Expr | None,
    scope: Scope,
    walk: Walk,
) -> _Envelope | None:
    """`node when e -> server`: the senders are a domain of their own."""
    if domain.bag:
        walk.findings.bag.add(statement_errors.when_over_bag(written.span))
        return None
    evaluator = evaluator_of(Placement.NODE, domain)
    condition = infer(written, ExprContext(walk.world, walk.findings, scope, evaluator, purpose="`when`"))
    if condition.kind not in (Kind.BOOL, Kind.UNKNOWN):
        walk.findings.bag.add(kind_errors.not_a_condition("`when`", condition.kind, condition.span))
    first = statement.items[0].target.id if statement.items else "q"
    senders = Domain(walk.findings.bindings + 1, f"who({first})")
    envelope = _addressed(core.Route.NODE_TO_SERVER, domain, members, condition)
    return replace(envelope, domain=senders, arrives=Where(Placement.LINK, Spread.NODES, senders))


def _addressed(
    route: core.Route, domain: Domain, members: core.Expr | None, condition: core.Expr | None
) -> _Envelope:
    """The envelope of a route: the evaluator of its items, and their place on arrival."""
    node, server = evaluator_of(Placement.NODE, domain), evaluator_of(Placement.SERVER)
    link = Where(Placement.LINK, Spread.NODES, domain)
    match route:
        case core.Route.NODE_TO_SERVER:
            evaluator, arrives = node, link
        case core.Route.SERVER_TO_ALL:
            evaluator, arrives = server, KNOWN_TO_ALL
        case core.Route.SERVER_TO_NODE:
            evaluator, arrives = server.per(Spread.NODES, domain), link
        case core.Route.SERVER_TO_GROUP:
            evaluator, arrives = server.per(Spread.GROUPS, EVERYONE), Where(Placement.GROUP, Spread.GROUPS)
        case core.Route.NODE_TO_NEIGHBORS:
            evaluator, arrives = node, Where(Placement.NEIGHBORS, Spread.NODES)
        case core.Route.NODE_TO_ALL:
            evaluator, arrives = node, KNOWN_TO_ALL
    return _Envelope(route, domain, members, condition, evaluator, arrives)


# --- items ---------------------------------------------------------------------------------------------------


def _item(item: nodes.Item, envelope: _Envelope, scope: Scope, walk: Walk) -> core.Item:
    collective = envelope.route is core.Route.NODE_TO_ALL
    context = ExprContext(
        walk.world, walk.findings, scope, envelope.evaluator, binds=item.target.id, collective=collective
    )
    value = infer(written_out(item), context)
    refuse_unsendable(value, context)
    if collective:
        require_collective(value, context)
    if envelope.route is core.Route.SERVER_TO_ALL and family(value):
        context.bag.add(place_errors.family_to_all(value.span.text, value.span, item.target.id))
    lost = subset_binds_state(item.target, envelope.domain, walk)
    named = named_domain(value, scope)
    packed = compressed(value, context)
    target = bind(
        item.target,
        value.kind,
        envelope.arrives,
        walk,
        scope,
        lost=lost,
        named_domain=named,
        compressed=packed,
    )
    return core.Item(target, value, item.span)
