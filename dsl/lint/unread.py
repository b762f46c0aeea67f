"""Lints of names that nobody reads: params, compressors, messages, draws, memories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from ..check import program as core
from ..check.kinds import Placement
from ..check.traverse import EXPRESSIONS, STATEMENTS
from ..check.uses import bindings_of, readings, sender_of
from ..text.diagnostics import Diagnostic
from ..text.records import record
from ..text.source import Span
from . import catalogue as say
from .liveness import Use, live_bindings

_SIDES = {
    Placement.NODE: frozenset(Placement) - {Placement.SERVER},
    Placement.SERVER: frozenset(Placement) - {Placement.NODE, Placement.NEIGHBORS},
}
"""Whose evaluations a role takes part in."""

_RECEIVERS = {
    core.Route.NODE_TO_SERVER: Placement.SERVER,
    core.Route.SERVER_TO_ALL: Placement.NODE,
    core.Route.SERVER_TO_NODE: Placement.NODE,
    core.Route.SERVER_TO_GROUP: Placement.NODE,
    core.Route.NODE_TO_NEIGHBORS: Placement.NODE,
    core.Route.NODE_TO_ALL: None,
}
"""Who is meant to read a message; nobody in particular where all take part in it."""


class _How(Enum):
    """The way in which a name gets its value."""

    SENT = "sent"
    DRAWN = "drawn"
    WRITTEN = "written"


@record
class _Site:
    """A binding in the text."""

    target: core.Target
    how: _How
    receiver: Placement | None = None
    tells: bool = False  # a message that tells its receivers that they belong to a set


# --- declarations --------------------------------------------------------------------------------------------


def unread_params(program: core.Program) -> Iterator[Diagnostic]:
    """Params in no expression beside their own `where`."""
    read = set().union(*readings(program).values())
    for param in program.params:
        if param.symbol.name not in read:
            yield say.unread_param(param.symbol.name, _head(param.symbol.name, param.span))


def unused_compressors(program: core.Program) -> Iterator[Diagnostic]:
    """Compressors that nothing applies and of which nobody asks a figure."""
    read = set().union(*readings(program).values())
    for declared in program.compressors:
        if declared.symbol.name not in read:
            yield say.unused_compressor(declared.symbol.name, _head(declared.symbol.name, declared.span))


def _head(name: str, line: Span) -> Span:
    """A declaration up to its name."""
    _, _, behind = line.text.partition(" ")
    length = len(line.text) - len(behind) + behind.index(name) + len(name)
    return Span(line.source, line.start, line.start + length)


# --- messages and draws --------------------------------------------------------------------------------------


def unread_messages(program: core.Program) -> Iterator[Diagnostic]:
    """Items of messages that the receiver does not read before the name is bound anew."""
    sites = [site for site in _sites(program) if site.how is _How.SENT and not site.tells]
    read = {receiver: _read_by(program, receiver) for receiver in {site.receiver for site in sites}}
    dead = [site for site in sites if site.target.binding not in read[site.receiver]]
    alive = {site.target.symbol.name for site in sites if site.target.binding in read[site.receiver]}
    receivers = {site.target.symbol.name: site.receiver for site in dead}
    for name, places in _by_name(dead).items():
        yield say.unread_message(name, receivers[name], places, bound_anew=name in alive)


def unused_draws(program: core.Program) -> Iterator[Diagnostic]:
    """Draws that nobody uses before the name is bound anew."""
    drawn = [site for site in _sites(program) if site.how is _How.DRAWN]
    read = _read_by(program, None) if drawn else frozenset()
    dead = [site for site in drawn if site.target.binding not in read]
    for name, places in _by_name(dead).items():
        yield say.unused_draw(name, places)


def _read_by(program: core.Program, reader: Placement | None) -> frozenset[int]:
    """The bindings that a role, or anybody, reads; a name's own update reads it only if the result is read.

    An item that is sent is read, if only by a message that nobody reads: that one is told of.
    """

    def counts(use: Use, alive: bool) -> bool:
        concerned = reader is None or use.by is None or use.by in _SIDES[reader]
        return concerned and (alive or use.resent or use.into != use.name)

    return live_bindings(program, counts)


# --- memories ------------------------------------------------------------------------------------------------


def unread_values(program: core.Program) -> Iterator[Diagnostic]:
    """Names that are assigned and that nobody reads, or only assignments of such names."""
    read, useful = _read_by(program, None), live_bindings(program, lambda use, alive: alive)
    assigned = _by_name(site for site in _sites(program) if site.how is _How.WRITTEN)
    others = {site.target.symbol.name for site in _sites(program) if site.how is not _How.WRITTEN}
    bound = _bindings(program)
    idle = [name for name in assigned if not bound[name] & useful]
    dead = [name for name in idle if not bound[name] & read and name not in others]
    flows = _flows(program)
    told = set(dead)
    for name in dead:
        yield say.unread_value(name, assigned[name], memory=len(assigned[name]) > 1)
    for name in idle:
        circle = _reached(name, flows)
        if circle and not (circle | {name}) & told and _closes(name, circle, flows):
            told |= circle
            yield say.idle_memory(name, assigned[name], sorted(circle - {name}))


def _bindings(program: core.Program) -> dict[str, set[int]]:
    """The numbers of each name's bindings."""
    found: dict[str, set[int]] = {}
    for site in _sites(program):
        found.setdefault(site.target.symbol.name, set()).add(site.target.binding)
    return found


def _flows(program: core.Program) -> dict[str, set[str]]:
    """The names into whose values each name goes."""
    found: dict[str, set[str]] = {}
    for statement in STATEMENTS.walk(program):
        for target, values in bindings_of(statement):
            for part in EXPRESSIONS.walk(values):
                if isinstance(part, core.Read):
                    found.setdefault(part.symbol.name, set()).add(target.symbol.name)
    return found


def _reached(name: str, flows: dict[str, set[str]]) -> set[str]:
    found, ahead = set[str](), [name]
    while ahead:
        fresh = flows.get(ahead.pop(), set()) - found
        found |= fresh
        ahead += fresh
    return found


def _closes(name: str, circle: set[str], flows: dict[str, set[str]]) -> bool:
    """True if all that a name goes into goes back into it: nothing else depends on it."""
    return all(name in _reached(other, flows) for other in circle)


# --- sites ---------------------------------------------------------------------------------------------------


def _sites(program: core.Program) -> Iterator[_Site]:
    """Every binding that the text holds, in its order; what the checker adds has no number."""
    for statement in STATEMENTS.walk(program):
        how, receiver, tells = _How.WRITTEN, None, False
        if isinstance(statement, core.Draw):
            how = _How.DRAWN
        if isinstance(statement, core.Message):
            how, receiver = _How.SENT, _RECEIVERS[statement.route]
            tells = statement.members is not None and sender_of(statement.route) is Placement.SERVER
        bound = (target for target, _ in bindings_of(statement) if target.binding)
        yield from (_Site(target, how, receiver, tells) for target in bound)


def _by_name(sites: Iterable[_Site]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for site in sites:
        found.setdefault(site.target.symbol.name, []).append(site.target.span)
    return found
