"""`in S`: the nodes that take part, which the role must know."""

from __future__ import annotations

from ..syntax import nodes
from ..text.diagnostics import Diagnostic, InternalError
from . import compressor_errors, domain_errors, history_errors, kind_errors, place_errors
from . import program as core
from .calls import who
from .context import ExprContext
from .expressions import infer
from .kinds import EVERYONE, HISTORIES, Domain, Kind, Placement
from .name_lookup import at_all
from .placements import OBSERVER
from .scope import Scope
from .variables import Walk

_KNOWN_DOMAINS = {
    Placement.NODE: (Placement.NODE, Placement.LINK, Placement.NEIGHBORS, Placement.ALL),
    Placement.LINK: (Placement.LINK, Placement.ALL),
    Placement.SERVER: (Placement.SERVER, Placement.LINK, Placement.ALL),
}
"""Placements of families whose domain a role knows."""


def members_of(
    written: nodes.Expr, role: Placement, scope: Scope, walk: Walk
) -> tuple[Domain, core.Expr | None] | None:
    """The domain that `in …` names for a role, with the set itself (None for everyone); None where it has an error."""
    context = ExprContext(walk.world, walk.findings, scope, OBSERVER, purpose="`in`")
    if isinstance(written, nodes.Call) and written.function.id == "who" and len(written.arguments) == 1:
        return _senders(written, infer(written.arguments[0], context), role, context)
    members = infer(written, context)
    if members.kind is Kind.UNKNOWN:
        return None
    if members.kind is not Kind.NODES:
        context.bag.add(kind_errors.wrong_kind("`in`", (Kind.NODES,), members.kind, written.span))
        return None
    entry = scope.entry(members.symbol.name) if isinstance(members, core.Read) else None
    if entry is None or entry.named_domain is None:
        raise InternalError(f"`{written.span.text}` is a set and names no domain")
    if not _knows_members(members, entry.named_domain, role, scope):
        if context.findings.refuses(entry.number, f"in at {role.value}"):
            context.bag.add(_members_unknown(members, entry.symbol.name, role))
        return None
    return entry.named_domain, (members if entry.named_domain.over is not None else None)


def _knows_members(members: core.Expr, domain: Domain, role: Placement, scope: Scope) -> bool:
    """True for a role that knows the members: all know the set, the server does, or its members have heard."""
    if at_all(members):
        return True
    if role is Placement.SERVER:
        return members.where.placement is Placement.SERVER
    return domain.over in scope.informed


def _members_unknown(members: core.Expr, name: str, role: Placement) -> Diagnostic:
    if role is Placement.SERVER:
        return place_errors.unreadable(name, members.span, role, members.where, None)
    return domain_errors.members_unknown(name, members.span, role.value)


def _senders(
    call: nodes.Call, of: core.Expr, role: Placement, context: ExprContext
) -> tuple[Domain, core.Expr | None] | None:
    members = who(call.span, of, context)
    if not isinstance(members, core.Who):
        return None
    domain = of.where.domain
    if of.where.placement not in _KNOWN_DOMAINS[role] and domain.over not in context.scope.informed:
        name = call.arguments[0].span.text
        context.bag.add(domain_errors.who_unknown(name, call.span, role))
        return None
    return (EVERYONE, None) if domain.over is None else (domain, members)


def refuse_unsendable(value: core.Expr, context: ExprContext) -> None:
    """Report a batch, which has no meaning elsewhere, and a history: they cannot be sent."""
    if value.kind in HISTORIES:
        context.bag.add(history_errors.not_sent(value.span.text, value.span))
    if value.kind is Kind.BATCH:
        context.bag.add(kind_errors.unsendable(value.kind, value.span))


def require_collective(value: core.Expr, context: ExprContext) -> None:
    """Report a value sent `node -> all` that is no collective compressor's result."""
    compressor = (
        context.world.compressors.get(value.compressor.name) if isinstance(value, core.Compress) else None
    )
    if value.kind is Kind.UNKNOWN:
        return
    if compressor is None or (compressor.contract is not None and compressor.contract.value != "collective"):
        context.bag.add(compressor_errors.not_collective(value.span))
