"""Loops of draws that numba compiles: words of Philox streams, subsets as `chance.distinct` and `selection` have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .numba_bits import fast
from .philox import MULTIPLIERS, ROUNDS, WEYL

if TYPE_CHECKING:
    from .backend import HostArray

_M0, _M1 = (np.uint64(m) for m in MULTIPLIERS)
_W0, _W1 = (np.uint64(w) for w in WEYL)
_MAGNITUDE = np.int64((1 << 63) - 1)
_FINE, _BINS = (
    np.int64(47),
    256,
)  # bits of a double behind an octave's 32nd; bins of that size, the last with all below
_BRIEF = 128  # entries up to which all are moved about
_FEW = 24  # values up to which moving them is quicker than marks


def _product_code(context: Any, a: Any, b: Any) -> Any:
    """Code of the 128-bit product as a low and a high word: one instruction."""
    pair = types.UniTuple(types.uint64, 2)

    def code(context: Any, builder: Any, signature: Any, factors: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(*(builder.zext(factor, wide) for factor in factors))
        high = builder.lshr(product, ir.Constant(wide, 64))
        return context.make_tuple(builder, pair, [builder.trunc(part, word) for part in (product, high)])

    return pair(types.uint64, types.uint64), code


product = intrinsic(_product_code)


@fast
def words_drawn(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any, words: HostArray) -> None:
    """Fill words with those of the Philox stream of a key from a counter on; whole blocks of four."""
    for block in range(words.size // 4):
        a, b, c, d = c0 + np.uint64(block), c1, c2, c3
        x, y = k0, k1
        for _ in range(ROUNDS):
            low0, high0 = product(_M0, a)
            low1, high1 = product(_M1, c)
            a, b, c, d = high1 ^ b ^ x, low1, high0 ^ d ^ y, low0
            x += _W0
            y += _W1
        words[4 * block] = a
        words[4 * block + 1] = b
        words[4 * block + 2] = c
        words[4 * block + 3] = d


@fast
def subsets_drawn(words: HostArray, units: HostArray, spare: int, subsets: HostArray) -> None:
    """Fill subsets (rows, k) from words (rows, k)."""
    for row in range(words.shape[0]):
        by_floyd(words[row], units, spare, subsets[row])


@fast
def by_floyd(words: HostArray, units: HostArray, spare: int, subset: HostArray) -> None:
    """Fill a subset (k,) from words (k,): in sequence, each value is put in its place among those before; many of them are
    marked, and told in order."""
    if words.size > _FEW:
        marks = np.zeros(spare + words.size, np.bool_)
        for j in range(words.size):
            value = np.int64(np.float64(words[j] >> np.uint64(11)) * units[j])
            marks[spare + j if marks[value] else value] = True
        _told(marks, subset)
        return
    for j in range(words.size):
        value = np.int64(np.float64(words[j] >> np.uint64(11)) * units[j])
        place = j
        while place > 0 and subset[place - 1] > value:
            place -= 1
        if place > 0 and subset[place - 1] == value:
            subset[j] = spare + j  # larger than all before
            continue
        for later in range(j, place, -1):
            subset[later] = subset[later - 1]
        subset[place] = value


@fast
def _told(marks: HostArray, subset: HostArray) -> None:
    """Fill a subset with the places that are marked."""
    found = 0
    for j in range(marks.size):
        if marks[j]:
            subset[found] = j
            found += 1


@fast
def by_keys(words: HostArray, units: HostArray, spare: int, subset: HostArray) -> None:
    """Fill a subset (k,) with the places of the k largest of words (m,)."""
    _from(words, _kth_largest(words.copy(), subset.size), subset)


@fast
def by_magnitude(entries: HostArray, units: HostArray, spare: int, subset: HostArray) -> None:
    """Fill a subset (k,) with the places of the k largest magnitudes of entries (d,), of equal ones the first. Patterns of
    magnitudes are ordered as these are."""
    patterns = entries.view(np.int64) & _MAGNITUDE
    if patterns.size <= _BRIEF:
        _from(patterns, _kth_largest(patterns.copy(), subset.size), subset)
    else:
        _from(patterns, _kth_of_many(patterns, subset.size), subset)


@fast
def _from(values: HostArray, threshold: Any, subset: HostArray) -> None:
    """Fill a subset (k,) with the places of the k largest values, of equal ones the first; the k-th is the threshold."""
    above = 0
    for j in range(values.size):
        above += values[j] > threshold
    at, found = subset.size - above, 0  # so many of those at the threshold
    for j in range(values.size):
        if values[j] > threshold or (at and values[j] == threshold):
            at -= values[j] == threshold
            subset[found] = j
            found += 1
            if found == subset.size:
                return


@fast
def _kth_of_many(patterns: HostArray, k: int) -> Any:
    """The k-th largest pattern of magnitudes: among those in its bin, a 32nd of an octave."""
    bins = np.max(patterns) >> _FINE
    counts = np.zeros(_BINS, np.int64)
    for pattern in patterns:
        counts[min(bins - (pattern >> _FINE), _BINS - 1)] += 1
    place, above = 0, 0
    while above + counts[place] < k:
        above += counts[place]
        place += 1
    own, found = np.empty(counts[place], np.int64), 0
    for pattern in patterns:
        if min(bins - (pattern >> _FINE), _BINS - 1) == place:
            own[found] = pattern
            found += 1
    return _kth_largest(own, k - above)


@fast
def _kth_largest(values: HostArray, k: int) -> Any:
    """The k-th largest value (Hoare's selection); values are moved about."""
    low, high, place = 0, values.size - 1, k - 1
    while low < high:
        pivot, i, j = values[(low + high) // 2], low, high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            break
    return values[place]


@fast
def everything(words: HostArray, units: HostArray, spare: int, subset: HostArray) -> None:
    """Fill a subset with all places."""
    for j in range(subset.size):
        subset[j] = j
