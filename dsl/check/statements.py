"""Statements of `init` and `round` -> core statements: blocks of roles, branches, repetition. Messages stand apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from ..syntax import nodes
from . import aggregate_errors, kind_errors, name_errors, place_errors, statement_errors
from . import program as core
from .context import ExprContext
from .desugar import bound_names, inside, sole_role
from .draws import draw
from .expressions import infer
from .histories import may_keep
from .kinds import Kind, Placement, Spread, Where
from .loop_counts import counted_first
from .members import members_of
from .messages import message
from .name_lookup import at_all, compressed, family
from .placements import OBSERVER, READS, ROLES, Evaluator, evaluator_of
from .scope import Entry, Gone, Loss, Scope, Status, join, merged
from .variables import (
    Walk,
    assigned_where,
    bag_binds_state,
    bind,
    bindable,
    carried_domain,
    named_domain,
    note_bag,
    report_repeated,
    spread_at_join,
    stored_kind,
)


def block(statements: tuple[nodes.Stmt, ...], scope: Scope, walk: Walk) -> list[core.Stmt]:
    """The checked statements beside the roles' blocks: blocks, messages, and branches and repetitions of them."""
    found: list[core.Stmt] = []
    for before, statement in zip((None, *statements), statements, strict=False):
        if isinstance(statement, nodes.Simple):
            if not _lacks_its_role(before):
                walk.findings.bag.add(statement_errors.outside_role(statement.span))
            lose(bound_names((statement,)), scope, walk)
            continue
        match statement:
            case nodes.Place():
                found.extend(_place(statement, scope, walk))
            case nodes.Message():
                found.extend(message(statement, scope, walk))
            case nodes.If():
                found.extend(_branch(statement, scope, walk))
            case nodes.Repeat():
                found.extend(_repeat(statement, scope, walk))
            case _:
                assert_never(statement)
    return found


def lose(names: Iterable[nodes.Name], scope: Scope, walk: Walk) -> None:
    """Bind the names of a statement that has an error: nothing is known of them."""
    for name in names:
        bind(name, Kind.UNKNOWN, Where(Placement.ALL), walk, scope, lost=True)


_OF_A_SERVER = (Placement.SERVER, Placement.LINK, Placement.GROUP)


# --- blocks of a role ----------------------------------------------------------------------------------------


def _place(place: nodes.Place, scope: Scope, walk: Walk) -> list[core.Stmt]:
    executors = _executors(place.role, scope, walk)
    if executors is None:
        lose(bound_names(place.body), scope, walk)
        return []
    evaluator, at = executors
    return _role_block(place.body, scope, walk, evaluator, at)


def _executors(role: nodes.Role, scope: Scope, walk: Walk) -> tuple[Evaluator, core.At] | None:
    """The evaluator and the executors of a block; None, and a report, where nobody can execute it."""
    placement, bag = ROLES[role.name.id], walk.findings.bag
    if placement in _OF_A_SERVER and walk.world.on_graph:
        bag.add(place_errors.no_server(role.name.span))
        return None
    if placement is Placement.NEIGHBORS and walk.world.is_directed:
        bag.add(place_errors.no_copies(role.name.span))
        return None
    if role.condition is not None:
        bag.add(statement_errors.no_condition(role.condition.span))
    if role.members is None:
        return evaluator_of(placement), core.At(placement, evaluator_of(placement).domain)
    if placement not in (Placement.NODE, Placement.LINK):
        bag.add(statement_errors.no_members(role.name.id, role.members.span))
        return None
    found = members_of(role.members, placement, scope, walk)
    if found is None:
        return None
    domain, members = found
    return evaluator_of(placement, domain), core.At(placement, domain, members)


