"""Rows of a family that are computed when they are read, a few at a time, so that not all are held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from .backend import Array, Backend
from .pieces import PieceOf
from .sparse import Picks

Span: TypeAlias = "slice[int, int, None]"
"""Neighbouring rows, the first and the last + 1."""


class InTurn:
    """A family (rows, d), one part of its rows after another; each is computed once, by the first that reads it. `piece`
    gives some columns of some rows, where these cost no more than their share; None where they do."""

    __slots__ = ("_backend", "_part", "_spans", "piece")

    def __init__(
        self,
        spans: Sequence[Span],
        part: Callable[[Span], Array],
        backend: Backend,
        piece: PieceOf | None = None,
    ) -> None:
        """`part` gives the rows of one of the `spans`, which make up all rows in order."""
        self._spans, self._part, self._backend, self.piece = spans, part, backend, piece

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self._spans[-1].stop

    def __iter__(self) -> Iterator[Array]:
        return map(self._part, self._spans)

    def at(self, picks: Picks) -> Array:
        """The entries (rows, k) at the picks."""
        xp, indices = self._backend.xp, picks.indices
        indices = xp.broadcast_to(indices, (self._spans[-1].stop, indices.shape[-1]))
        found = [self._backend.take(self._part(span), indices[span, ...]) for span in self._spans]
        return xp.concat(found, axis=0)

    def map(self, function: Callable[..., Array], *arrays: Array) -> InTurn:
        """The family of `function`, which goes entry by entry: it is given one that makes some rows, and the same rows of
        these families (rows, d), or vectors (d,)."""

        def part(span: Span) -> Array:
            own = (array if array.ndim == 1 else array[span, ...] for array in arrays)
            return function(partial(self._part, span), *own)

        own = self.piece
        if own is None:
            return InTurn(self._spans, part, self._backend)

        def piece(rows: Span, columns: slice) -> Array:
            parts = (array[columns] if array.ndim == 1 else array[rows, columns] for array in arrays)
            return function(partial(own, rows, columns), *parts)

        return InTurn(self._spans, part, self._backend, piece)

    def into(self, family: Array) -> Array:
        """The family (rows, d) as an array: in that of `family`, which nobody reads after its rows are computed with, unless
        all rows are one part."""
        if len(self._spans) == 1:
            return self._part(self._spans[0])
        for span in self._spans:
            family[span, ...] = self._part(span)
        return family
