"""A name in an expression -> what it stands for, if its evaluator may read it."""

from __future__ import annotations

from ..syntax import nodes as n
from ..text.diagnostics import Diagnostic
from ..text.nearest import nearest
from ..text.source import Span
from . import contract_errors, domain_errors, form_errors, kind_errors, place_errors
from . import program as p
from .contracts import Contract
from .kinds import KNOWN_TO_ALL, Kind, Placement, Spread, Where
from .operators import CONSTANTS, DISTRIBUTIONS
from .placements import Standing
from .scope import Entry, Gone, Loss
from .world import Here


def failed(span: Span, here: Here) -> p.Expr:
    """In the place of an expression that has an error: of unknown kind, which every rule accepts."""
    return p.Literal(0, Kind.UNKNOWN, Where(here.seat.placement), span)


def read(name: n.Name, here: Here) -> p.Expr:
    """The value of a name."""
    world = here.world
    standing = here.scope.names.get(name.id)
    if isinstance(standing, Entry):
        return _variable(name, standing, here)
    if isinstance(standing, Gone):
        if not world.gaps and name.id not in world.lost:
            here.bag.add(gone(name.id, name.span, standing))
        _told(name, here)
        return failed(name.span, here)
    if name.id in world.params:
        return param(name, here, previous=False)
    if name.id in here.scope.counters:
        return _counter(name, here)
    if name.id in CONSTANTS:
        return _constant(name, here)
    _unreadable(name, here)
    return failed(name.span, here)


# --- variables -----------------------------------------------------------------------------------------------


def _variable(name: n.Name, entry: Entry, here: Here) -> p.Expr:
    if entry.from_init:
        here.tally.states.add(name.id)
        here.tally.readers.setdefault(name.id, set()).add(_reader(here))
    if entry.lost or name.id in here.world.lost:  # a binding or a message of it may be what did not parse
        return failed(name.span, here)
    if not (_may_read(name, entry, here) and _in_domain(name, entry, here)):
        return failed(name.span, here)
    return p.Read(entry.symbol, entry.binding, entry.kind, entry.where, name.span)


def _reader(here: Here) -> Placement:
    """Who reads: conditions and counts that all must know are everyone's, outputs the server's."""
    seen = here.seat.standing is Standing.OBSERVER and here.purpose in ("a condition", "a count", "`in`")
    return Placement.ALL if seen else here.seat.placement


def _may_read(name: n.Name, entry: Entry, here: Here) -> bool:
    if here.seat.reads(entry.where.placement):
        return True
    reader = here.seat.placement
    if here.tally.refuses(entry.number, reader.value):
        here.bag.add(place_errors.unreadable(name.id, name.span, reader, entry.where, entry.span))
    return False


def _in_domain(name: n.Name, entry: Entry, here: Here) -> bool:
    domain = entry.where.domain
    if here.seat.fan is Spread.ONE or domain.over is None or domain == here.seat.domain:
        return True
    here.bag.add(domain_errors.outside_domain(name.id, name.span, domain, here.seat.domain, entry.span))
    return False


def gone(name: str, span: Span, standing: Gone) -> Diagnostic:
    """Why a name that was bound is not known here."""
    if standing.looped:
        return _gone_by_loop(name, span, standing)
    match standing.loss:
        case Loss.ONE_BRANCH:
            return place_errors.bound_on_one_branch(name, span, standing.one)
        case Loss.REPEAT:
            return place_errors.bound_in_repeat(name, span, standing.one)
        case Loss.KNOWERS:
            return place_errors.knower_differs(name, span, standing.one, standing.other)
        case Loss.DOMAINS:
            return domain_errors.domain_differs(name, span, standing.one, standing.other)
        case Loss.KINDS:
            assert standing.kinds is not None
            one, other = standing.kinds
            return kind_errors.branches_differ(name, span, (standing.one, one), (standing.other, other))


def _gone_by_loop(name: str, span: Span, standing: Gone) -> Diagnostic:
    """Why a name is not known that a loop bound in another way than before it."""
    if standing.kinds is not None:
        one, other = standing.kinds
        return kind_errors.loop_changes_kind(name, span, (standing.one, one), (standing.other, other))
    if standing.loss is Loss.DOMAINS:
        return domain_errors.loop_changes_domain(name, span, standing.one, standing.other)
    return place_errors.loop_changes_knowers(name, span, standing.one, standing.other)


# --- params, counters, constants -----------------------------------------------------------------------------


