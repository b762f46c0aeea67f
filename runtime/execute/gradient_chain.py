"""Gradients that a node computes in a round, in the mean: rounds as a Markov chain over what nodes still hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import isclose
from typing import TypeAlias

from cablese.dsl.plan import instructions as ir

from .expected import ABOUT
from .formulas import formula
from .gradient_cost import Gradients, TooManyWays, Walk, World
from .told import Told, untold

MOST_STATES, MOST_ROUNDS = 64, 2000
"""Memories at the end of a round, and rounds that are gone through one by one."""

FEWER_ROUNDS = 200
"""Rounds that are gone through where no two need be alike."""

TOLD_ROUNDS = 4
"""Rounds before those that are all alike, of which formulas tell."""

Worlds: TypeAlias = Mapping[Hashable, World]


def gradients_in(plan: ir.Plan, walk: Walk, rounds: int) -> tuple[Gradients, Gradients]:
    """The gradients of `init`, and those of a round in the mean over so many. Raises TooManyWays."""
    started = walk.round(plan.init, World(), -1)
    before = sum((way.cost * way.chance for way in started), Gradients())
    return before, _mean_round(plan, walk, started, rounds)


def _mean_round(plan: ir.Plan, walk: Walk, started: Sequence[World], rounds: int) -> Gradients:
    """The mean over rounds: once the chances of memories stay, all later ones are alike."""
    costs: list[Gradients] = []
    for cost, stays in _each_round(plan, walk, started, rounds):
        if stays:
            return _with_later(costs, cost, rounds)
        costs.append(cost)
        if len(costs) == (FEWER_ROUNDS if walk.looked_at_round else MOST_ROUNDS):
            break
    about = ABOUT if len(costs) < rounds else ""
    total = sum(costs, Gradients()) * (1 / max(1, len(costs)))
    return total.untold + Gradients(note=about)


def _with_later(costs: Sequence[Gradients], later: Gradients, rounds: int) -> Gradients:
    """The mean of the first rounds with those after them, which all cost as much."""
    if not costs:
        return later
    if len(costs) > TOLD_ROUNDS:
        later = later.untold
    more = sum((cost + later * -1.0 for cost in costs), Gradients())
    return later + more * (1.0 / Told(rounds, formula("rounds")))


def _each_round(
    plan: ir.Plan, walk: Walk, started: Sequence[World], rounds: int
) -> Iterator[tuple[Gradients, bool]]:
    """The mean cost of each round, and whether every later one costs the same; memories are states of a Markov chain."""
    chances = _joined(started)
    ways: dict[Hashable, list[World]] = {}
    for k in range(rounds):
        cost, after = Gradients(), []
        for key, world in chances.items():
            if key not in ways or walk.looked_at_round:
                start = World(1.0, world.points, sizes=world.sizes, memory=world.memory)
                ways[key] = walk.round(plan.round, start, k)
            for way in ways[key]:
                cost += way.cost * (world.chance * way.chance)
                after.append(World(world.chance * way.chance, way.points, sizes=way.sizes, memory=way.memory))
        before, chances = chances, _joined(after)
        if k >= TOLD_ROUNDS:
            for world in chances.values():
                world.chance = untold(world.chance)
        yield cost, not walk.looked_at_round and _alike(before, chances)


def _alike(one: Worlds, other: Worlds) -> bool:
    """True for the same memories with the same chances."""
    return one.keys() == other.keys() and all(
        isclose(world.chance, other[key].chance, rel_tol=1e-14) for key, world in one.items()
    )


def _joined(worlds: Sequence[World]) -> dict[Hashable, World]:
    """Worlds of which later rounds know the same as one."""
    found: dict[Hashable, World] = {}
    for world in worlds:
        key = (tuple(sorted(world.points.items())), tuple(world.sizes.items()), world.memory.key())
        if key in found:
            found[key].chance += world.chance
        else:
            found[key] = world
    if len(found) > MOST_STATES:
        raise TooManyWays
    return found
