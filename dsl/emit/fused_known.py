"""Knowledge of names at places of a fused round: what holds behind a block whichever way a round took through it."""

from __future__ import annotations

from collections.abc import Mapping

from ..plan import instructions as ir
from ..text.records import record


@record
class Later:
    """Entries of a gradient that are worked out where they are read."""

    function: str
    arguments: tuple[str, ...]
    point: ir.Pure


@record
class Known:
    """The forms of names at a place of the round."""

    bound: frozenset[str]
    sparse: Mapping[str, str]
    masks: Mapping[str, str]
    over: Mapping[str, str]
    sets: Mapping[str, str]
    later: Mapping[str, Later]

    def form(self, name: str) -> tuple[str, str, str]:
        """The arrays that hold a slot, and the set over which it is."""
        return self.sparse.get(name, ""), self.masks.get(name, ""), self.over.get(name, "")

    def holds(self, other: Known) -> bool:
        """True where all that is known at the other place is still so at this one."""
        alike = all(self.form(name) == other.form(name) for name in other.bound)
        return alike and other.bound <= self.bound and other.sets.items() <= self.sets.items()

    def both(self, other: Known) -> Known:
        """The forms that names have at both places; other names nobody reads behind two blocks."""
        bound = {name for name in self.bound & other.bound if self.form(name) == other.form(name)}
        return Known(
            frozenset(bound),
            {name: arrays for name, arrays in self.sparse.items() if name in bound},
            {name: mask for name, mask in self.masks.items() if name in bound},
            dict(self.over.items() & other.over.items()),
            dict(self.sets.items() & other.sets.items()),
            {name: later for name, later in self.later.items() if other.later.get(name) == later},
        )
