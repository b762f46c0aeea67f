"""Sizes of wire formats by formula, and the choice of how sets of coordinates are written; imports no arrays."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, comb, exp, lgamma, log
from typing import TypeAlias

from cablese.dsl.text.records import record

# A rank must fit a signed 64-bit integer.
RANK_BITS = 63
# Most entries of the table of binomials by which ranks are computed (8 bytes each).
TABLE_ENTRIES = 1 << 20
# Up to this d `encode = entropy` writes ranks of any width, by arithmetic that takes time d^2.
WIDE_RANK = 2048


def ceil_log2(count: int) -> int:
    """Bits that tell `count` >= 1 cases apart."""
    return (count - 1).bit_length()


@record
class Ranked:
    """A set of `coded` of d positions as its number among all such sets: `width` = ceil(log2 C(d, coded)) bits."""

    d: int
    coded: int
    width: int


@record
class Gaps:
    """A set of `coded` of d positions as its gaps in Golomb code: quotients by `divisor` in unary, remainders in truncated
    binary, those below `cut` in `low` bits, the others in one more."""

    d: int
    coded: int
    divisor: int

    @property
    def low(self) -> int:
        """Bits of a short remainder: floor(log2 divisor)."""
        return self.divisor.bit_length() - 1

    @property
    def cut(self) -> int:
        """Number of short remainders: all of them where the divisor is a power of two."""
        return (2 << self.low) - self.divisor


@record
class Coded:
    """A set of `coded` of d positions as d symbols, present or not, coded by their frequency."""

    d: int
    coded: int


IndexPlan: TypeAlias = Ranked | Gaps
EntropyPlan: TypeAlias = IndexPlan | Coded


@lru_cache(maxsize=1 << 14)
def plan_indices(d: int, k: int) -> IndexPlan:
    """The format of k of d coordinates, from d and k alone; the absent ones are written when they are fewer."""
    coded = min(k, d - k)
    # C(d, coded) >= 2^coded, so a larger set has no 63-bit rank and its binomial need not be computed.
    if coded <= RANK_BITS and (coded <= 1 or coded * d <= TABLE_ENTRIES):
        width = ceil_log2(comb(d, coded))
        if width <= RANK_BITS:
            return Ranked(d, coded, width)
    return Gaps(d, coded, golomb_divisor(d, coded))


def plan_entropy(d: int, k: int) -> EntropyPlan:
    """The format of k of d coordinates within 1.5 % of log2 C(d, k): where gaps cost more, ranks or coded symbols."""
    plan = plan_indices(d, k)
    if isinstance(plan, Ranked) or 10 * plan.coded <= 3 * d:
        return plan
    if d <= WIDE_RANK:
        return Ranked(d, plan.coded, ceil_log2(comb(d, plan.coded)))
    return Coded(d, plan.coded)


def entropy_index_bits(d: int, k: int) -> float:
    """`expected_index_bits` with `encode = entropy`."""
    plan = plan_entropy(d, k)
    if isinstance(plan, Gaps):
        return expected_index_bits(d, k)
    if isinstance(plan, Ranked):
        return plan.width
    from .coded_sets import coded_set_bits  # needs arrays, unlike all else here

    return coded_set_bits(plan)


def log2_sets(d: int, k: int) -> float:
    """log2 C(d, k): the information in one of all sets of k of d coordinates."""
    return _log_comb(d, k) / log(2)


def ideal_set_bits(d: int, k: int) -> int:
    """Bits that tell all sets of k of d coordinates apart: ceil(log2 C(d, k))."""
    if min(k, d - k) <= WIDE_RANK:
        return ceil_log2(comb(d, k))
    return ceil(log2_sets(d, k))


def golomb_divisor(d: int, coded: int) -> int:
    """The divisor for gaps of `coded` of d positions: ceil(ln 2 / p - (1 + ln 2) / 2 + 0.085 p), p = coded / d <= 1 / 2.

    The optimal one is the least m with (1 - p)^m + (1 - p)^(m + 1) <= 1 (Gallager and van Voorhis, IEEE Trans. Inf.
    Theory 21, 1975); this is its expansion, with a last term that meets the step from m = 2 to 1. Both ends of a
    message must find the same, hence in whole numbers.
    """
    place = 693147 * d * d - 846574 * d * coded + 85000 * coded * coded
    return max(1, -(-place // (1_000_000 * d * coded)))


def expected_index_bits(d: int, k: int) -> float:
    """Mean bits of a uniformly random set of k of d coordinates; exact where the size is fixed."""
    plan = plan_indices(d, k)
    if isinstance(plan, Ranked):
        return plan.width
    return plan.coded * (plan.low + 1 + _mean_rest(plan))


def exponent_bits(float_bits: int) -> int:
    """Width of the exponent field of an IEEE 754 binary float."""
    return {16: 5, 32: 8, 64: 11}[float_bits]


def trit_bits(count: int) -> int:
    """Bits of `count` symbols of three cases: a byte for five, and for the rest the bits that tell their cases apart."""
    return count // 5 * 8 + ceil_log2(3 ** (count % 5))


def symbol_bits(count: int, cases: int) -> int:
    """Bits of `count` symbols below `cases` that all take the same room."""
    return trit_bits(count) if cases == 3 else count * ceil_log2(cases)


ENCODINGS = ("fixed", "rice", "entropy")
"""Values of `encode`; each allows the forms of those before it too, and each message names its form."""


def choice_bits(encode: str) -> int:
    """Bits by which a message names its form."""
    return ceil_log2(ENCODINGS.index(encode) + 1)


def rice_level_bits(d: int, s: int, total: float) -> float:
    """About the most bits in the form `rice` of d levels up to s whose magnitudes sum up to `total`: where most are 1, or
    all alike. A set of more than one in two is taken as one in two."""
    count = min(d, ceil(total))
    bits = expected_index_bits(d, min(count, d // 2)) + ceil_log2(d + 1) + count
    if s == 1:
        return bits
    above = max(0.0, total - count)
    least: float = min(count * (low + 1) + above / (1 << low) for low in range((s - 1).bit_length() + 1))
    return bits + ceil_log2((s - 1).bit_length() + 1) + least


def _mean_rest(plan: Gaps) -> float:
    """Mean bits of a quotient and a long remainder's last bit: sum over j >= 0 of P(gap >= j divisor + cut).

    Every gap of a uniform set has P(gap >= t) = C(d - t, coded) / C(d, coded).
    """
    total, whole = 0.0, _log_comb(plan.d, plan.coded)
    for threshold in range(plan.cut, plan.d - plan.coded + 1, plan.divisor):
        term = exp(_log_comb(plan.d - threshold, plan.coded) - whole)
        total += term
        if term < 1e-15:
            break
    return total


def _log_comb(d: int, k: int) -> float:
    return lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)
