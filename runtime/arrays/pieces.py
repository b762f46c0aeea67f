"""Families of long vectors whose entries are computed when they are read: no array of their length stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from .finite import NonFinite
from .threads import SPAN, piece_size

if TYPE_CHECKING:
    from .backend import Array, Backend, HostArray

_LEAST = 1 << 15  # entries of a piece that is computed for a kernel

PieceOf: TypeAlias = "Callable[[slice, slice], Array]"
"""Entries (rows, columns) of some neighbouring rows, at some neighbouring columns, in an array of their own."""


class Pieces:
    """A family (rows, d) of finite entries, read by rows and columns alone: `what` names it where one is not finite."""

    __slots__ = ("_backend", "_piece", "dtype", "shape", "size", "what")

    ndim = 2

    def __init__(self, piece: PieceOf, shape: tuple[int, int], backend: Backend, what: str) -> None:
        self._piece, self._backend, self.what = piece, backend, what
        self.shape, self.size = shape, shape[0] * shape[1]
        self.dtype = piece(slice(0, 1), slice(0, 1)).dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: tuple[int | slice, slice]) -> Any:
        """The entries of [rows, columns], slices both; of [row, columns] for a number. Raises NonFinite."""
        rows, columns = key
        if isinstance(rows, slice):
            first, last, _ = rows.indices(self.shape[0])
            return self._finite(slice(first, last), self._within(columns))
        return self._finite(slice(rows, rows + 1), self._within(columns))[0]

    def _within(self, columns: slice) -> slice:
        first, last, _ = columns.indices(self.shape[1])
        return slice(first, last)

    def _finite(self, rows: slice, columns: slice) -> Array:
        found = self._piece(rows, columns)
        if not self._backend.all_finite(found):
            bad = (row for row in range(len(found)) if not self._backend.all_finite(found[row]))
            raise NonFinite(self.what, rows.start + next(bad))
        return found


def at_once(vectors: HostArray | Pieces) -> int:
    """Entries of a row that a kernel is given: those that are computed for it stay in the second cache."""
    return max(_LEAST, piece_size(vectors.shape[1])) if isinstance(vectors, Pieces) else SPAN
