"""A sum of regularisers of separate entries: sets and norms by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Regulariser

if TYPE_CHECKING:
    from ..arrays.backend import Array, HostArray


class Parts(Regulariser):
    """A sum of regularisers, each of entries of its own: (first, last + 1, regulariser)."""

    def __init__(self, lengths: tuple[int, ...], parts: Sequence[tuple[int, int, Regulariser]]) -> None:
        """`lengths`: of all blocks; entries of no part are free."""
        super().__init__(lengths)
        self._parts = tuple(parts)

    @property
    def constrains(self) -> bool:
        """As `Regulariser` has it: some part does."""
        return any(part.constrains for _, _, part in self._parts)

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: part by part."""
        return self._by_parts(xp, vectors, lambda part, own: part.prox(xp, own, steps))

    def projections(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it: part by part."""
        return self._by_parts(xp, vectors, lambda part, own: part.projections(xp, own))

    def _by_parts(self, xp: Any, vectors: Array, step: Any) -> Array:
        result = xp.asarray(vectors, copy=True)
        for first, last, part in self._parts:
            result[:, first:last] = step(part, xp.asarray(vectors[:, first:last], copy=True))
        return result

    def values(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it: the parts' sum, in order."""
        total = xp.zeros_like(vectors[:, 0])
        for first, last, part in self._parts:
            total = total + part.values(xp, xp.asarray(vectors[:, first:last], copy=True))
        return total

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As `Regulariser` has it; None too if an entry of no part has a direction."""
        result, free = np.zeros(len(direction)), np.ones(len(direction), dtype=bool)
        for first, last, part in self._parts:
            found = part.farthest(direction[first:last])
            if found is None:
                return None
            result[first:last], free[first:last] = found, False
        return None if direction[free].any() else result
