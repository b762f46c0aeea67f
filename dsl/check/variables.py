"""Binding a name: whether it may be bound, what it then is, and who keeps the entries that a subset leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..syntax import nodes
from ..text.diagnostics import Diagnostic
from ..text.records import record
from ..text.source import Span
from . import domain_errors, kind_errors, name_errors
from . import program as core
from .context import Findings, World
from .kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from .operators import LANGUAGE_NAMES
from .placements import Evaluator, covers, fan_of
from .scope import Entry, Gone, Scope, Standing, widened


@record
class First:
    """A name's first binding in `init`: if it is state, this is its home."""

    where: Where
    kind: Kind
    span: Span


@dataclass(slots=True)
class Assumptions:
    """What a walk takes for granted of values that come round again, and corrects for the next walk: which names are
    state, of which kind, what names are at the start of each `repeat` (by its place in the text), and which sets that
    come round may be bags."""

    states: set[str] = field(default_factory=set)
    kinds: dict[str, Kind] = field(default_factory=dict)
    no_ints: bool = False  # what comes round again and could be an int is taken for a real
    loops: dict[tuple[int, str], tuple[Kind, Where] | Gone] = field(default_factory=dict)
    bags: set[tuple[int, str]] = field(default_factory=set)  # as the start of rounds: at place -1

    def copy(self) -> Assumptions:
        """The same assumptions, to be corrected apart."""
        return Assumptions(set(self.states), dict(self.kinds), self.no_ints, dict(self.loops), set(self.bags))


@dataclass(slots=True)
class Walk:
    """One walk through `init` and `round`: what it goes by and what it finds."""

    world: World
    findings: Findings
    assumed: Assumptions
    learned: Assumptions
    first: dict[str, First] = field(default_factory=dict)
    in_init: bool = True
    asks_states: bool = False  # whether a rule turned on which names are state
    own_ways: bool = False  # whether members go ways of their own here


def comes_round(name: str, place: int, standing: Standing, number: int, walk: Walk) -> Domain | None:
    """What a set that comes round names at the start of a `repeat`, or of a round (place -1)."""
    if isinstance(standing, Gone) or standing.names is None:
        return None
    return replace(standing.names, over=number, bag=standing.names.bag or (place, name) in walk.assumed.bags)


def learn_bag(name: str, place: int, end: Standing | None, walk: Walk) -> None:
    """Note what the end of an iteration, or of a round, leaves to the next."""
    if isinstance(end, Entry) and end.names is not None and end.names.bag:
        walk.learned.bags.add((place, name))


def bindable(name: nodes.Name, walk: Walk, scope: Scope) -> bool:
    """Whether a statement may bind the name; says why not."""
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
    **traits: Domain | bool | None,
) -> core.Target:
    """Bind a name on this path. `traits` are an entry's `names` and `compressed`."""
    number = walk.findings.binding()
    kind = _as_state(name.id, kind, walk)
    if kind is Kind.NODES and where.spread is not Spread.ONE:
        walk.findings.bag.add(domain_errors.family_of_sets(name.id, name.span, where.placement))
        kind, lost = Kind.UNKNOWN, True
    target = core.Target(walk.world.symbol(name.id), number, kind, where, name.span)
    if not bindable(name, walk, scope):
        return target
    names, compressed = traits.get("names"), bool(traits.get("compressed"))
    assert names is None or isinstance(names, Domain)
    scope.names[name.id] = Entry(
        target.symbol, number, number, kind, where, name.span, False, names, compressed, lost
    )
    if walk.in_init:
        walk.first.setdefault(name.id, First(where, kind, name.span))
    return target


def stored_kind(target: nodes.Name, kind: Kind, span: Span, before: Scope, walk: Walk) -> Kind:
    """The kind of a family of which a set's members replace their values; the others keep theirs, which are read."""
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
    """Where a name is that a block of this evaluator assigns."""
    match evaluator.placement:
        case Placement.ALL:
            return Where(Placement.ALL)
        case Placement.SERVER:
            return Where(Placement.SERVER, value.spread, value.domain)
        case Placement.NODE | Placement.LINK | Placement.NEIGHBORS | Placement.GROUP:
            domain = EVERYONE if stores(name, evaluator, scope) else evaluator.domain
            return Where(evaluator.placement, fan_of(evaluator.placement), domain)


def stores(name: str, evaluator: Evaluator, scope: Scope) -> bool:
    """Whether an assignment over a set updates the members' entries of what all nodes have."""
    if evaluator.domain.over is None:
        return True
    entry = scope.entry(name)
    if entry is None or evaluator.domain.bag:
        return False
    whole = entry.where.domain.over is None and entry.where.spread is Spread.NODES
    return whole and covers(evaluator.placement, entry.where.placement)


def bag_keeps(name: nodes.Name, evaluator: Evaluator, walk: Walk) -> bool:
    """Whether a block over a bag assigns state, which it may not; says so."""
    if evaluator.domain.over is None or not evaluator.domain.bag or not _is_state(name.id, walk):
        return False
    walk.findings.bag.add(domain_errors.bag_assigns_state(name.id, name.span, evaluator.domain))
    return True


def subset_keeps(name: nodes.Name, domain: Domain, walk: Walk) -> bool:
    """Whether a message over a subset binds state, which it may not; says so."""
    if domain.over is None or not _is_state(name.id, walk):
        return False
    walk.findings.bag.add(domain_errors.subset_message_to_state(name.id, name.span, domain))
    return True


def _is_state(name: str, walk: Walk) -> bool:
    walk.asks_states = True
    return name in walk.assumed.states and name not in walk.world.lost


def named_domain(value: core.Expr, scope: Scope) -> Domain | None:
    """The domain that a value of kind NODES names: it stays the same when the set is sent or copied."""
    if isinstance(value, core.Who):
        return value.family.where.domain
    entry = scope.entry(value.symbol.name) if isinstance(value, core.Read) else None
    return entry.names if entry is not None else None


def settled(one: Scope, joined: Scope, only: Iterable[str], walk: Walk) -> list[core.Assign]:
    """What one path must still do so that values have the same form on all: a single value that joins a family
    becomes one per node. What `init` left is there only if somebody reads it."""
    found: list[core.Assign] = []
    for name in only:
        context, after = one.entry(name), joined.entry(name)
        if context is None or after is None or context.where.spread is not Spread.ONE:
            continue
        if after.where.spread is not Spread.ONE and (not context.from_init or _is_state(name, walk)):
            found.append(spread_out(context, after.where, after.kind))
    return found


def spread_out(entry: Entry, where: Where, kind: Kind) -> core.Assign:
    """The statement that makes a single value one per node (or group), at the place where it is kept."""
    read = core.Read(entry.symbol, entry.binding, entry.kind, entry.where, entry.span)
    target = core.Target(entry.symbol, 0, kind, where, entry.span)
    return core.Assign(core.At(where.placement, EVERYONE), (target,), (read,), entry.span)
