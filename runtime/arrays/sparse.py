"""Sparse values of the generated program: coordinates and entries of compressed vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .backend import Array


class Picks:
    """Kept coordinates of `rows` vectors, (rows, k): `indices` within a row, and `flat` within the raveled (rows, d) array,
    which are made where something asks for them."""

    __slots__ = ("_flat", "_flattened", "indices")

    def __init__(
        self, indices: Array, flattened: Callable[[Array], Array] | None, flat: Array | None = None
    ) -> None:
        """`flattened` counts indices within the raveled array; none does where `flat` has them."""
        self.indices, self._flattened, self._flat = indices, flattened, flat

    @property
    def flat(self) -> Array:
        """The coordinates within the raveled array."""
        if self._flat is None and self._flattened is not None:
            self._flat = self._flattened(self.indices)
        return self._flat


class Sparse:
    """A vector or family that is zero outside some entries: `values` at `picks`, alike in shape.

    An index may occur more than once, with the same value each time: adding to a dense array is take, add, put.
    `whole` is the dense array that `Functions.dense` made of it, if it did: to oracles that is always the same point.
    """

    __slots__ = ("picks", "shape", "values", "whole")

    def __init__(self, shape: tuple[int, ...], picks: Picks, values: Array) -> None:
        """`shape` is that of the dense array."""
        self.shape, self.picks, self.values = shape, picks, values
        self.whole: Array | None = None

    @property
    def columns(self) -> Array:
        """Coordinates within a row."""
        return self.picks.indices

    @property
    def flat(self) -> Array:
        """Coordinates within the raveled dense array."""
        return self.picks.flat

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

    def __getattr__(self, name: str) -> Any:
        """The arrays of the whole, which are not there yet."""
        if name not in ("picks", "values"):
            raise AttributeError(name)
        joined = self._join()
        self.picks, self.values = joined.picks, joined.values
        return getattr(self, name)

    @property
    def entries(self) -> int:
        """As `Sparse` has it."""
        return sum(values.size for _, values in self.parts)
