"""Gradients of linear models that numba compiles, a node at a time: products with sparse samples, slopes of loss and term.

Each number is made by the operations of `problems.sparse_rows`, `losses` and `smooth_terms`, in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_bits import fast
from .numba_blocks import block_multiplied
from .numba_calls import caller
from .numba_losses import logistic_slope, sigmoid_slope

if TYPE_CHECKING:
    from .backend import HostArray

SLOPES = ("square", "logistic", "sigmoid")
"""Losses by name."""
TERMS = ("none", "ridge", "bounded")
"""Smooth terms by name."""

_call_loop = caller("pppp", "v")


@fast
def applied(loop: HostArray, given: HostArray, found: HostArray) -> None:
    """Fill `found` with a function's values by the loop of NumPy at an address, and the data that it takes: (2,)."""
    places = np.array([given.ctypes.data, found.ctypes.data], np.int64)
    size, steps = np.array([given.size], np.int64), np.array([given.itemsize, found.itemsize], np.int64)
    _applied(loop, places, size, steps)


@fast
def _applied(loop: HostArray, places: HostArray, size: HostArray, steps: HostArray) -> None:
    """The call itself: whoever calls this holds the arrays until it returns."""
    given = np.int64(places.ctypes.data), np.int64(size.ctypes.data), np.int64(steps.ctypes.data), loop[1]
    _call_loop(loop[0], given)


@fast
def slopes(loss: int, loop: HostArray, most: float, weight: float, t: HostArray) -> None:
    """Overwrite arguments of the loss at this place among `SLOPES` with its slopes; exponents are cut at `most`."""
    if loss == 0:
        for j in range(t.size):
            t[j] *= weight
        return
    grown = np.empty_like(t)
    for j in range(t.size):
        if t[j] > most:
            t[j] = most
    applied(loop, t, grown)
    if loss == 1:
        for j in range(t.size):
            t[j] = logistic_slope(grown[j], weight)
    else:
        for j in range(t.size):
            t[j] = sigmoid_slope(grown[j], weight)


@fast
def term_added(term: int, strength: float, point: HostArray, out: HostArray) -> None:
    """Add the slopes of the smooth term at this place among `TERMS`."""
    if term == 1:
        for c in range(point.size):
            out[c] += strength * point[c]
    elif term == 2:
        twice = 2.0 * strength
        for c in range(point.size):
            widened = point[c] * point[c] + 1.0
            out[c] += twice * point[c] / (widened * widened)


@fast
def multiplied(matrix: tuple[HostArray, ...], i: int, vector: HostArray, out: HostArray) -> None:
    """Fill `out` with the products of a block's rows and a vector; see `BlockProducts.compiled`."""
    blocks, order, ends, columns, entries, signs = matrix
    first = blocks[i]
    if order.size:
        if signs.size:
            vector = vector * signs[i]
        block_multiplied(first, blocks[i + 1], order, ends, columns, entries, vector, out)
        return
    place = ends[first]
    for row in range(out.size):
        total, stop = 0.0, ends[first + row + 1]
        for entry in range(place, stop):
            total += entries[entry] * vector[columns[entry]]
        place, out[row] = stop, total


@fast
def joined(joins: HostArray, first: int, pieces: HostArray, out: HostArray) -> None:
    """Fill `out` with sums of a block's pieces: entry c has those from joins[first + c] to joins[first + c + 1] - 1."""
    before = joins[first]
    for c in range(out.size):
        total = 0.0
        for piece in range(joins[first + c] - before, joins[first + c + 1] - before):
            total += pieces[piece]
        out[c] = total


@fast
def no_gradient(i: int, point: HostArray, out: HostArray) -> None:
    """The gradient of a node where there are none."""


@fast
def sparse_gradient(
    samples: tuple[HostArray, ...],
    pieces: tuple[HostArray, ...],
    joins: HostArray,
    counts: HostArray,
    targets: HostArray,
    weights: HostArray,
    loop: HostArray,
    kinds: HostArray,
    numbers: HostArray,
    i: int,
    point: HostArray,
    out: HostArray,
) -> None:
    """Fill out (d,) with the gradient of node i at a point (d,).

    `samples`: block i has its rows, counts[i] and padding; `pieces` and `joins`: sums over these. `kinds`: places of loss
    and term; `numbers`: the term's strength, the largest exponent.
    """
    products = np.empty(samples[0][i + 1] - samples[0][i])
    multiplied(samples, i, point, products)
    t = products[: counts[i]]
    if targets.size:
        for j in range(t.size):
            t[j] -= targets[i, j]
    slopes(kinds[0], loop, numbers[1], weights[i, 0], t)
    parts = np.empty(pieces[0][i + 1] - pieces[0][i])
    multiplied(pieces, i, products, parts)
    joined(joins, i * point.size, parts, out)
    term_added(kinds[1], numbers[0], point, out)
