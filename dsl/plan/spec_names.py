"""Names in a checked program: those that it declares, and those that a block binds."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import program as core
from ..check.kinds import Spread
from ..check.uses import counters_of, targets_in
from .names import Namer


def declared_names(program: core.Program) -> set[str]:
    """The names of a program's compressors, params, bindings and counters."""
    declared = {c.symbol.name for c in program.compressors} | {q.symbol.name for q in program.params}
    bound = {target.symbol.name for target in targets_in(program)}
    return declared | bound | {counter.name for counter in counters_of(program)}


def bound_names(block: core.Block) -> set[str]:
    """The names that a block binds, at any depth."""
    return set(targets_of(block))


def names_of_both_spreads(program: core.Program) -> set[str]:
    """The names that a program binds as one value in one place and as a family in another."""
    targets = list(targets_in(program))
    single = {target.symbol.name for target in targets if target.where.spread is Spread.ONE}
    return single & {target.symbol.name for target in targets if target.where.spread is not Spread.ONE}


def slot_names(program: core.Program) -> Iterator[tuple[str, str]]:
    """The names that a program binds, each with a name that slots of its plan have for it; a name may have two."""
    namer = Namer(declared_names(program), names_of_both_spreads(program))
    for name in sorted(target.symbol.name for target in targets_in(program)):
        yield from ((name, namer.variable(name, family)) for family in (False, True))


def targets_of(block: core.Block) -> dict[str, core.Target]:
    """The first binding, in the order of the text, of each name that a block binds at any depth."""
    found: dict[str, core.Target] = {}
    for target in targets_in(block):
        found.setdefault(target.symbol.name, target)
    return found
