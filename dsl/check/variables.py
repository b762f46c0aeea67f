"""Bindings of names: the checks before one, its kind and place, and the entries that a subset leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace

from ..syntax import nodes
from ..text.diagnostics import Diagnostic
from ..text.records import record, structure
from ..text.source import Span
from . import domain_errors, kind_errors, name_errors
from . import program as core
from .context import Findings, World
from .kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from .placements import Evaluator, covers, fan_of
from .reserved import LANGUAGE_NAMES
from .scope import Entry, Gone, Scope, Status, widened


@record
class First:
    """A name's first binding in `init`: if it is state, this is its home."""

    where: Where
    kind: Kind
    span: Span


@structure
class Assumptions:
    """Assumptions of a walk about loop-carried values, corrected for the next walk: the names that are state, their
    kinds, the status of names at the start of each `repeat` (by its place in the text), and the sets that may be
    bags."""

    states: set[str] = field(default_factory=set)
    kinds: dict[str, Kind] = field(default_factory=dict)
    no_ints: bool = False  # loop-carried values that could be ints are reals
    loops: dict[tuple[int, str], tuple[Kind, Where] | Gone] = field(default_factory=dict)
    bags: set[tuple[int, str]] = field(default_factory=set)  # the start of rounds is place -1

    def copy(self) -> Assumptions:
        """The same assumptions, to be corrected apart."""
        return Assumptions(set(self.states), dict(self.kinds), self.no_ints, dict(self.loops), set(self.bags))


@structure
class Walk:
    """One walk through `init` and `round`: its assumptions and its findings."""

    world: World
    findings: Findings
    assumed: Assumptions
    learned: Assumptions
    first: dict[str, First] = field(default_factory=dict)
    in_init: bool = True
    asks_states: bool = False  # a rule depended on which names are state
    divergent: bool = False  # members may take different branches here


def carried_domain(name: str, place: int, status: Status, number: int, walk: Walk) -> Domain | None:
    """The domain that a loop-carried set names at the start of a `repeat`, or of a round (place -1)."""
    if isinstance(status, Gone) or status.named_domain is None:
        return None
    return replace(
        status.named_domain, over=number, bag=status.named_domain.bag or (place, name) in walk.assumed.bags
    )


def note_bag(name: str, place: int, end: Status | None, walk: Walk) -> None:
    """Note a bag that the end of an iteration, or of a round, leaves to the next."""
    if isinstance(end, Entry) and end.named_domain is not None and end.named_domain.bag:
        walk.learned.bags.add((place, name))


def bindable(name: nodes.Name, walk: Walk, scope: Scope) -> bool:
    """True if a statement may bind the name; reports it otherwise."""
    world = walk.world
    if name.id in LANGUAGE_NAMES:
        error = name_errors.reserved(name.id, LANGUAGE_NAMES[name.id], name.span, world.taken())
    elif name.id in world.params:
        error = _again(name, "a param", world.params[name.id].line.name.span, world)
    elif name.id in world.compressors:
        error = _again(name, "a compressor", world.compressors[name.id].line.name.span, world)
    elif world.counter is not None and name.id == world.counter.id:
        error = _again(name, "the counter of the rounds", world.counter.span, world)
    elif name.id in scope.counters:
        error = _again(name, "the counter of this `repeat`", world.repeats[name.id], world)
    else:
        return True
    walk.findings.bag.add(error)
    return False


def report_repeated(targets: Iterable[nodes.Name], walk: Walk) -> None:
    """Report names that one statement binds twice."""
    seen: dict[str, Span] = {}
    for target in targets:
        if target.id in seen:
            walk.findings.bag.add(name_errors.target_twice(target.id, seen[target.id], target.span))
        seen.setdefault(target.id, target.span)


def _again(name: nodes.Name, what: str, declared: Span, world: World) -> Diagnostic:
    return name_errors.rebound(name.id, what, declared, name.span, world.taken())


def bind(
    name: nodes.Name,
    kind: Kind,
    where: Where,
    walk: Walk,
    scope: Scope,
    *,
    lost: bool = False,
    named_domain: Domain | None = None,
    compressed: bool = False,
) -> core.Target:
    """Bind a name on this path."""
    number = walk.findings.binding()
    kind = _as_state(name.id, kind, walk)
    if kind is Kind.NODES and where.spread is not Spread.ONE:
        walk.findings.bag.add(domain_errors.family_of_sets(name.id, name.span, where.placement))
        kind, lost = Kind.UNKNOWN, True
    target = core.Target(walk.world.symbol(name.id), number, kind, where, name.span)
    if not bindable(name, walk, scope):
        return target
    scope.names[name.id] = Entry(
        target.symbol, number, number, kind, where, name.span, False, named_domain, compressed, lost
    )
    if walk.in_init:
        walk.first.setdefault(name.id, First(where, kind, name.span))
    return target


