"""Methods that draw alike things in another order: which of two draws of one law comes first is no part of a method."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, permutations, product

from ..check import program as core
from ..check.traverse import EXPRESSIONS
from ..check.uses import targets_in

MOST = 5
"""Other orders that are tried."""


def redrawn(program: core.Program) -> Iterator[core.Program]:
    """The method with draws of one law, by the same ones and in every round, in each of their other orders."""
    free = [group for group in _alike(program) if len(group) > 1]
    if not free:
        return
    orders = islice(product(*(permutations(group) for group in free)), 1, MOST + 1)
    drawn = [draw for group in free for draw in group]
    rest = tuple(s for s in program.round if not any(s is draw for draw in drawn))
    for order in orders:
        yield replace(program, round=(*(draw for group in order for draw in group), *rest))


def _alike(program: core.Program) -> list[list[core.Draw]]:
    """The draws of each law that may come first in a round: arguments that no variable is in, a name of their own."""
    bound = Counter(target.symbol.name for target in targets_in(program))
    groups = defaultdict(list)
    for statement in program.round:
        if (
            isinstance(statement, core.Draw)
            and bound[statement.target.symbol.name] == 1
            and _is_free(statement)
        ):
            law = (statement.distribution, statement.arguments, statement.settings)
            groups[law, statement.at, statement.target.where].append(statement)
    return list(groups.values())


def _is_free(draw: core.Draw) -> bool:
    return draw.at.members is None and not any(isinstance(part, core.Read) for part in EXPRESSIONS.walk(draw))
