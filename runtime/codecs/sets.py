"""The coder that suits sets of k of d coordinates, by rank or by gaps: of the present or the absent ones, the fewer."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias, assert_never

import numpy as np
import numpy.typing as npt

from .gaps import GapSets
from .ranks import RankedSets
from .sizes import Gaps, Ranked, plan_indices

Positions = npt.NDArray[np.int64]
Sets: TypeAlias = RankedSets | GapSets


@lru_cache(maxsize=1024)
def sets_of(d: int, k: int) -> Sets:
    """For min(k, d - k) positions: the present ones up to d / 2, else the absent ones."""
    plan = plan_indices(d, k)
    match plan:
        case Ranked():
            return RankedSets(plan)
        case Gaps():
            return GapSets(plan, absent=2 * k > d)
        case _:
            assert_never(plan)


def other_positions(positions: Positions, d: int) -> Positions:
    """(rows, m) -> the d - m other positions of each row, ascending."""
    rows, count = positions.shape
    left = np.ones((rows, d), np.bool_)
    np.put_along_axis(left, positions, False, axis=1)
    others: Positions = np.nonzero(left)[1].reshape(rows, d - count)
    return others