def _role_block(
    statements: tuple[nodes.Stmt, ...], scope: Scope, walk: Walk, evaluator: Evaluator, at: core.At
) -> list[core.Stmt]:
    found: list[core.Stmt] = []
    role = at.placement.value
    for statement in statements:
        match statement:
            case nodes.Assign():
                found.extend(_assign(statement, scope, walk, evaluator, at))
            case nodes.Event():
                found.extend(draw(statement, scope, walk, evaluator, at))
            case nodes.If():
                found.extend(_role_branch(statement, scope, walk, evaluator, at))
            case nodes.Repeat():
                found.extend(_role_repeat(statement, scope, walk, evaluator, at))
            case nodes.Message():
                walk.findings.bag.add(statement_errors.message_in_block(statement.span, role))
                lose(bound_names((statement,)), scope, walk)
            case nodes.Place():
                walk.findings.bag.add(
                    statement_errors.block_in_block(statement.role.span, statement.role.name.id, role)
                )
                lose(bound_names((statement,)), scope, walk)
            case _:
                assert_never(statement)
    return found


def _assign(
    statement: nodes.Assign, scope: Scope, walk: Walk, evaluator: Evaluator, at: core.At
) -> list[core.Stmt]:
    targets, written = statement.targets, statement.values
    report_repeated(targets, walk)
    context = ExprContext(walk.world, walk.findings, scope, evaluator)
    before = scope.copy()
    values = tuple(
        infer(value, replace(context, binds=target.id))
        for target, value in zip(targets, written, strict=True)
    )
    bound = tuple(
        _bind_value(target, value, before, scope, walk, evaluator)
        for target, value in zip(targets, values, strict=True)
    )
    return [core.Assign(at, bound, values, statement.span)]


def _bind_value(
    target: nodes.Name, value: core.Expr, before: Scope, scope: Scope, walk: Walk, evaluator: Evaluator
) -> core.Target:
    lost = bag_binds_state(target, evaluator, walk) or not may_keep(target, value, walk)
    where = assigned_where(target.id, value.where, evaluator, before)
    kind = value.kind
    if evaluator.domain.over is not None and where.domain.over is None:
        kind = stored_kind(target, value.kind, value.span, before, walk)
    context = ExprContext(walk.world, walk.findings, before, evaluator)
    named = named_domain(value, before)
    packed = compressed(value, context)
    return bind(target, kind, where, walk, scope, lost=lost, named_domain=named, compressed=packed)


def _lacks_its_role(before: nodes.Stmt | None) -> bool:
    """True if the statement above was reported already: it has no role either, or is a role's empty block."""
    return isinstance(before, nodes.Simple) or (isinstance(before, nodes.Place) and not before.body)


# --- branches ------------------------------------------------------------------------------------------------


def _branch(statement: nodes.If, scope: Scope, walk: Walk) -> list[core.Stmt]:
    role = sole_role(statement)
    if role is not None:
        return _place(nodes.Place(role, inside((statement,), role), statement.span), scope, walk)
    context = ExprContext(walk.world, walk.findings, scope, OBSERVER, purpose="a condition")
    condition = infer(statement.condition, context)
    _check_condition(condition, "a condition", walk)
    if condition.kind is not Kind.UNKNOWN and not at_all(condition):
        walk.findings.bag.add(place_errors.condition_not_for_all(statement.condition.span, condition.where))
    then_scope, else_scope = scope.copy(), scope.copy()
    then = block(statement.then, then_scope, walk)
    otherwise = block(statement.otherwise, else_scope, walk)
    return [_joined(None, statement, condition, (then_scope, then), (else_scope, otherwise), scope, walk)]


def _check_condition(condition: core.Expr, what: str, walk: Walk) -> None:
    if condition.kind not in (Kind.BOOL, Kind.UNKNOWN) and not walk.world.is_open(condition):
        walk.findings.bag.add(kind_errors.not_a_condition(what, condition.kind, condition.span))


def _joined(
    at: core.At | None,
    statement: nodes.If,
    condition: core.Expr,
    then: tuple[Scope, list[core.Stmt]],
    otherwise: tuple[Scope, list[core.Stmt]],
    scope: Scope,
    walk: Walk,
) -> core.Branch:
    """The branch; `scope` becomes the join of its paths."""
    bound = dict.fromkeys(name.id for name in bound_names(statement.then + statement.otherwise))
    joined = join(then[0], otherwise[0], bound, walk.findings.join)
    if at is not None and (walk.divergent or family(condition)):
        _lose_unreadable(at, (then[0], otherwise[0]), joined, bound)
    bodies = [(*body, *spread_at_join(path, joined, bound, walk)) for path, body in (then, otherwise)]
    scope.names, scope.informed = joined.names, joined.informed
    after = _known_after(joined, bound)
    return core.Branch(at, condition, bodies[0], bodies[1], statement.span, after)


