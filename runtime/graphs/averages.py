"""Weighted averages over neighbours, `mix(q)`: rows of a node and its neighbours, summed one by one by node number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from .mixing import Mixing

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

LONG, BLOCK, LEAST_STEP = 1 << 16, 1 << 15, 64
"""Entries of own rows from which on columns go by blocks, entries of a block of all rows, and its fewest columns."""


@record
class _Term:
    """The t-th terms of the sums that have one: of the first `count` in the order of sums."""

    count: int
    rows: Array  # (count,) places of the terms among own and copied rows
    weights: Array  # (count, 1), in the precision of vectors
    of_numbers: Array  # (count,), the same in that of numbers

    def over(self, of_numbers: bool) -> Array:
        """The weights, shaped like rows of numbers or of vectors."""
        return self.of_numbers if of_numbers else self.weights


class NeighbourAverage:
    """sum_j w_ij q_j over i and its neighbours, ascending j, for nodes first .. last - 1.

    `nearby`: the nodes of other processes whose rows follow the own ones. The sums of all nodes grow together, term by
    term; nodes with more terms stand first, so that those which still grow are the upper rows.
    """

    def __init__(
        self, mixing: Mixing, first: int, last: int, nearby: Sequence[int], backend: Backend
    ) -> None:
        self.backend = backend
        place = {node: row for row, node in enumerate((*range(first, last), *nearby))}
        sums = [[(place[j], weight) for j, weight in mixing.row(node)] for node in range(first, last)]
        order = sorted(range(len(sums)), key=lambda row: -len(sums[row]))
        self._terms = list(self._aligned([sums[row] for row in order]))
        # most nodes have most terms: else rows of a few are added over and over, which takes no time
        self._even = 0 < len(self._terms) * len(sums) <= 2 * sum(term.count for term in self._terms)
        self._original_order = backend.to_device(np.argsort(np.asarray(order, dtype=np.int64)))

    def _aligned(self, sums: list[list[tuple[int, float]]]) -> list[_Term]:
        device, real = self.backend.to_device, self.backend.real
        terms = []
        for t in range(max(map(len, sums), default=0)):
            at = [terms_of[t] for terms_of in sums if len(terms_of) > t]
            rows = device(np.asarray([row for row, _ in at], dtype=np.int64))
            weights = device(np.asarray([weight for _, weight in at]))
            column = self.backend.xp.astype(weights, real)[:, None]
            terms.append(_Term(len(at), rows, column, weights))
        return terms

    def __call__(self, own: Array, nearby: Array | None = None) -> Array:
        """Rows (rows, d) of the process's nodes, and of those `nearby` -> averages (rows, d); of numbers (rows,) alike."""
        xp = self.backend.xp
        if self._even and isinstance(own, np.ndarray) and own.ndim == 2 and own.size >= LONG:
            near = own[:0] if nearby is None else nearby
            step = BLOCK // (own.shape[0] + near.shape[0])
            if step >= LEAST_STEP:
                return self._by_blocks(own, near, step)
        rows = own if nearby is None or nearby.shape[0] == 0 else xp.concat([own, nearby], axis=0)
        if not self._terms:
            return xp.asarray(own, copy=True)
        first, *others = self._terms
        of_numbers = own.ndim == 1
        sums = first.over(of_numbers) * xp.take(rows, first.rows, axis=0)
        for term in others:
            sums[: term.count, ...] += term.over(of_numbers) * xp.take(rows, term.rows, axis=0)
        return xp.take(sums, self._original_order, axis=0)

    def _by_blocks(self, own: HostArray, nearby: HostArray, step: int) -> HostArray:
        """The same with NumPy for `step` columns at a time, whose rows of all nodes stay in a cache."""
        (count, d), out = own.shape, np.empty_like(own)
        start, *others = self._terms  # the first terms are of all nodes
        for first in range(0, d, step):
            columns = slice(first, first + step)
            rows = np.concatenate((own[:, columns], nearby[:, columns]))
            part = np.empty((count, rows.shape[1]), own.dtype)
            sums = rows[start.rows]
            sums *= start.weights
            for term in others:
                grown = part[: term.count]
                # places are in range: the other mode would make a copy first
                np.take(rows, term.rows, axis=0, out=grown, mode="clip")
                grown *= term.weights
                sums[: term.count] += grown
            out[:, columns] = sums[self._original_order]
        return out
