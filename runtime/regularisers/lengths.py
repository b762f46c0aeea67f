"""Blocks of vectors, and Euclidean lengths that neither overflow nor vanish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..arrays.backend import Array


def pieces(lengths: Sequence[int]) -> Iterator[slice]:
    """The blocks of these lengths, in order, as slices of a vector."""
    start = 0
    for length in lengths:
        yield slice(start, start + length)
        start += length


def lengths_of_rows(xp: Any, vectors: Array) -> Array:
    """The Euclidean norm of each row, (rows, 1), by squares of quotients with the largest entry."""
    largest = xp.max(xp.abs(vectors), axis=-1, keepdims=True)
    scale = xp.where(largest > 0, largest, xp.ones_like(largest))
    parts = vectors / scale
    return scale * xp.sqrt(xp.sum(parts * parts, axis=-1, keepdims=True))