def _lose_unreadable(at: core.At, paths: tuple[Scope, Scope], joined: Scope, bound: Iterable[str]) -> None:
    """Lose the names that the block cannot read on both paths: where members diverge, it reads both."""
    for name in bound:
        first, second = paths[0].entry(name), paths[1].entry(name)
        if first is None or second is None or not isinstance(joined.names.get(name), Entry):
            continue
        if not {first.where.placement, second.where.placement} <= READS[at.placement]:
            joined.names[name] = Gone(Loss.KNOWERS, first.span, second.span, None, first.from_init)


def _known_after(scope: Scope, bound: Iterable[str]) -> tuple[core.Target, ...]:
    """The bindings known behind a statement, of the names that it binds."""
    entries = [entry for name in bound if (entry := scope.entry(name)) is not None]
    return tuple(core.Target(e.symbol, e.binding, e.kind, e.where, e.span) for e in entries)


def _role_branch(
    statement: nodes.If, scope: Scope, walk: Walk, evaluator: Evaluator, at: core.At
) -> list[core.Stmt]:
    context = ExprContext(walk.world, walk.findings, scope, evaluator, purpose="a condition")
    condition = infer(statement.condition, context)
    _check_condition(condition, "a condition", walk)
    if family(condition) and evaluator.fan is Spread.ONE and condition.kind is not Kind.UNKNOWN:
        walk.findings.bag.add(aggregate_errors.needs_one("a condition", condition.span))
    then_scope, else_scope, outside = scope.copy(), scope.copy(), walk.divergent
    walk.divergent = outside or family(condition)
    then = _role_block(statement.then, then_scope, walk, evaluator, at)
    otherwise = _role_block(statement.otherwise, else_scope, walk, evaluator, at)
    walk.divergent = outside
    return [_joined(at, statement, condition, (then_scope, then), (else_scope, otherwise), scope, walk)]


# --- repetition ----------------------------------------------------------------------------------------------


def _repeat(statement: nodes.Repeat, scope: Scope, walk: Walk) -> list[core.Stmt]:
    context = ExprContext(walk.world, walk.findings, scope, OBSERVER, purpose="a count")
    count = infer(statement.count, context)
    _check_count(count, walk)
    if count.kind is not Kind.UNKNOWN and not at_all(count):
        walk.findings.bag.add(place_errors.count_not_for_all(count.span, count.where))
    inner, before = _loop_start(statement, scope, walk)
    body = block(statement.body, inner, walk)
    return _loop_end(None, statement, count, (inner, body), before, scope, walk)


def _role_repeat(
    statement: nodes.Repeat, scope: Scope, walk: Walk, evaluator: Evaluator, at: core.At
) -> list[core.Stmt]:
    count = infer(
        statement.count, ExprContext(walk.world, walk.findings, scope, evaluator, purpose="a count")
    )
    _check_count(count, walk)
    if family(count) and evaluator.fan is Spread.ONE and count.kind is not Kind.UNKNOWN:
        walk.findings.bag.add(aggregate_errors.needs_one("a count", count.span))
    inner, before = _loop_start(statement, scope, walk)
    outside, walk.divergent = walk.divergent, walk.divergent or family(count)
    body = _role_block(statement.body, inner, walk, evaluator, at)
    walk.divergent = outside
    return _loop_end(at, statement, count, (inner, body), before, scope, walk)


def _check_count(count: core.Expr, walk: Walk) -> None:
    if count.kind not in (Kind.INT, Kind.UNKNOWN) and not walk.world.is_open(count):
        remedy = "round it: `ceil(…)`" if count.kind is Kind.REAL else ""
        walk.findings.bag.add(kind_errors.wrong_kind("`repeat`", (Kind.INT,), count.kind, count.span, remedy))
    if (
        isinstance(count, core.Apply)
        and count.operator == "neg"
        and isinstance(count.arguments[0], core.Literal)
    ):
        walk.findings.bag.add(statement_errors.negative_count(count.span))


