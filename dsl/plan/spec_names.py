"""Names in a checked program: what it declares, what a block binds, what an expression reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ..check import program as p
from ..check.kinds import Spread
from ..check.parts import parts


def declared_names(program: p.Program) -> set[str]:
    """All names that the program gives to something."""
    declared = {c.symbol.name for c in program.compressors} | {q.symbol.name for q in program.params}
    counter = {program.counter.name} if program.counter else set()
    bound = bound_names(program.init) | bound_names(program.round)
    return declared | counter | bound | _counters((*program.init, *program.round))


def _counters(block: p.Block) -> set[str]:
    """The counters of a block's repetitions, at any depth."""
    found: set[str] = set()
    for statement in block:
        match statement:
            case p.Branch():
                found |= _counters((*statement.then, *statement.otherwise))
            case p.Repeat():
                found |= _counters(statement.body)
                found |= {statement.counter.name} if statement.counter is not None else set()
            case _:
                continue
    return found


def bound_names(block: p.Block) -> set[str]:
    """The names that a block binds, at any depth."""
    return set(targets_of(block))


def names_of_both_spreads(program: p.Program) -> set[str]:
    """The names that a program binds as one value in one place and as a family in another."""
    targets = list(_targets((*program.init, *program.round)))
    single = {target.symbol.name for target in targets if target.where.spread is Spread.ONE}
    return single & {target.symbol.name for target in targets if target.where.spread is not Spread.ONE}


def targets_of(block: p.Block) -> dict[str, p.Target]:
    """Of each name that a block binds, at any depth, the first binding in the order of the text."""
    found: dict[str, p.Target] = {}
    for target in _targets(block):
        found.setdefault(target.symbol.name, target)
    return found


def _targets(block: p.Block) -> Iterator[p.Target]:
    for statement in block:
        match statement:
            case p.Assign():
                yield from statement.targets
            case p.Draw():
                yield statement.target
            case p.Message():
                yield from (item.target for item in statement.items)
            case p.Branch():
                yield from _targets((*statement.then, *statement.otherwise))
            case p.Repeat():
                yield from _targets(statement.body)
            case _:
                assert_never(statement)


def names_read(expr: p.Expr) -> set[str]:
    """The variables that an expression reads."""
    return {part.symbol.name for part in parts(expr) if isinstance(part, p.Read)}
