"""Evidence against a statement about a mean: e-values, which are sound for every law and every number of draws.

An e-value has mean at most 1 where the statement is true, so that it exceeds 1 / a with chance a at most (Markov);
among m statements one refutes where it exceeds m / a (Bonferroni). No law, no central limit theorem is assumed: rare
values that no draw hit are accounted for. All values here are natural logarithms of e-values.
"""

from __future__ import annotations

from math import inf, log, log1p, sqrt

import numpy as np

from ..arrays.backend import Array

_BETS = np.asarray([0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 1.0])


def mean_above(values: Array, most: float) -> float:
    """Evidence against E v <= most, for v >= 0 and most > 0.

    The wealth of a gambler who bets a share of it on v / most > 1 in each draw, averaged over several shares
    (Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, JRSS B 86, 2024).
    """
    with np.errstate(divide="ignore"):
        wealth = np.log1p(_BETS[:, None] * (values[None, :] / most - 1)).sum(axis=1)
    return _log_mean(wealth)


def least_mean(values: Array, evidence: float) -> float:
    """A lower bound on E v for v >= 0: every smaller one has evidence against it."""
    low, high = 0.0, float(values.mean())
    if high == 0:
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_above(values, middle) >= evidence else (low, middle)
    return low


def mean_positive(values: Array, second_moment: float, evidence: float) -> float:
    """Evidence against E v <= 0, where E v^2 <= second_moment, above 0.

    Catoni's influence function psi(x) = sign(x) log(1 + |x| + x^2 / 2) has E exp(psi(a v)) <= 1 + a^2 E v^2 / 2 (Catoni,
    Challenging the empirical mean and empirical variance, Ann. IHP 48, 2012); `a` is best for an e-value of `evidence`.
    """
    draws = len(values)
    a = sqrt(2 * evidence / (draws * second_moment))
    scaled = a * values
    moved = np.sign(scaled) * np.log1p(np.abs(scaled) + scaled**2 / 2)
    return float(moved.sum()) - draws * log1p(a * a * second_moment / 2)


def mean_beyond(values: Array, slack: float, second_moment: float, evidence: float) -> float:
    """Evidence against |E v| <= slack, where E v^2 <= second_moment; not both 0. The half sum of two e-values is one."""
    shifted = (sqrt(second_moment) + slack) ** 2
    sides = (mean_positive(side * values - slack, shifted, evidence) for side in (1, -1))
    return max(sides) - log(2)


def interval(values: Array) -> tuple[float, float]:
    """The mean's 99 % interval, as if it were normal: for display only, no verdict rests on it."""
    mean = float(values.mean())
    half = 2.576 * float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else 0.0
    return mean - half, mean + half


def _log_mean(logs: Array) -> float:
    most = float(logs.max())
    return most + log(float(np.exp(logs - most).mean())) if most > -inf else -inf