def _loop_start(statement: nodes.Repeat, scope: Scope, walk: Walk) -> tuple[Scope, Scope]:
    """The scopes inside a loop and before it: a name that it rebinds may hold the last iteration's value."""
    counter = statement.counter
    before = scope.copy()
    for name in dict.fromkeys(name.id for name in bound_names(statement.body)):
        status = before.names.get(name)
        if isinstance(status, Entry):
            before.names[name] = _carried(status, (statement.span.start, name), walk)
    inner = before.copy()
    if counter is not None:
        if _is_free(counter, walk, scope):
            inner.names.pop(counter.id, None)
        inner.counters = scope.counters | {counter.id}
    return inner, before


def _is_free(counter: nodes.Name, walk: Walk, scope: Scope) -> bool:
    """True if a counter's name is free; reports it otherwise."""
    status = scope.names.get(counter.id)
    if isinstance(status, Entry) and not status.lost:
        error = name_errors.rebound(counter.id, "a value", status.span, counter.span, walk.world.taken())
        walk.findings.bag.add(error)
        return False
    return bindable(counter, walk, scope)


def _carried(entry: Entry, key: tuple[int, str], walk: Walk) -> Status:
    """The status of a loop-carried name at the start of an iteration."""
    number = walk.findings.join()
    assumed = walk.assumed.loops.get(key)
    if isinstance(assumed, Gone):
        return replace(assumed, first=entry.span, from_init=entry.from_init)
    kind, where = assumed or (entry.kind, entry.where)
    kind = Kind.REAL if kind is Kind.INT and walk.assumed.no_ints else kind
    named = carried_domain(key[1], key[0], entry, number, walk)
    return replace(
        entry, binding=0, number=number, kind=kind, where=where, named_domain=named, compressed=False
    )


def _loop_end(
    at: core.At | None,
    statement: nodes.Repeat,
    count: core.Expr,
    end: tuple[Scope, list[core.Stmt]],
    before: Scope,
    scope: Scope,
    walk: Walk,
) -> list[core.Stmt]:
    """The loop with the statements that must stand before it; `scope` becomes the one behind it."""
    inner, body = end
    joined = Scope(dict(before.names), scope.informed, scope.counters)
    carried = dict.fromkeys(name.id for name in bound_names(statement.body))
    for name in carried:
        joined.names.update(_after(name, inner, before, statement, walk))
    if at is not None and (walk.divergent or family(count)):
        _lose_unreadable(at, (before, inner), joined, carried)
    for name in carried:
        _learn(name, (statement.span.start, name), before, joined, walk)
    ahead, count = counted_first(at, count, spread_at_join(scope, joined, carried, walk), walk)
    tail = spread_at_join(inner, joined, carried, walk)
    symbol = walk.world.symbol(statement.counter.id) if statement.counter else None
    scope.names = joined.names
    return [
        *ahead,
        core.Repeat(at, count, symbol, (*body, *tail), statement.span, _known_after(joined, carried)),
    ]


def _after(name: str, inner: Scope, before: Scope, statement: nodes.Repeat, walk: Walk) -> dict[str, Status]:
    """The status behind a loop of a name that its body binds."""
    start, end = before.names.get(name), inner.names.get(name)
    if end is None:
        return {}
    if not isinstance(start, Entry):
        return {
            name: start
            or Gone(Loss.REPEAT, end.span if isinstance(end, Entry) else end.first, statement.span)
        }
    note_bag(name, statement.span.start, end, walk)
    after = merged(start, end, walk.findings.join)
    return {name: replace(after, looped=True) if isinstance(after, Gone) and after != end else after}


def _learn(name: str, key: tuple[int, str], before: Scope, joined: Scope, walk: Walk) -> None:
    """Correct the assumption about a name at a loop's start by its status behind the loop."""
    start, after = before.entry(name), joined.names.get(name)
    if start is None or after is None or (isinstance(after, Entry) and after.lost):
        return  # the error reported of a lost name must stand
    if isinstance(after, Gone):
        walk.learned.loops[key] = after
    elif (after.kind, after.where) != (start.kind, start.where):
        walk.learned.loops[key] = (after.kind, after.where)
