"""What of the language a checked program makes use of, for options that concern some methods alone."""

from __future__ import annotations

from collections.abc import Iterator

from . import program as p
from .kinds import Placement


def has_groups(program: p.Program) -> bool:
    """Whether groups of nodes compute or are sent something: `--groups` says how many there are."""
    return any(_of_groups(statement) for statement in _flat((*program.init, *program.round)))


def _of_groups(statement: p.Stmt) -> bool:
    if isinstance(statement, p.Message):
        return statement.route is p.Route.SERVER_TO_GROUP
    return statement.at is not None and statement.at.placement is Placement.GROUP


def _flat(block: p.Block) -> Iterator[p.Stmt]:
    for statement in block:
        yield statement
        if isinstance(statement, p.Branch):
            yield from _flat((*statement.then, *statement.otherwise))
        if isinstance(statement, p.Repeat):
            yield from _flat(statement.body)
