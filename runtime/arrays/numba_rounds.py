"""Functions that fused rounds call (`dsl.emit.fused`): one entry or one row each, compiled where they are called."""

from __future__ import annotations

from math import ceil, fabs, floor, isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import empty, float32, float64, int64, uint8, uint64

from .numba_bits import fast
from .numba_draws import by_floyd, by_keys, by_magnitude, everything, words_drawn
from .numba_sums import pairwise

if TYPE_CHECKING:
    from .backend import HostArray

__all__ = [
    "asked_again",
    "asked_anew",
    "by_floyd",
    "by_keys",
    "by_magnitude",
    "ceil",
    "curved",
    "dealt_to",
    "draw_words",
    "empty",
    "everything",
    "fabs",
    "fast",
    "float32",
    "float64",
    "floor",
    "greatest",
    "int64",
    "is_same",
    "isfinite",
    "larger",
    "pairwise",
    "place_of",
    "places_dealt",
    "power",
    "remainder",
    "smaller",
    "sqrt",
    "square",
    "subset_drawn",
    "uint8",
    "uint64",
    "unclear",
    "uniform",
    "wired_float32",
    "wired_float64",
]


SUBSETS = ("everything", "by_keys", "by_floyd")
"""Draws of subsets by name."""


@fast
def wired_float32(number: float) -> float:
    """A number as it arrives in a message of single floats."""
    return float64(np.float32(number))


@fast
def wired_float64(number: float) -> float:
    """A number as it arrives in a message of double floats."""
    return number


@fast
def square(number: float) -> float:
    """The number times itself."""
    return number * number


@fast
def larger(a: float, b: float) -> float:
    """The larger of two numbers, unless they are `unclear`."""
    return a if a > b else b


@fast
def smaller(a: float, b: float) -> float:
    """The smaller of two numbers, unless they are `unclear`."""
    return a if a < b else b


@fast
def unclear(a: float, b: float) -> bool:
    """True of numbers of which libraries choose one or the other: a nan, or zeros of both signs."""
    return bool(not (a < b or a > b) and (a != b or np.signbit(a) != np.signbit(b)))


@fast
def greatest(row: HostArray) -> float:
    """The greatest of numbers from 0 on; nan if one is."""
    found = 0.0
    for number in row:
        if not number <= found:
            found = number
        if found != found:
            break
    return found


@fast
def place_of(numbers: HostArray, wanted: int) -> int:
    """The first place of a number; -1 without one."""
    for place in range(numbers.size):
        if numbers[place] == wanted:
            return place
    return -1


@fast
def asked_again(asked: HostArray, number: int) -> bool:
    """True of a number among the asked[0] that follow, or where there is no room for it; else it is put there."""
    count = asked[0] + 1
    if count == asked.size or place_of(asked[1:count], number) >= 0:
        return True
    asked[0], asked[count] = count, number
    return False


@fast
def is_same(a: HostArray, b: HostArray) -> bool:
    """True of vectors of the same bits."""
    return bool((a.view(np.int64) == b.view(np.int64)).all())


@fast
def remainder(a: float, b: float) -> Any:
    """a % b of whole numbers, with the sign of b; nan at zero."""
    return np.nan if b == 0 else float64(a) % float64(b)


@fast
def power(a: float, b: float) -> Any:
    """a ^ b, as the library of C has it."""
    return float64(a) ** float64(b)


@fast
def asked_anew(
    asked: HostArray,
    some: HostArray,
    over: HostArray,
    asks: HostArray,
    some_now: HostArray,
    over_now: HostArray,
    call: int,
    samples: HostArray,
    first: int,
    last: int,
    differ: bool,
) -> int:
    """Samples of the nodes from `first` to `last` - 1 that compute gradient `call` of this round: those that asked for it
    neither in the round before (`asked`; `some` if not all nodes, but those of `over`) nor earlier in this one. -1: all of
    all nodes.

    `differ`: each member has a point of its own, and computes unless the very same members asked.
    """
    known, nobody, fresh = over[0] * 0, True, 0
    for q in range(asked.shape[0] + call):
        earlier = q - asked.shape[0]
        if earlier < 0:
            at, part, held = asked[q], some[q], over[q]
        else:
            at, part, held = asks[earlier], some_now[earlier], over_now[earlier]
        if at != asks[call]:
            continue
        nobody = False
        if not part and not differ:
            return 0
        if part and differ and np.all(held[first:last] == over_now[call, first:last]):
            return 0
        if part and not differ:
            known |= held
    if nobody and not some_now[call]:
        return -1
    for i in range(first, last):
        if (not some_now[call] or over_now[call, i] != 0) and known[i] == 0:
            fresh += samples[i]
    return fresh


@fast
def curved(curvatures: HostArray, shifts: HostArray, i: int, j: int, entry: float) -> Any:
    """Entry (i, j) of the gradient of a separable quadratic."""
    return curvatures[i, j] * entry - shifts[i, j]


@fast
def draw_words(key: HostArray, turn: int, repeats: int, row: int, words: HostArray) -> None:
    """Fill words (whole blocks) with those of a row of a draw site; `turn`: the round + 1; `repeats`: the word of loops."""
    first = uint64(row * (words.size // 4))
    words_drawn(key[0], key[1], first, uint64(turn), uint64(repeats), uint64(0), words)


@fast
def subset_drawn(form: int, words: HostArray, units: HostArray, spare: int, subset: HostArray) -> None:
    """Fill a subset by the form at this place among `SUBSETS`."""
    if form == 0:
        everything(words, units, spare, subset)
    elif form == 1:
        by_keys(words, units, spare, subset)
    else:
        by_floyd(words, units, spare, subset)


@fast
def places_dealt(words: HostArray, plan: HostArray, places: HostArray) -> None:
    """Fill places (d + n,) with the orders of the words (d + n,): of coordinates, then of nodes. `plan`: d, n and the nodes
    that get a coordinate."""
    d = plan[0]
    places[:d] = np.argsort(words[:d], kind="mergesort")
    places[d:] = np.argsort(words[d:], kind="mergesort")


@fast
def dealt_to(node: int, places: HostArray, plan: HostArray, mask: HostArray) -> None:
    """Fill mask (d,) with the coordinates that a node gets, as `compressors.perm_k` deals them."""
    d, n, copies = plan[0], plan[1], plan[2]
    for j in range(d):
        mask[j] = (places[d + node] - places[j] * copies) % n < copies


@fast
def uniform(key: HostArray, turn: int, repeats: int, row: int) -> float:
    """The uniform number of a row's draw of one value."""
    words = empty(4, uint64)
    draw_words(key, turn, repeats, row, words)
    return float64(words[0] >> uint64(11)) * 2.0**-53
