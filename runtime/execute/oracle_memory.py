"""The gradients that nodes still hold, by point and minibatch: an abstract `CountedOracle`, for costs without vectors."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import field
from typing import TypeAlias

from cablese.dsl.text.records import record, structure

Where: TypeAlias = tuple[Hashable, Hashable]
"""A point, and the minibatch or None for all samples."""


@record
class Members:
    """A drawn set of nodes: as shares of all nodes its members, and its distinct ones; another `number`, another draw."""

    number: int
    members: float
    distinct: float
    known: bool = True


def _renumbered(sets: Collection[Members | None]) -> dict[Members | None, bool]:
    """Sets of an earlier round, no two alike: draws of a later one are others."""
    drawn = sorted(
        (each for each in sets if each is not None), key=lambda each: (each.members, each.distinct)
    )
    found: dict[Members | None, bool] = {None: False} if None in sets else {}
    for number, each in enumerate(drawn):
        found[Members(number, each.members, each.distinct, each.known)] = False
    return found


@structure
class Memory:
    """Sets of nodes over which gradients were asked for in this round or in the last, None for all nodes."""

    held: dict[Where, dict[Members | None, bool]] = field(
        default_factory=dict
    )  # true where used in this round

    def copy(self) -> Memory:
        """A memory that changes on its own."""
        return Memory({where: dict(sets) for where, sets in self.held.items()})

    def ask(self, where: Where | None, over: Members | None, rows_differ: bool) -> float:
        """The gradients that nodes must compute, as a share of all nodes; None: nowhere that is asked at again."""
        if where is None:
            return self._computed(over, {}, rows_differ)
        sets = self.held.setdefault(where, {})
        share = 0.0 if over in sets else self._computed(over, sets, rows_differ)
        sets[over] = True
        return share

    @staticmethod
    def _computed(over: Members | None, sets: Mapping[Members | None, bool], rows_differ: bool) -> float:
        """Independent draws miss each other's nodes by their chances."""
        if over is not None and rows_differ:
            return over.members
        share = 1.0 if over is None else over.distinct
        for other in sets:
            share *= 0.0 if other is None else 1.0 - other.distinct
        return share

    def next_round(self, points: Mapping[Hashable, Hashable]) -> Memory:
        """The memory of the next round, at points that are still held, under their new names there; others are lost."""
        kept: dict[Where, dict[Members | None, bool]] = {}
        for (point, batch), sets in self.held.items():
            used = _renumbered([over for over, now in sets.items() if now])
            if used and point in points and (batch is None or batch in points):
                kept[points[point], None if batch is None else points[batch]] = used
        return Memory(kept)

    def key(self) -> Hashable:
        """Equal for equal memories."""
        return frozenset((where, frozenset(sets)) for where, sets in self.held.items())
