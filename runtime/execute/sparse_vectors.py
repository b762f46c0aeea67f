"""Functions of generated programs on vectors that may be sparse: sums with dense ones, folds over rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.row_sums import sum_of_parts
from ..arrays.sparse import Picks, Sparse, SparseParts
from ..arrays.summed import Summed
from ..arrays.terms import Symbolic
from ..arrays.threads import each, spans
from ..compressors.unexpanded import Unexpanded

SPARSE_SUM = 4
"""A sum of sparse rows stays sparse while it has fewer than d / SPARSE_SUM entries."""

SHORT = 2048
"""Length up to which vectors are summed whole: one pass costs less than the calls of a sparse sum, measured."""


class SparseVectors:
    """Helpers bound to a backend and a dimension."""

    def __init__(self, backend: Backend, d: int) -> None:
        self.backend, self.xp, self.d = backend, backend.xp, d

    def copy(self, value: Array) -> Array:
        """A fresh array, row after row: a plain copy keeps the order of a broadcast one, and loses flat writes."""
        fresh = self.xp.empty(value.shape, dtype=value.dtype, device=self.backend.device)
        fresh[...] = value
        return fresh

    def dense(self, value: Array | Sparse) -> Array:
        """The value with its zeros written out; for the same sparse value always the same array."""
        if not isinstance(value, Sparse):
            return value
        if value.whole is None:
            value.whole = self._zeros(value.shape)
            self.backend.put(value.whole, value.flat, value.values)
        return value.whole

    def scale(self, value: Array | Sparse, factor: Any) -> Array | Sparse:
        """factor * value."""
        if not isinstance(value, Sparse):
            return factor * value
        return Sparse(value.shape, value.picks, factor * value.values)

    def shrink(self, value: Array | Sparse, divisor: Any) -> Array | Sparse:
        """value / divisor."""
        if not isinstance(value, Sparse):
            return value / divisor
        return Sparse(value.shape, value.picks, value.values / divisor)

    def negative(self, value: Array | Sparse) -> Array | Sparse:
        """-value."""
        if not isinstance(value, Sparse):
            return -value
        return Sparse(value.shape, value.picks, -value.values)

    def add(self, value: Array, change: Array | Sparse) -> Array:
        """value + change."""
        if not isinstance(change, Sparse):
            return value + change
        return self.update(self.copy(value), change)[0]

    def subtract(self, value: Array, change: Array | Sparse) -> Array:
        """value - change."""
        if not isinstance(change, Sparse):
            return value - change
        return self.update(self.copy(value), self.negative(change))[0]

    def add_to(self, value: Array, change: Array | Sparse) -> Array:
        """value + change, in the array of `value` if it is in order: nothing else holds it."""
        return self.update(self._in_order(value), change)[0]

    def subtract_from(self, value: Array, change: Array | Sparse) -> Array:
        """value - change, likewise."""
        if isinstance(change, Sparse):
            return self.add_to(value, self.negative(change))
        value -= change
        return value

    def _in_order(self, value: Array) -> Array:
        """The array itself if its entries lie row after row, as arithmetic with broadcast ones need not leave them."""
        flags = getattr(value, "flags", None)
        return value if flags is not None and flags.c_contiguous else self.copy(value)

    def update(self, value: Array, change: Array | Sparse) -> tuple[Array, Array]:
        """value += change in place; also returns the entries that were touched."""
        if not isinstance(change, Sparse):
            value += change
            return value, value
        places = change.picks.flat
        touched = self.backend.take(value, places) + change.values
        self.backend.put(value, places, touched)
        return value, touched

    # --- folds over rows -------------------------------------------------------------------------------------

    def sum_rows(self, value: Array | Sparse | Summed | Unexpanded) -> Any:
        """Sum of the rows; zero without rows."""
        if isinstance(value, Sparse):
            return self._sum_sparse(value, None)
        if isinstance(value, Symbolic):
            return value.through(self.sum_rows)
        if isinstance(value, Summed):
            return self.copy(value.total)
        if isinstance(value, Unexpanded):
            return self._sum_unexpanded(value, None)
        return self.backend.sum_rows(value)

    def mean_rows(self, value: Array | Sparse | Summed | Unexpanded) -> Any:
        """Mean of the rows; zero without rows."""
        if isinstance(value, Sparse):
            return self._sum_sparse(value, max(value.rows, 1))
        if isinstance(value, Symbolic):
            return value.through(self.mean_rows)
        if isinstance(value, Summed):
            return value.total / value.rows
        if isinstance(value, Unexpanded):
            return self._sum_unexpanded(value, max(value.shape[0], 1))
        return self._divided(self.backend.sum_rows(value), max(value.shape[0], 1))

    def _divided(self, total: Any, divisor: int) -> Any:
        """A sum, which is an array of its own or a number, divided by a number."""
        if getattr(total, "ndim", 0) and total.dtype == self.backend.real:
            total /= divisor
            return total
        return total / divisor

    def _sum_unexpanded(self, value: Unexpanded, divisor: int | None) -> Array:
        """The sum of the rows, divided by a number unless that is None, in pieces."""
        total = np.empty(value.shape[1], self.backend.real)

        def work(piece: tuple[int, slice]) -> None:
            part = total[piece[1]]
            value.sum_rows(piece[1], part)
            if divisor is not None:
                part /= divisor

        each(work, spans(1, total.size))
        return total

    def _sum_sparse(self, value: Sparse, divisor: int | None) -> Array | Sparse:
        if self.d <= SHORT or SPARSE_SUM * value.entries >= self.d:
            if isinstance(value, SparseParts):
                total = sum_of_parts(value.parts, self.d, self.backend.real)
            else:
                total = self.backend.sum_at(value.columns, value.values, self.d)
            return total if divisor is None else self._divided(total, divisor)
        whole = self._zeros((self.d,))
        self.backend.scatter_add(whole, value.columns, value.values)
        sums = self.backend.take(whole, value.columns)
        picks = Picks(value.columns, None, value.columns)
        return Sparse((self.d,), picks, sums if divisor is None else sums / divisor)

    def _zeros(self, shape: tuple[int, ...]) -> Array:
        return self.xp.zeros(shape, dtype=self.backend.real, device=self.backend.device)
