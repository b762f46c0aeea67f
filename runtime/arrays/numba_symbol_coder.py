"""Loops of asymmetric numeral systems that numba compiles, and counts of symbols; the format is that of `codecs.ans`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast
from .numba_draws import product

if TYPE_CHECKING:
    from .backend import HostArray

PRECISION = 24
LOOKED_UP = 12  # bits of a state's place that tell where its symbol is sought

LANES = 4
_WORD, _UNIT, _LIMIT = np.uint64(32), np.uint64(PRECISION), np.uint64(64 - PRECISION)
_ONE = np.uint64(1)


@fast
def counted(numbers: HostArray, shift: int, counts: HostArray) -> None:
    """Fill counts (lanes, bins), which add up to those of numbers, less their lowest bits; above, they count as the last."""
    last = counts.shape[1] - 1
    for i in range(numbers.size):
        counts[i % LANES, min(np.int64(numbers[i] >> shift), last)] += 1


@fast
def coded(
    numbers: HostArray, frequency: HostArray, starts: HostArray, shares: HostArray, words: HostArray
) -> Any:
    """Fill words, and return the last state and the number of words. `shares` are 2^64 divided by frequencies, rounded down:
    a quotient from them is at most 1 too small."""
    state, at = np.uint64(0), 0
    for i in range(numbers.size - 1, -1, -1):
        symbol = numbers[i]
        f = frequency[symbol]
        if state >= f << _LIMIT:
            words[at] = np.uint32(state)
            at += 1
            state >>= _WORD
        quotient = product(state, shares[symbol])[1]
        rest = state - quotient * f
        if rest >= f:
            quotient += _ONE
            rest -= f
        state = (quotient << _UNIT) + starts[symbol] + rest
    return state, at


@fast
def read(
    words: HostArray,
    state: Any,
    frequency: HostArray,
    starts: HostArray,
    first: HostArray,
    values: HostArray,
    entries: HostArray,
) -> bool:
    """Fill entries, the values of symbols, from words, the last one first, and a state. True where anything is left.
    `starts` ends with 2^PRECISION; `first` has, for the highest LOOKED_UP bits of a place, the symbol of the least such
    place."""
    at, lowest = words.size, (_ONE << _UNIT) - _ONE
    for i in range(entries.size):
        place = state & lowest
        symbol = np.int64(first[place >> np.uint64(PRECISION - LOOKED_UP)])
        while place >= starts[symbol + 1]:
            symbol += 1
        state = frequency[symbol] * (state >> _UNIT) + place - starts[symbol]
        if state < _ONE << _WORD and at:
            at -= 1
            state = state << _WORD | np.uint64(words[at])
        entries[i] = values[symbol]
    return at > 0 or state > np.uint64(0)
