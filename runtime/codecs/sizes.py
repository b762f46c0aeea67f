"""Sizes of wire formats by formula: how sets of coordinates are written and what they cost; imports no arrays."""

from __future__ import annotations

from functools import lru_cache
from math import comb, exp, lgamma, log, log2
from typing import TypeAlias

from cablese.dsl.text.records import record

# A rank must fit a signed 64-bit integer.
RANK_BITS = 63
# Entries of the table of binomials that ranks are computed with (8 bytes each).
TABLE_ENTRIES = 1 << 20


def ceil_log2(count: int) -> int:
    """The bits that tell `count` >= 1 cases apart."""
    return (count - 1).bit_length()


@record
class Ranked:
    """A set of `coded` of d positions is its number among all such sets: `width` = ceil(log2 C(d, coded)) bits."""

    d: int
    coded: int
    width: int


@record
class Gaps:
    """A set of `coded` of d positions is its gaps in Golomb-Rice code: `low` plain bits, the rest in unary."""

    d: int
    coded: int
    low: int


IndexPlan: TypeAlias = Ranked | Gaps


@lru_cache(maxsize=1024)
def plan_indices(d: int, k: int) -> IndexPlan:
    """How k of d coordinates are written, from d and k alone; the absent ones are written when they are fewer."""
    coded = min(k, d - k)
    # C(d, coded) >= 2^coded, so a larger set has no 63-bit rank and its binomial need not be computed.
    if coded <= RANK_BITS and (coded <= 1 or coded * d <= TABLE_ENTRIES):
        width = ceil_log2(comb(d, coded))
        if width <= RANK_BITS:
            return Ranked(d, coded, width)
    return Gaps(d, coded, _best_low(d, coded))


def expected_index_bits(d: int, k: int) -> float:
    """Mean bits of a uniformly random set of k of d coordinates; exact where the size is fixed."""
    plan = plan_indices(d, k)
    if isinstance(plan, Ranked):
        return plan.width
    return plan.coded * (plan.low + 1 + _mean_quotient(plan.d, plan.coded, plan.low))


def exponent_bits(float_bits: int) -> int:
    """Width of the exponent field of an IEEE 754 binary float."""
    return {16: 5, 32: 8, 64: 11}[float_bits]


def level_bits(levels: int) -> int:
    """Bits of one of the 2 levels + 1 signed levels of a quantised entry."""
    return ceil_log2(2 * levels + 1)


def _best_low(d: int, coded: int) -> int:
    near = max(0, int(log2(log(2) * d / coded)))
    return min(range(max(0, near - 1), near + 3), key=lambda low: low + _mean_quotient(d, coded, low))


def _mean_quotient(d: int, coded: int, low: int) -> float:
    """E floor(gap / 2^low); every gap g of a uniform set has P(g >= t) = C(d - t, coded) / C(d, coded)."""
    total, whole = 0.0, _log_comb(d, coded)
    for threshold in range(1 << low, d - coded + 1, 1 << low):
        term = exp(_log_comb(d - threshold, coded) - whole)
        total += term
        if term < 1e-15:
            break
    return total


def _log_comb(d: int, k: int) -> float:
    return lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)
