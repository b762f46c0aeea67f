"""Sparse values of the generated program: coordinates and entries of compressed vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cablese.dsl.text.records import record

from ..arrays.backend import Array


@record
class Picks:
    """Kept coordinates of `rows` vectors, (rows, k): `indices` within a row, `flat` within the raveled (rows, d) array."""

    indices: Array
    flat: Array


class Sparse:
    """A vector or family that is zero outside some entries.

    `flat` indexes the raveled dense array of `shape`, `columns` counts within a row; both and `values` have one shape.
    An index may occur more than once, with the same value each time: adding to a dense array is take, add, put.
    `whole` is the dense array that `Functions.dense` made of it, if it did: to oracles that is always the same point.
    """

    __slots__ = ("columns", "flat", "shape", "values", "whole")

    def __init__(self, shape: tuple[int, ...], columns: Array, flat: Array, values: Array) -> None:
        self.shape, self.columns, self.flat, self.values = shape, columns, flat, values
        self.whole: Array | None = None

    @property
    def rows(self) -> int:
        """Number of vectors: that of a family's rows, or 1."""
        return self.shape[0] if len(self.shape) == 2 else 1

    @property
    def entries(self) -> int:
        """Number of entries, of all vectors."""
        count: int = self.values.size
        return count


class SparseParts(Sparse):
    """A family in several parts behind one another, each the columns and values of some rows: sums go through them as they
    are, and whoever reads the arrays of the whole has them joined."""

    __slots__ = ("_join", "parts")

    def __init__(
        self, shape: tuple[int, int], parts: Sequence[tuple[Array, Array]], join: Callable[[], Sparse]
    ) -> None:
        self.shape, self.parts, self._join = shape, parts, join
        self.whole = None

    def __getattr__(self, name: str) -> Array:
        """The arrays of the whole, which are not there yet."""
        if name not in ("columns", "flat", "values"):
            raise AttributeError(name)
        joined = self._join()
        self.columns, self.flat, self.values = joined.columns, joined.flat, joined.values
        found: Array = getattr(self, name)
        return found

    @property
    def entries(self) -> int:
        """As `Sparse` has it."""
        return sum(values.size for _, values in self.parts)
