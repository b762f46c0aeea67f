"""The lint of a state that its own role rounds by sending it under its own name."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import program as core
from ..check.kinds import Kind, Placement
from ..check.traverse import STATEMENTS
from ..check.uses import bindings_of, sender_of, targets_in
from ..text.diagnostics import Diagnostic
from ..text.source import Span
from . import catalogue as say
from .liveness import Use, live_bindings

_ROUNDED = (Kind.VECTOR, Kind.REAL)
"""What travels in the wire's floats."""

_FREE = ("u", "v", "w", "y", "z", "sent")


def rounded_states(program: core.Program) -> Iterator[Diagnostic]:
    """States of the server, or of the nodes, that go on from the rounded value which their owner sent.

    Values that neighbours send are not among them: `mix` takes the sender's own copy as it was sent.
    """
    homes = {state.symbol.name: state.home.placement for state in program.states}
    compressed = _compressed(program)
    read = {role: _read_alone(program, role) for role in (Placement.SERVER, Placement.NODE)}
    for message in _messages(program):
        sender = sender_of(message.route)
        if message.route is core.Route.NODE_TO_NEIGHBORS:
            continue
        for item in message.items:
            name, value = item.target.symbol.name, item.value
            exact = isinstance(value, core.Compress) or (
                isinstance(value, core.Read) and value.binding in compressed
            )
            own = homes.get(name) is sender and item.target.binding in read[sender]
            if own and not exact and item.target.kind in _ROUNDED:
                copy = f"{message.route.value}: {_free(program)} = {name}"
                first = "" if _bare(item) else f"bind `{name}` in `{sender.value}:`, then "
                places = item.target.span, _home(program, name)
                yield say.rounded_state(name, sender, f"{first}send a copy, `{copy}`", *places)


def _bare(item: core.Item) -> bool:
    return isinstance(item.value, core.Read) and item.value.symbol == item.target.symbol


def _messages(program: core.Program) -> Iterator[core.Message]:
    """The messages of a round."""
    return (part for part in STATEMENTS.walk(program.round) if isinstance(part, core.Message))


def _read_alone(program: core.Program, role: Placement) -> frozenset[int]:
    """The bindings that a role reads in what it computes alone; sending a value again changes it no further."""

    def counts(use: Use, alive: bool) -> bool:
        return use.by is role and (alive or not use.resent)

    return live_bindings(program, counts)


def _compressed(program: core.Program) -> frozenset[int]:
    """The bindings that hold just what a compressor returned, which sending does not change."""
    return frozenset(target.binding for target, values in _bindings(program) if _is_compressed(values)) - {0}


def _is_compressed(values: tuple[core.Expr, ...]) -> bool:
    return len(values) == 1 and isinstance(values[0], core.Compress)


def _home(program: core.Program, name: str) -> Span:
    """The first place that binds a name."""
    return next(target.span for target in targets_in(program) if target.symbol.name == name)


def _free(program: core.Program) -> str:
    """A name for the copy that the spec does not use."""
    taken = {target.symbol.name for target in targets_in(program)}
    taken |= {param.symbol.name for param in program.params} | {c.symbol.name for c in program.compressors}
    return next((name for name in _FREE if name not in taken), f"{_FREE[-1]}_copy")


def _bindings(program: core.Program) -> Iterator[tuple[core.Target, tuple[core.Expr, ...]]]:
    for statement in STATEMENTS.walk(program):
        yield from bindings_of(statement)
