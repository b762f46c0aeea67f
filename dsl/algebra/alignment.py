"""Names of two different methods, paired by the roles of what they stand for; what is listed side by side rests on it.

A pair here claims nothing: it is the likeliest reading of "this in A is that in B".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

from ..check import program as core
from ..check.traverse import STATEMENTS
from ..check.uses import bindings_of, targets_in
from .pairing import Pairing


def aligned_names(pairing: Pairing) -> dict[str, str]:
    """Names of the second method -> names of the first: params and compressors, states, messages, draws, the rest."""
    one, other = (side.program for side in pairing.sides)
    found = {**pairing.params, **pairing.compressors}
    for roles in (_state_roles, _message_roles, _draw_roles, _own_roles):
        _pair(found, list(roles(one)), list(roles(other)))
    return found


Role = tuple[Hashable, str, str]
"""A key that must agree, a text of which the likest is taken, and the name that plays the role."""


def _pair(found: dict[str, str], ours: Sequence[Role], theirs: Sequence[Role]) -> None:
    """Pair names of the same role, the likest first; a name is paired once."""
    likeness = sorted(
        (
            (-_likeness(text, own, name, mine), k, j)
            for k, (role, text, name) in enumerate(theirs)
            for j, (same, own, mine) in enumerate(ours)
            if role == same
        ),
    )
    for _, k, j in likeness:
        name, mine = theirs[k][2], ours[j][2]
        if name not in found and mine not in found.values():
            found[name] = mine


def _likeness(text: str, own: str, name: str, mine: str) -> float:
    return SequenceMatcher(None, text, own, autojunk=False).ratio() + 0.1 * (name == mine)


def _statements(program: core.Program) -> Iterator[tuple[str, core.Stmt]]:
    for part, block in (("init", program.init), ("round", program.round)):
        for statement in STATEMENTS.walk(block):
            yield part, statement


def _direction(route: str) -> str:
    """Up, down or between nodes, whichever receivers."""
    return route.split(" ")[0]


def _state_roles(program: core.Program) -> Iterator[Role]:
    """By kind and who keeps it; the likest in how it is renewed."""
    output = program.output.value.symbol.name
    for state in program.states:
        updates = " ".join(_updates(program, state.symbol.name))
        role = (state.kind, _holder(state), state.symbol.name == output)
        yield role, updates, state.symbol.name


def _holder(state: core.State) -> str:
    return "each" if state.home.spread.value != "one" else "one"


def _updates(program: core.Program, name: str) -> Iterator[str]:
    for part, statement in _statements(program):
        for target, _ in bindings_of(statement):
            if target.symbol.name == name:
                yield f"{part} {statement.span.text}"


def _message_roles(program: core.Program) -> Iterator[Role]:
    """By route; the likest in what is sent."""
    for part, statement in _statements(program):
        if isinstance(statement, core.Message):
            for item in statement.items:
                yield (part, _direction(statement.route.value)), item.value.span.text, item.target.symbol.name


def _draw_roles(program: core.Program) -> Iterator[Role]:
    for part, statement in _statements(program):
        if isinstance(statement, core.Draw):
            yield (part, statement.distribution), statement.span.text, statement.target.symbol.name


def _own_roles(program: core.Program) -> Iterator[Role]:
    """Temporaries of one name are taken for the same."""
    for target in targets_in(program):
        yield target.symbol.name, "", target.symbol.name
