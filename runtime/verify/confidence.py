"""Anytime-valid tests of means of ratios: the lab's bets against `E X <= 1`, looked at after every run.

The stakes are constant, so that the wealth of the gambler is a supermartingale while the mean is 1 at most: it ever exceeds
1/alpha with a chance of alpha at most, at whatever number of runs one looks (Ville). Source and stakes: `lab.evidence`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..lab.evidence import least_mean, mean_above


def is_above(values: Sequence[float], alpha: float) -> bool:
    """True where independent values >= 0 show that their mean is above 1, wrongly with a chance of alpha at most; one that
    is not finite shows it."""
    if not all(map(math.isfinite, values)):
        return True
    return mean_above(np.asarray(values), 1.0) >= -math.log(alpha)


def lower_limit(values: Sequence[float], alpha: float) -> float:
    """A number that the mean of values >= 0 is not below, with a chance of 1 - alpha at least; 0 where they tell nothing."""
    if not all(map(math.isfinite, values)):
        return math.inf
    return least_mean(np.asarray(values), -math.log(alpha))
