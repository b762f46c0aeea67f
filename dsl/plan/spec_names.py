"""Names in a checked program: what it declares, what a block binds, what an expression reads."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import program as p
from ..check.kinds import Spread
from ..check.traverse import EXPRESSIONS, STATEMENTS
from ..check.uses import bindings_of


def declared_names(program: p.Program) -> set[str]:
    """All names that the program gives to something."""
    declared = {c.symbol.name for c in program.compressors} | {q.symbol.name for q in program.params}
    counter = {program.counter.name} if program.counter else set()
    bound = bound_names(program.init) | bound_names(program.round)
    return declared | counter | bound | _counters(program)


def _counters(program: p.Program) -> set[str]:
    """The counters of repetitions."""
    loops = (statement for statement in STATEMENTS.walk(program) if isinstance(statement, p.Repeat))
    return {loop.counter.name for loop in loops if loop.counter is not None}


def bound_names(block: p.Block) -> set[str]:
    """The names that a block binds, at any depth."""
    return set(targets_of(block))


def names_of_both_spreads(program: p.Program) -> set[str]:
    """The names that a program binds as one value in one place and as a family in another."""
    targets = list(_targets(program))
    single = {target.symbol.name for target in targets if target.where.spread is Spread.ONE}
    return single & {target.symbol.name for target in targets if target.where.spread is not Spread.ONE}


def targets_of(block: p.Block) -> dict[str, p.Target]:
    """Of each name that a block binds, at any depth, the first binding in the order of the text."""
    found: dict[str, p.Target] = {}
    for target in _targets(block):
        found.setdefault(target.symbol.name, target)
    return found


def _targets(of: p.Program | p.Block) -> Iterator[p.Target]:
    return (target for statement in STATEMENTS.walk(of) for target, _ in bindings_of(statement))


def names_read(expr: p.Expr) -> set[str]:
    """The variables that an expression reads."""
    return {part.symbol.name for part in EXPRESSIONS.walk(expr) if isinstance(part, p.Read)}
