"""Sums of long arrays that come in pieces, in the order of NumPy's own sum of the whole: no bit depends on the pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar


class _Added(Protocol):
    """Numbers and arrays: what adds up."""

    def __add__(self, other: Any, /) -> Any: ...


T = TypeVar("T", bound=_Added)

PIECE = 1 << 16
"""Entries of the longest piece: a few arrays of them fit the second cache."""

_UNROLLED = 8  # NumPy's halves are multiples of so many entries


def in_pieces(size: int, sum_of: Callable[[slice], T]) -> T:
    """The sum of `size` entries, from the sums `sum_of` pieces of contiguous arrays: NumPy halves what it adds up, too."""
    return _between(0, size, sum_of)


def _between(first: int, size: int, sum_of: Callable[[slice], T]) -> T:
    if size <= PIECE:
        return sum_of(slice(first, first + size))
    half = size // 2
    half -= half % _UNROLLED
    left = _between(first, half, sum_of)
    total: T = left + _between(first + half, size - half, sum_of)
    return total
