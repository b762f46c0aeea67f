"""Choice of the coder for sets of k of d coordinates, by rank or by gaps: of the present or the absent ones, the fewer."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, TypeAlias, assert_never

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from .golomb import GapSets
from .messages import Bytes
from .ranks import RankedSets
from .rows import Lengths
from .sizes import RANK_BITS, Coded, Gaps, Ranked, plan_entropy, plan_indices

Positions = npt.NDArray[np.int64]
Sets: TypeAlias = RankedSets | GapSets


class WholeSets(Protocol):
    """A coder of sets that are messages of their own, or the end of one."""

    @property
    def fixed_bits(self) -> int | None:
        """Bits of every set, if all are alike."""

    @property
    def slot(self) -> int:
        """Bytes of the longest set."""

    @property
    def least(self) -> int:
        """Bytes of the shortest."""

    def bits(self, indices: Array) -> Array:
        """Exact bits of each set of a packet's indices (rows, k): int64 (rows,)."""

    def write(self, packet: Positions, room: Bytes) -> Lengths | None:
        """As `RowCoder` has it, of positions (rows, coded)."""

    def read(self, room: Bytes, lengths: Lengths | None = None) -> Positions:
        """As `RowCoder` has it: positions (rows, coded)."""


@lru_cache(maxsize=1024)
def sets_of(d: int, k: int) -> Sets:
    """The coder of min(k, d - k) positions: the present ones up to d / 2, else the absent ones."""
    plan = plan_indices(d, k)
    match plan:
        case Ranked():
            return RankedSets(plan)
        case Gaps():
            return GapSets(plan, absent=2 * k > d)
        case _:
            assert_never(plan)


@lru_cache(maxsize=256)
def entropy_sets_of(d: int, k: int) -> WholeSets:
    """`sets_of` with `encode = entropy`; `SetupError` where constriction is missing, whatever d and k."""
    from .coded_sets import CodedSets, WideRankedSets, require

    require()
    plan = plan_entropy(d, k)
    match plan:
        case Coded():
            return CodedSets(plan)
        case Ranked() if plan.width > RANK_BITS:
            return WideRankedSets(plan)
        case _:
            return sets_of(d, k)


def other_positions(positions: Positions, d: int) -> Positions:
    """(rows, m) -> the d - m other positions of each row, ascending."""
    rows, count = positions.shape
    left = np.ones((rows, d), np.bool_)
    np.put_along_axis(left, positions, False, axis=1)
    others: Positions = np.nonzero(left)[1].reshape(rows, d - count)
    return others
