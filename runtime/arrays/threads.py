"""Work in pieces on several threads: no piece writes what another reads or writes, and no bit depends on who does which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from cablese.dsl.text.records import record

T = TypeVar("T")

LONG_ROW = 1 << 17
"""Entries of a vector from which on programs work on it in pieces."""

SPAN = 1 << 18
"""Entries of a row in one piece."""

AT_ONCE = 1 << 17
"""The most entries of a piece that goes through several operations one after another: a processor's second cache holds it,
and threads seldom wait for one another between them."""

_LEAST, _PIECES = 1 << 15, 32

_team: Team | None = None
_inside = threading.local()  # of a thread of a team


@record
class Team:
    """So many threads."""

    pool: ThreadPoolExecutor
    count: int


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let `each` have so many threads meanwhile."""
    global _team
    if count == 1:
        yield
        return
    before = _team
    with ThreadPoolExecutor(count, initializer=_begin) as pool:
        _team = Team(pool, count)
        try:
            yield
        finally:
            _team = before


def _begin() -> None:
    _inside.busy = True


def each(work: Callable[[T], None], pieces: Sequence[T]) -> None:
    """Do the work of every piece: one after another, unless there are threads. Raises what the first that fails raises."""
    if _team is None or len(pieces) < 2 or getattr(_inside, "busy", False):
        for piece in pieces:
            work(piece)
        return
    left, begun = iter(enumerate(pieces)), [0] * _team.count
    errors = np.geterr()  # which are a thread's own

    def take_turns(place: int) -> None:
        with np.errstate(**errors):
            for number, piece in left:  # in order: those before one that fails have begun
                begun[place] = number
                work(piece)

    turns = [_team.pool.submit(take_turns, place) for place in range(min(_team.count, len(pieces)))]
    wait(turns)
    failed = [(begun[place], place) for place, turn in enumerate(turns) if turn.exception() is not None]
    if failed:
        turns[min(failed)[1]].result()


def in_order(
    work: Callable[[T], None],
    pieces: Sequence[T],
    before: Callable[[T], None],
    behind: Callable[[T], None],
) -> None:
    """Do the work of every piece, as `each` does; what is `before` and `behind` a piece is done here, piece after piece."""
    if _team is None or len(pieces) < 2 or getattr(_inside, "busy", False):
        for piece in pieces:
            before(piece)
            work(piece)
            behind(piece)
        return
    errors = np.geterr()

    def inside(piece: T) -> None:
        with np.errstate(**errors):
            work(piece)

    begun = []
    for piece in pieces:
        before(piece)
        begun.append(_team.pool.submit(inside, piece))
    for piece, future in zip(pieces, begun, strict=True):
        future.result()
        behind(piece)


def spans(rows: int, d: int) -> list[tuple[int, slice]]:
    """Pieces of an array (rows, d): a row, and columns."""
    return [(row, slice(first, min(first + SPAN, d))) for row in range(rows) for first in range(0, d, SPAN)]


def piece_size(d: int) -> int:
    """Entries of such a piece of rows of d entries: a power of two, and few beside d, as results between have arrays."""
    return min(AT_ONCE, max(_LEAST, (1 << (d // _PIECES).bit_length()) // 2))


def inner(span: slice, size: int) -> Iterator[slice]:
    """A span in pieces of so many entries."""
    return (slice(first, min(first + size, span.stop)) for first in range(span.start, span.stop, size))
