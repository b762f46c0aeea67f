"""Sets of many of d positions with `encode = entropy`: as ranks of any width, or as coded symbols, present or not."""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from . import ans, errors
from .ans import require
from .messages import Bytes, constant, whole_bytes
from .rows import Lengths, RowCoder
from .sizes import Coded, Ranked
from .tables import PRECISION, Counts, coded_bits

__all__ = ["CodedSets", "WideRankedSets", "coded_set_bits", "require"]

Positions = npt.NDArray[np.int64]

_ABSENT_PRESENT = np.array([False, True])


class WideRankedSets(RowCoder):
    """`RankedSets` for ranks of any width, a row at a time: each C(place, left) follows from the one before."""

    def __init__(self, plan: Ranked) -> None:
        self._plan = plan
        self._sets = comb(plan.d, plan.coded)
        self._start = self._sets * (plan.d - plan.coded) // plan.d  # C(d - 1, coded)
        self.slot = self.least = whole_bytes(plan.width)
        self.fixed_bits: int | None = plan.width

    def bits(self, indices: Array) -> Array:
        """Exact bits of each set: all are alike."""
        return constant(self._plan.width, indices)

    def write(self, packet: Positions, room: Bytes) -> None:
        """As `RowCoder` has it, of positions (rows, coded)."""
        for row, slot in zip(packet, room, strict=True):
            slot[...] = np.frombuffer(self._rank(row.tolist()).to_bytes(self.slot, "little"), np.uint8)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> Positions:
        """As `RowCoder` has it: positions (rows, coded)."""
        rows = [self._set(row.tobytes()) for row in room]
        return np.asarray(rows, np.int64).reshape(len(rows), self._plan.coded)

    def _rank(self, row: list[int]) -> int:
        members, left, ways, rank = set(row), self._plan.coded, self._start, 0
        for place in range(self._plan.d - 1, -1, -1):
            present = place in members
            rank += ways if present else 0
            ways, left = _next(ways, place, left, present)
        return rank

    def _set(self, message: bytes) -> list[int]:
        rank = int.from_bytes(message, "little")
        if rank >= self._sets:
            raise errors.out_of_range("rank of an index set", self._sets - 1)
        members, left, ways = [], self._plan.coded, self._start
        for place in range(self._plan.d - 1, -1, -1):
            present = left > 0 and rank >= ways
            if present:
                rank -= ways
                members.append(place)
            ways, left = _next(ways, place, left, present)
        return members[::-1]


def _next(ways: int, place: int, left: int, present: bool) -> tuple[int, int]:
    """C(place - 1, left - present), from `ways` = C(place, left), and left - present."""
    if place == 0:
        return 0, left
    if present:
        return ways * left // place, left - 1
    return ways * (place - left) // place, left


class CodedSets(RowCoder):
    """Sets as d coded symbols, absent or present, by the frequency of the latter; all take the same room."""

    def __init__(self, plan: Coded) -> None:
        self._plan = plan
        self._frequency = _frequency(plan)
        self.fixed_bits: int | None = coded_set_bits(plan)
        self.slot = self.least = whole_bytes(self.fixed_bits)

    def bits(self, indices: Array) -> Array:
        """Exact bits of each set: all are alike."""
        return constant(self.slot * 8, indices)

    def write(self, packet: Positions, room: Bytes) -> None:
        """As `RowCoder` has it, of positions (rows, coded)."""
        present = np.zeros((len(packet), self._plan.d), np.int64)
        np.put_along_axis(present, packet, 1, axis=1)
        for row, slot in zip(present, room, strict=True):
            slot[...] = np.frombuffer(ans.encode(row, self._frequency, self.slot), np.uint8)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> Positions:
        """As `RowCoder` has it: positions (rows, coded)."""
        positions = np.empty((len(room), self._plan.coded), np.int64)
        for row, message in enumerate(room):
            found = np.flatnonzero(
                ans.decode(message.tobytes(), self._frequency, _ABSENT_PRESENT, self._plan.d)
            )
            if len(found) != self._plan.coded:
                raise errors.other_form()
            positions[row] = found
        return positions


def coded_set_bits(plan: Coded) -> int:
    """Bits of every set, in whole bytes."""
    counts = np.asarray([[plan.d - plan.coded, plan.coded]])
    return 8 * whole_bytes(int(coded_bits(counts, _frequency(plan)[None, :])[0]))


def _frequency(plan: Coded) -> Counts:
    """Frequencies of absent and present."""
    present = (plan.coded << PRECISION) // plan.d
    return np.asarray([(1 << PRECISION) - present, present])
