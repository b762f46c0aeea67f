"""Sums of long vectors in pieces that a processor's cache holds: no array of their length stands in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.finite import NonFinite
from ..arrays.summed import Summed
from ..arrays.terms import Family, Message, Terms
from ..arrays.threads import LONG_ROW, each, in_order, inner, piece_size, spans
from ..compressors.unexpanded import Unexpanded
from ..transports.base import InPieces
from .entry_loops import Pass, pass_of

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend


class Tiles:
    """Helpers bound to a backend and a dimension."""

    backend: Backend
    d: int

    def in_tiles(self, function: Callable[..., Array], into: Array | None, *arrays: Array) -> Array:
        """The result of a function, which goes entry by entry, of arrays (d,) and (rows, d): in the array `into`, one of
        those no longer needed, or in a new one for None."""
        if self.d < LONG_ROW or self.backend.name != "numpy":
            return function(*arrays)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        result = into if into is not None and _can_hold(into, shape) else None
        kind = function(*(array[..., :1] for array in arrays)).dtype
        if result is None or result.dtype != kind:
            result = np.empty(shape, kind)
        rows = result.reshape(-1, self.d)  # a view

        def own(row: int) -> list[Any]:
            return [array[row] if array.ndim == len(shape) > 1 else array for array in arrays]

        loops = [self._loops_of(function, own(row)) for row in range(len(rows))]

        def work(piece: tuple[int, slice]) -> None:
            row, span = piece
            found, parts = loops[row], own(row)
            if found is not None:
                found.fill(span, [rows[row]])
                return
            for columns in inner(span, piece_size(self.d)):
                rows[row, columns] = function(*(array[columns] for array in parts))

        each(work, spans(*rows.shape))
        return result

    def _loops_of(self, function: Callable[..., Array], arrays: Sequence[Any]) -> Pass | None:
        """The loops of a function of vectors."""
        return pass_of(
            lambda *terms: [function(*terms)], lambda terms: [terms.of(array) for array in arrays], self.d
        )

    def in_one_pass(
        self, function: Callable[..., Sequence[Array]], into: Sequence[Array | None], *arrays: Array
    ) -> Sequence[Array]:
        """The results (d,) of a function, which goes entry by entry, of arrays (d,) and (rows, d): each in an array of
        `into` that is no longer needed, or in a new one for None. It is given pieces of all of them, and of a message."""
        if self.d < LONG_ROW or self.backend.name != "numpy":
            return function(*arrays)
        kinds = [found.dtype for found in function(*_columns(arrays, slice(0, 1)))]
        results = [
            array
            if array is not None and _can_hold(array, (self.d,)) and array.dtype == kind
            else np.empty(self.d, kind)
            for array, kind in zip(into, kinds, strict=True)
        ]

        loops = pass_of(function, partial(_terms, arrays), self.d)

        def work(columns: slice) -> None:
            if loops is not None:
                with suppress(NonFinite):  # which NumPy finds in a line of the program
                    loops.fill(columns, results)
                    return
            found = function(*_columns(arrays, columns))
            for result, part in zip(results, found, strict=True):
                result[columns] = part

        def work_on_span(span: tuple[int, slice]) -> None:
            for columns in inner(span[1], piece_size(self.d)):
                work(columns)

        moving = [array for array in arrays if isinstance(array, InPieces) and array.in_order]
        if moving:
            [message] = moving
            in_order(work, list(inner(slice(0, self.d), piece_size(self.d))), message.arrive, message.leave)
        else:
            each(work_on_span, spans(1, self.d))
        return results


def _columns(arrays: Sequence[Array], columns: slice) -> Iterator[Array]:
    """Some columns of each array; families of packets stay packets, and a message is one of the columns."""
    return (_some(array, columns) for array in arrays)


def _some(array: Any, columns: slice) -> Any:
    own = isinstance(array, Unexpanded | Summed | InPieces)
    return array.of_columns(columns) if own else array[..., columns]


def _terms(arrays: Sequence[Any], terms: Terms) -> list[Any]:
    """The stand-in for each array."""
    return [_term(array, terms) for array in arrays]


def _term(array: Any, terms: Terms) -> Any:
    if isinstance(array, InPieces):
        return Message(terms, array.of_columns)
    rows = isinstance(array, Summed) or array.ndim > 1
    return Family(terms, partial(_some, array)) if rows else terms.of(array)


def _can_hold(array: Array, shape: tuple[int, ...]) -> bool:
    """True for an array in order that has this shape and may be written to."""
    return bool(array.shape == shape and array.flags.c_contiguous and array.flags.writeable)
