"""Gradients of linear models that numba compiles, a node at a time: products with sparse samples, slopes of loss and term.

Each number is made by the operations of `problems.sparse_rows`, `losses` and `smooth_terms`, in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
def matrix_multiplied(loop: HostArray, a: HostArray, b: HostArray, out: HostArray) -> None:
    """Fill out (m, p) with the product of a (m, n) and b (n, p) by NumPy's loop of `matmul`, likewise."""
    places = np.array([a.ctypes.data, b.ctypes.data, out.ctypes.data], np.int64)
    shape = np.array([1, a.shape[0], a.shape[1], b.shape[1]], np.int64)
    steps = np.zeros(9, np.int64)
    for place, each in enumerate((a, b, out)):
        steps[3 + 2 * place], steps[4 + 2 * place] = each.strides
    _applied(loop, places, shape, steps)


@fast
def _applied(loop: HostArray, places: HostArray, size: HostArray, steps: HostArray) -> None:
    """The call itself: whoever calls this holds the arrays until it returns."""
    given = np.int64(places.ctypes.data), np.int64(size.ctypes.data), np.int64(steps.ctypes.data), loop[1]
    _call_loop(loop[0], given)


@fast
def slopes(sides: tuple[HostArray, ...], i: int, t: HostArray) -> None:
    """Overwrite products with the samples of node i, or with the first of them, with the slopes of the loss; see
    `LinearOracle.compiled`."""
    targets, weights, loop, kinds, numbers = sides
    if targets.size:
        for j in range(t.size):
            t[j] -= targets[i, j]
    if kinds[0] == 0:
        for j in range(t.size):
            t[j] *= weights[i, j]
        return
    grown, most = np.empty_like(t), numbers[1]
    for j in range(t.size):
        if t[j] > most:
            t[j] = most
    applied(loop, t, grown)
    if kinds[0] == 1:
        for j in range(t.size):
            t[j] = logistic_slope(grown[j], weights[i, j])
    else:
        for j in range(t.size):
            t[j] = sigmoid_slope(grown[j], weights[i, j])


@fast
def term_added(sides: tuple[HostArray, ...], point: HostArray, out: HostArray) -> None:
    """Add the slopes of the smooth term, likewise."""
    _, _, _, kinds, numbers = sides
    strength = numbers[0]
    if kinds[1] == 1:
        for c in range(point.size):
            out[c] += strength * point[c]
    elif kinds[1] == 2:
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
    for row in range(out.size):
        out[row] = _row_multiplied(columns, entries, ends[first + row], ends[first + row + 1], vector)


@fast
def _row_multiplied(
    columns: HostArray, entries: HostArray, first: Any, stop: Any, vector: HostArray
) -> float:
    """The product of a vector and a sparse row, whose entries are those from `first` to `stop` - 1."""
    total = 0.0
    for entry in range(first, stop):
        total += entries[entry] * vector[columns[entry]]
    return total


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
    sides: tuple[HostArray, ...],
    i: int,
    point: HostArray,
    out: HostArray,
) -> None:
    """Fill out (d,) with the gradient of node i at a point (d,), of sparse samples: block i has counts[i] rows, and padding;
    `pieces` and `joins` are sums over these."""
    t = np.empty(samples[0][i + 1] - samples[0][i])
    multiplied(samples, i, point, t)
    slopes(sides, i, t[: counts[i]])
    parts = np.empty(pieces[0][i + 1] - pieces[0][i])
    multiplied(pieces, i, t, parts)
    joined(joins, i * point.size, parts, out)
    term_added(sides, point, out)


@fast
def dense_gradient(
    samples: HostArray,
    starts: HostArray,
    counts: HostArray,
    product: HostArray,
    sides: tuple[HostArray, ...],
    i: int,
    point: HostArray,
    out: HostArray,
) -> None:
    """The same of dense samples (all, d): those of node i are counts[i] rows from starts[i] on. `product`: NumPy's loop."""
    _rows_gradient(samples[starts[i] : starts[i] + counts[i]], product, sides, i, point, out)


@fast
def dense_batch_gradient(
    samples: HostArray,
    starts: HostArray,
    product: HostArray,
    sides: tuple[HostArray, ...],
    i: int,
    batch: HostArray,
    point: HostArray,
    out: HostArray,
) -> None:
    """Fill out (d,) with the gradient of a minibatch (b,) of node i, of dense samples."""
    own = np.empty((batch.size, point.size))
    for j in range(batch.size):
        own[j] = samples[starts[i] + batch[j]]
    _rows_gradient(own, product, _sides_of(sides, i, batch), 0, point, out)


@fast
def sparse_batch_gradient(
    starts: HostArray,
    columns: HostArray,
    values: HostArray,
    ends: HostArray,
    most: HostArray,
    product: HostArray,
    sides: tuple[HostArray, ...],
    i: int,
    batch: HostArray,
    point: HostArray,
    out: HostArray,
) -> None:
    """The same of sparse samples, the rows of a CSR matrix from ends[i] on: made dense up to most[0] entries."""
    if batch.size * point.size <= most[0]:
        own = np.zeros((batch.size, point.size))
        for j in range(batch.size):
            row = ends[i] + batch[j]
            for entry in range(starts[row], starts[row + 1]):
                own[j, columns[entry]] = values[entry]
        _rows_gradient(own, product, _sides_of(sides, i, batch), 0, point, out)
        return
    t = np.empty(batch.size)
    for j in range(batch.size):
        row = ends[i] + batch[j]
        t[j] = _row_multiplied(columns, values, starts[row], starts[row + 1], point)
    slopes(_sides_of(sides, i, batch), 0, t)
    out[:] = 0.0
    for j in range(batch.size):
        row = ends[i] + batch[j]
        for entry in range(starts[row], starts[row + 1]):
            out[columns[entry]] += values[entry] * t[j]
    term_added(sides, point, out)


@fast
def _rows_gradient(
    own: HostArray,
    product: HostArray,
    sides: tuple[HostArray, ...],
    i: int,
    point: HostArray,
    out: HostArray,
) -> None:
    """The gradient of samples (b, d), with the sides of node i."""
    t = np.empty(len(own))
    matrix_multiplied(product, own, point.reshape(point.size, 1), t.reshape(t.size, 1))
    slopes(sides, i, t)
    matrix_multiplied(product, t.reshape(1, t.size), own, out.reshape(1, out.size))
    term_added(sides, point, out)


@fast
def _sides_of(sides: tuple[HostArray, ...], i: int, batch: HostArray) -> tuple[HostArray, ...]:
    """The sides of a minibatch alone, as those of a node 0."""
    targets, _, loop, kinds, numbers = sides
    weights, own = np.empty((1, batch.size)), np.empty((min(targets.shape[0], 1), batch.size))
    for j in range(batch.size):
        weights[0, j] = 1.0 / batch.size
        if targets.size:
            own[0, j] = targets[i, batch[j]]
    return own, weights, loop, kinds, numbers
