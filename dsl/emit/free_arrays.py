"""Arrays of generated programs that lines may write into, since nothing reads them any more under whichever name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ..plan import instructions as ir
from ..plan.aliases import CONSTANT, aliases
from .liveness import Names


@dataclass(frozen=True, slots=True)
class FreeArrays:
    """The names of a process that plays all roles: those that may have the array of each, and those whose arrays are `kept`
    beyond their last reader."""

    shared: Mapping[str, Names]
    kept: Names

    @classmethod
    def of(cls, plan: ir.Plan) -> Self:
        """The arrays of a plan: the output is kept over the round if its value is weighed at the end."""
        weighed = frozenset[str]() if plan.weight is None else frozenset({plan.output.name})
        return cls(aliases(plan), weighed | plan.tracked)

    def sharing(self, name: str) -> Names:
        """The names that may have the array of one."""
        return self.shared.get(name, frozenset({name}))

    def is_free(self, name: str, live: Names) -> bool:
        """True for a name whose array none of those that are read further on has."""
        sharing = self.sharing(name)
        return CONSTANT not in sharing and not sharing & (live | self.kept)