def param(name: n.Name, here: Here, *, previous: bool) -> p.Expr:
    """A param's value, or with `previous` the one of the last round."""
    declared = here.world.params[name.id]
    here.tally.read_params.add(name.id)
    if declared.kind is None:
        if name.id == here.binds:
            here.bag.add(contract_errors.itself(name.id, name.span))
        elif here.tally.refuses(declared.symbol.number, "a param above it"):
            here.bag.add(contract_errors.declared_later(name.id, name.span, declared.line.name.span))
        return failed(name.span, here)
    if declared.schedule or previous:
        here.tally.saw_counter = True
    kind = Kind.REAL if previous and declared.kind is Kind.INT else declared.kind
    return p.ParamRead(declared.symbol, previous, kind, KNOWN_TO_ALL, name.span)


def _counter(name: n.Name, here: Here) -> p.Expr:
    here.tally.saw_counter = True
    if here.seat.standing is Standing.SETUP:
        here.world.counter_used = True
    return p.Counter(here.world.symbol(name.id), Kind.INT, KNOWN_TO_ALL, name.span)


def _constant(name: n.Name, here: Here) -> p.Expr:
    row = CONSTANTS[name.id]
    if row.on_graph and not here.world.on_graph:
        here.bag.add(form_errors.graph_constant(name.id, name.span))
        return failed(name.span, here)
    if not here.seat.reads(row.where.placement):
        here.bag.add(place_errors.constant_family(name.id, name.span))
        return failed(name.span, here)
    return p.Constant(row.name, row.kind, row.where, name.span)


# --- what cannot be read -------------------------------------------------------------------------------------


def _unreadable(name: n.Name, here: Here) -> None:
    """Say why a name stands for nothing here."""
    world = here.world
    if name.id in world.lost:
        return
    if name.id in world.compressors:
        here.bag.add(kind_errors.not_a_value(name.id, "a compressor", name.span, f"apply it: `{name.id}(e)`"))
    elif name.id in world.functions():
        here.bag.add(kind_errors.not_a_value(name.id, "a function", name.span, f"call it: `{name.id}(…)`"))
    elif name.id in DISTRIBUTIONS:
        remedy = f"draw it: `event c ~ {name.id}(…)`"
        here.bag.add(kind_errors.not_a_value(name.id, "a distribution", name.span, remedy))
    elif name.id in world.bound:
        _not_here(name, world.bound[name.id], here)
    elif name.id == "k" and world.counter is None:
        here.bag.add(place_errors.unnamed_counter(name.id, name.span))
    elif world.counter is not None and name.id == world.counter.id:
        here.bag.add(place_errors.counter_in_init(name.id, name.span, world.counter.span))
    elif name.id in world.repeats:
        here.bag.add(place_errors.counter_outside(name.id, name.span, world.repeats[name.id]))
    elif not world.gaps or nearest(name.id, world.readable(here.scope)):
        here.bag.add(place_errors.unknown_name(name.id, name.span, world.readable(here.scope)))


def _not_here(name: n.Name, bound: Span, here: Here) -> None:
    """The name is bound somewhere, but not on the way to this place."""
    if here.seat.standing in (Standing.SETUP, Standing.CONSTANTS):
        here.bag.add(contract_errors.round_value(name.id, name.span, bound))
    elif not here.world.gaps:
        here.bag.add(place_errors.not_yet_bound(name.id, name.span, bound if bound != name.span else None))
        _told(name, here)


def _told(name: n.Name, here: Here) -> None:
    """On this path no more is said of a name that is not known."""
    symbol, number = here.world.symbol(name.id), here.tally.join()
    here.scope.names[name.id] = Entry(
        symbol, 0, number, Kind.UNKNOWN, Where(Placement.ALL), name.span, lost=True
    )


def compressed(expr: p.Expr, here: Here) -> bool:
    """Whether a value is just what a compressor returned; a collective one returns a mean, which no codec wrote."""
    if isinstance(expr, p.Compress):
        return here.world.compressors[expr.compressor.name].contract is not Contract.COLLECTIVE
    entry = here.scope.entry(expr.symbol.name) if isinstance(expr, p.Read) else None
    return entry is not None and entry.compressed


def family(expr: p.Expr) -> bool:
    """Whether an expression has one value per node or group."""
    return expr.where.spread is not Spread.ONE


def at_all(expr: p.Expr) -> bool:
    """Whether everyone knows the value of an expression."""
    return expr.where.placement is Placement.ALL
