"""Work in pieces on several threads: no piece writes what another reads or writes, and no bit depends on who does which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

T = TypeVar("T")

LONG_ROW = 1 << 17
"""Entries of a vector from which on programs work on it in pieces."""

SPAN = 1 << 18
"""Entries of a row in one piece."""

_pool: ThreadPoolExecutor | None = None
_inside = threading.local()  # of a thread of the pool


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let `each` have so many threads meanwhile."""
    global _pool
    if count == 1:
        yield
        return
    before = _pool
    with ThreadPoolExecutor(count) as _pool:
        try:
            yield
        finally:
            _pool = before


def each(work: Callable[[T], None], pieces: Sequence[T]) -> None:
    """Do the work of every piece: one after another, unless there are threads. Raises what the first that failed raised."""
    if _pool is None or len(pieces) < 2 or getattr(_inside, "busy", False):
        for piece in pieces:
            work(piece)
        return
    for _ in _pool.map(_inside_of(work), pieces):
        pass


def _inside_of(work: Callable[[T], None]) -> Callable[[T], None]:
    """The work as a thread of the pool does it."""
    errors = np.geterr()  # which are a thread's own

    def inside(piece: T) -> None:
        _inside.busy = True
        with np.errstate(**errors):
            work(piece)

    return inside


def in_order(
    work: Callable[[T], None],
    pieces: Sequence[T],
    before: Callable[[T], None],
    behind: Callable[[T], None],
) -> None:
    """Do the work of every piece, as `each` does; what is `before` and `behind` a piece is done here, piece after piece."""
    if _pool is None or len(pieces) < 2 or getattr(_inside, "busy", False):
        for piece in pieces:
            before(piece)
            work(piece)
            behind(piece)
        return
    begun = []
    for piece in pieces:
        before(piece)
        begun.append(_pool.submit(_inside_of(work), piece))
    for piece, future in zip(pieces, begun, strict=True):
        future.result()
        behind(piece)


def spans(rows: int, d: int) -> list[tuple[int, slice]]:
    """Pieces of an array (rows, d): a row, and columns."""
    return [(row, slice(first, min(first + SPAN, d))) for row in range(rows) for first in range(0, d, SPAN)]


def inner(span: slice, size: int) -> Iterator[slice]:
    """A span in pieces of so many entries."""
    return (slice(first, min(first + size, span.stop)) for first in range(span.start, span.stop, size))
