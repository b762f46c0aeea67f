"""Anytime-valid tests of means: bets against `E X <= m` for X >= 0, whose capital grows large only if the mean is above m.

Waudby-Smith, Ramdas, "Estimating means of bounded random variables by betting" (JRSS B 2024), section 4, with constant
stakes on a grid, mixed (their dKelly); and on one side alone, which needs no upper bound of X. By Ville's inequality the
capital ever exceeds 1/alpha with a chance of alpha at most, at whatever number of runs one looks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

STAKES = tuple(stake / 20 for stake in range(1, 20))
"""Parts of the capital that are staked in each bet, an equal part of the first capital with each."""


def capital(values: Sequence[float], mean: float) -> float:
    """The largest capital that bets on independent values >= 0 against `E X <= mean` have reached, from 1; inf with a
    value that is not finite. It falls as `mean` grows."""
    pots = [1.0] * len(STAKES)
    most = 1.0
    for value in values:
        if not math.isfinite(value):
            return math.inf
        excess = value / mean - 1
        pots = [pot * (1 + stake * excess) for pot, stake in zip(pots, STAKES, strict=True)]
        most = max(most, math.fsum(pots) / len(pots))
    return most


def lower_limit(values: Sequence[float], alpha: float) -> float:
    """A number that the mean of values >= 0 is not below, with a chance of 1 - alpha at least; 0 where they tell nothing."""
    if any(not math.isfinite(value) for value in values):
        return math.inf
    low, high = 0.0, max(values, default=0.0)
    for _ in range(50):
        middle = (low + high) / 2
        if middle > 0 and capital(values, middle) >= 1 / alpha:
            low = middle
        else:
            high = middle
    return low
