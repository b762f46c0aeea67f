"""Sets of positions as their rank among all sets of that size: the combinatorial number system, batched over rows."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from ..arrays.namespace import as_places
from . import errors
from .bitfields import from_bits, to_bits
from .messages import Bytes, constant, whole_bytes
from .rows import Lengths, RowCoder
from .sizes import Ranked

Positions = npt.NDArray[np.int64]


_FEW, _SHORT = 128, 1 << 13  # positions, and entries of the table, up to which Python's own loop is quicker
_WORD = np.dtype("<i8")
_LISTED = 1 << 13  # entries of all sets together, up to which reading looks a set up


class RankedSets(RowCoder):
    """Sets of `plan.coded` ascending positions below `plan.d`; rank = sum_j C(position_j, j + 1), j from 0."""

    planes = 0  # bytes

    def __init__(self, plan: Ranked) -> None:
        self._plan = plan
        self.count = comb(plan.d, plan.coded)
        self._terms, self._ones = np.arange(plan.coded), np.ones(plan.coded, np.int64)
        self._listed = self.count * plan.coded <= _LISTED
        self.slot = self.least = whole_bytes(plan.width)
        self.fixed_bits: int | None = plan.width

    @property
    def table(self) -> Positions:
        """table[j, i] = C(i, j + 1): what position i, the j-th of a set, adds to its rank."""
        return _binomials(self._plan.d, self._plan.coded)

    def bits(self, indices: Array) -> Array:
        """Exact bits of each set: all are alike."""
        return constant(self._plan.width, indices)

    def write(self, packet: Positions, room: Bytes) -> None:
        """As `RowCoder` has it, of positions (rows, coded)."""
        ranks = np.ascontiguousarray(self._ranks(packet), _WORD)
        room[...] = ranks[:, None].view(np.uint8)[:, : self.slot]

    def read(self, room: Bytes, lengths: Lengths | None = None) -> Positions:
        """As `RowCoder` has it: positions (rows, coded)."""
        if len(room) and len(room) * self._plan.coded <= _FEW and self._plan.coded > 1:
            found = self._few(room)
            if found is not None:
                return found
        padded = np.zeros((len(room), 8), np.uint8)
        padded[:, : self.slot] = room
        return self._set(padded.view("<u8")[:, 0])

    def _few(self, room: Bytes) -> Positions | None:
        """The same for few positions, where ints of Python cost less than calls of NumPy; None where a table is long."""
        if not self._listed and self._plan.d * self._plan.coded > _SHORT:
            return None
        slot, octets = self.slot, room.tobytes()
        ranks = [int.from_bytes(octets[at : at + slot], "little") for at in range(0, len(octets), slot)]
        if max(ranks, default=0) >= self.count:
            raise errors.out_of_range("rank of an index set", self.count - 1)
        if self._listed:
            return _all_sets(self._plan.d, self._plan.coded).take(ranks, axis=0)
        return self._one_by_one(ranks)

    def write_parts(self, positions: Positions) -> tuple[Bytes, Bytes, Positions]:
        """(rows, coded) -> no whole bytes (rows, 0), the rank's bits (rows, width), and their number for each row."""
        bits = to_bits(self._ranks(positions)[:, None], self._plan.width)
        none = np.zeros((len(bits), 0), np.uint8)
        return none, bits, np.full(len(bits), self._plan.width)

    def read_parts(self, planes: Bytes, tail: Bytes) -> tuple[Positions, Positions]:
        """The inverse of `write_parts`, where more bits may follow: (rows, coded), and the bits of each row's set."""
        width = self._plan.width
        if tail.shape[1] < width:
            raise errors.cut_short()
        ranks = from_bits(tail[:, :width], width)[:, 0] if width else np.zeros(len(tail), np.uint64)
        return self._set(ranks), np.full(len(tail), width)

    def _set(self, ranks: npt.NDArray[np.uint64]) -> Positions:
        if b"\1" in (ranks >= self.count).tobytes():  # quicker than `any` of few
            raise errors.out_of_range("rank of an index set", self.count - 1)
        return self._positions(ranks.astype(np.int64))

    def _ranks(self, positions: Positions) -> Positions:
        if self._plan.coded == 1:
            return positions[:, 0]
        table = _binomials(self._plan.d, self._plan.coded)
        ranks: Positions = table[self._terms, positions].dot(self._ones)  # quicker than a sum of few
        return ranks

    def _positions(self, ranks: Positions) -> Positions:
        if self._plan.coded == 1:
            return ranks[:, None]
        if self._listed:
            return _all_sets(self._plan.d, self._plan.coded).take(as_places(ranks), axis=0)
        if len(ranks) * self._plan.coded <= _FEW and self._plan.d * self._plan.coded <= _SHORT:
            return self._one_by_one(ranks.tolist())
        table = _binomials(self._plan.d, self._plan.coded)
        positions = np.empty((len(ranks), self._plan.coded), np.int64)
        for j in reversed(range(self._plan.coded)):
            found = table[j].searchsorted(ranks, side="right") - 1
            positions[:, j] = found
            ranks = ranks - table[j][found]
        return positions

    def _one_by_one(self, ranks: list[int]) -> Positions:
        """The same for few positions, where as many bisections cost less than NumPy's calls."""
        found: list[int] = []
        add, lines = found.append, _lists(self._plan.d, self._plan.coded)
        for rank in reversed(ranks):
            for behind, line in lines:
                rank -= line[place := bisect_right(behind, rank)]
                add(place)
            add(rank)  # C(i, 1) = i
        count = len(found)
        return np.fromiter(reversed(found), np.int64, count).reshape(len(ranks), self._plan.coded)


@lru_cache(maxsize=16)
def _binomials(d: int, coded: int) -> Positions:
    """table[j, i] = C(i, j + 1) for i < d, j < coded, by C(i, j + 1) = sum over t < i of C(t, j)."""
    table = np.zeros((coded, d), np.int64)
    previous = np.ones(d, np.int64)
    for row in table:
        np.cumsum(previous[:-1], out=row[1:])
        previous = row
    return table


@lru_cache(maxsize=64)
def _all_sets(d: int, coded: int) -> Positions:
    """All sets (count, coded) by their rank: that of the largest position, then of the next."""
    sets = [found[::-1] for found in combinations(range(d - 1, -1, -1), coded)]
    return np.array(sets[::-1], np.int64).reshape(len(sets), coded)


@lru_cache(maxsize=64)
def _lists(d: int, coded: int) -> list[tuple[list[int], list[int]]]:
    """The rows of `_binomials` but the first, in reverse, as Python's ints: each without its first number, 0, and with it.
    As many numbers of the former are up to a rank as the latter has before its last such."""
    return [(line[1:], line) for line in _binomials(d, coded)[:0:-1].tolist()]