def stored_kind(target: nodes.Name, kind: Kind, span: Span, before: Scope, walk: Walk) -> Kind:
    """The kind of a family in which a set's members take new values; the others keep theirs, which are read."""
    entry = before.entry(target.id)
    if entry is None:
        return kind
    if entry.from_init:
        walk.findings.states.add(target.id)
    common = widened(entry.kind, kind)
    if common is None:
        held, new = (entry.span, entry.kind), (span, kind)
        walk.findings.bag.add(kind_errors.members_differ(target.id, target.span, held, new))
    return common or Kind.UNKNOWN


def _as_state(name: str, kind: Kind, walk: Walk) -> Kind:
    """An int state that later takes a real is real throughout."""
    assumed = walk.assumed.kinds.get(name)
    return Kind.REAL if assumed is Kind.REAL and kind is Kind.INT else kind


def assigned_where(name: str, value: Where, evaluator: Evaluator, scope: Scope) -> Where:
    """The place of a name that a block of this evaluator assigns."""
    match evaluator.placement:
        case Placement.ALL:
            return Where(Placement.ALL)
        case Placement.SERVER:
            return Where(Placement.SERVER, value.spread, value.domain)
        case Placement.NODE | Placement.LINK | Placement.NEIGHBORS | Placement.GROUP:
            domain = EVERYONE if stores(name, evaluator, scope) else evaluator.domain
            return Where(evaluator.placement, fan_of(evaluator.placement), domain)


def stores(name: str, evaluator: Evaluator, scope: Scope) -> bool:
    """True if an assignment over a set updates the members' entries of a family of all nodes."""
    if evaluator.domain.over is None:
        return True
    entry = scope.entry(name)
    if entry is None or evaluator.domain.bag:
        return False
    whole = entry.where.domain.over is None and entry.where.spread is Spread.NODES
    return whole and covers(evaluator.placement, entry.where.placement)


def bag_binds_state(name: nodes.Name, evaluator: Evaluator, walk: Walk) -> bool:
    """True, and reported, for a block over a bag that assigns state."""
    if evaluator.domain.over is None or not evaluator.domain.bag or not _is_state(name.id, walk):
        return False
    walk.findings.bag.add(domain_errors.bag_assigns_state(name.id, name.span, evaluator.domain))
    return True


def subset_binds_state(name: nodes.Name, domain: Domain, walk: Walk) -> bool:
    """True, and reported, for a message over a subset that binds state."""
    if domain.over is None or not _is_state(name.id, walk):
        return False
    walk.findings.bag.add(domain_errors.subset_message_to_state(name.id, name.span, domain))
    return True


def _is_state(name: str, walk: Walk) -> bool:
    walk.asks_states = True
    return name in walk.assumed.states and name not in walk.world.unparsed_names


def named_domain(value: core.Expr, scope: Scope) -> Domain | None:
    """The domain that a value of kind NODES names: it stays the same when the set is sent or copied."""
    if isinstance(value, core.Who):
        return value.family.where.domain
    entry = scope.entry(value.symbol.name) if isinstance(value, core.Read) else None
    return entry.named_domain if entry is not None else None


def spread_at_join(path: Scope, joined: Scope, names: Iterable[str], walk: Walk) -> list[core.Assign]:
    """The assignments at the end of a path that spread a single value out where it joins a family. A value of `init`
    is spread out only if it is read."""
    found: list[core.Assign] = []
    for name in names:
        before, after = path.entry(name), joined.entry(name)
        if before is None or after is None or before.where.spread is not Spread.ONE:
            continue
        if after.where.spread is not Spread.ONE and (not before.from_init or _is_state(name, walk)):
            found.append(spread_out(before, after.where, after.kind))
    return found


def spread_out(entry: Entry, where: Where, kind: Kind) -> core.Assign:
    """The assignment that makes a single value one per node (or group), at the placement where it is kept."""
    read = core.Read(entry.symbol, entry.binding, entry.kind, entry.where, entry.span)
    target = core.Target(entry.symbol, 0, kind, where, entry.span)
    return core.Assign(core.At(where.placement, EVERYONE), (target,), (read,), entry.span)
