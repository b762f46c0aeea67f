"""Anytime-valid tests of means: a bet against `E X <= m` for X >= 0, whose capital is large only if the mean is above m.

Waudby-Smith, Ramdas, "Estimating means of bounded random variables by betting" (JRSS B 2024), sections 3 and 4; with bets on
one side alone, which need no upper bound of X. By Ville's inequality the capital exceeds 1/alpha with a chance of alpha at
most, at whatever number of runs one looks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST = 0.95
"""The largest part of the capital that is staked, so that an X of 0 leaves some."""

FIRST = 0.5
"""The part that is staked before anything was seen."""


def capital(values: Sequence[float], mean: float) -> float:
    """The largest capital that bets on independent values >= 0 against `E X <= mean` have reached, from 1; inf with a
    value that is not finite.

    Each bet is fixed by the values before it (aGRAPA, their equation 28): mean/(variance + mean^2) of the excess over m.
    """
    money, most = 1.0, 1.0
    total = squares = 0.0
    for count, value in enumerate(values):
        if not math.isfinite(value):
            return math.inf
        excess = value / mean - 1
        stake = FIRST if not count else _stake(total / count, squares / count)
        money *= 1 + stake * excess
        most = max(most, money)
        total, squares = total + excess, squares + excess * excess
    return most


def _stake(excess: float, square: float) -> float:
    """The part of the capital that is staked, of the mean excess so far and of its mean square."""
    if excess <= 0 or square == 0:
        return 0.0
    return min(MOST, excess / square)


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
