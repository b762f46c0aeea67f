"""Products of sliced block-diagonal matrices of ones with vectors, which numba compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import uint64

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray
    from .block_products import BlockProducts


def block_products(product: BlockProducts, vectors: HostArray) -> HostArray | None:
    """As `block_products` has it."""
    slices = product.slices
    if slices is None or not product.fits(vectors):
        return None
    lines = vectors[None] if vectors.ndim == 1 else vectors
    if slices.column_signs is not None:
        lines = lines * slices.column_signs
    out = np.empty(slices.order.size, vectors.dtype)
    arrays = slices.blocks, slices.order, slices.ends, slices.columns, slices.signs
    blocks_multiplied(*arrays, lines, out)
    return out


@fast
def blocks_multiplied(
    blocks: HostArray,
    order: HostArray,
    ends: HostArray,
    columns: HostArray,
    signs: HostArray,
    vectors: HostArray,
    out: HostArray,
) -> None:
    """Write the products of all blocks with vectors (blocks, width), or (1, width) for all, to `out` (rows,)."""
    for block in range(blocks.size - 1):
        vector = vectors[block if vectors.shape[0] > 1 else 0]
        block_multiplied(blocks[block], blocks[block + 1], order, ends, columns, signs, vector, out)


@fast
def block_multiplied(
    first: int,
    stop: int,
    order: HostArray,
    ends: HostArray,
    columns: HostArray,
    signs: HostArray,
    vector: HostArray,
    out: HostArray,
) -> None:
    """Write the products of rows `first` to `stop` of `Slices`, those of a block, with its vector to their places."""
    zero = out.dtype.type(0)
    place = ends[first - 1] if first > 0 else uint64(0)
    sliced = first + (stop - first) % 8
    for row in range(first, sliced):
        out[order[row]] = signed(signs[row], added(columns, place, ends[row], vector, zero))
        place = ends[row]
    for first_row in range(sliced, stop, 8):
        length = ends[first_row] - place
        rest = place + uint64(8) * length
        sums = eight_added(columns, place, rest, vector, zero)
        row = first_row
        if ends[row + 7] == rest:
            for total in sums:
                out[order[row]] = signed(signs[row], total)
                row += 1
            place = rest
            continue
        for total in sums:
            stopped = rest + ends[row] - place - length
            out[order[row]] = signed(signs[row], added(columns, rest, stopped, vector, total))
            rest, place = stopped, ends[row]
            row += 1


@fast
def eight_added(columns: HostArray, first: Any, stop: Any, vector: HostArray, zero: Any) -> tuple[Any, ...]:
    """The sums of eight rows of equal length, whose columns lie beside each other: eight additions are under way at once."""
    a = b = c = d = e = f = g = h = zero
    for place in range(first, stop, uint64(8)):
        a += vector[columns[place]]
        b += vector[columns[beside(place, 1)]]
        c += vector[columns[beside(place, 2)]]
        d += vector[columns[beside(place, 3)]]
        e += vector[columns[beside(place, 4)]]
        f += vector[columns[beside(place, 5)]]
        g += vector[columns[beside(place, 6)]]
        h += vector[columns[beside(place, 7)]]
    return a, b, c, d, e, f, g, h


@fast
def beside(place: Any, lane: int) -> Any:
    """A place so many further, without a sign: what may be negative is looked at before each access."""
    return place + uint64(lane)


@fast
def added(columns: HostArray, first: Any, stop: Any, vector: HostArray, total: Any) -> Any:
    """A sum with a vector's entries at the columns `first` to `stop`."""
    for place in range(first, stop):
        total += vector[columns[place]]
    return total


@fast
def signed(sign: Any, total: Any) -> Any:
    """A row's sum with its sign; zero stays positive, as in a sum of signed terms that begins with it."""
    return sign * total + type(total)(0)
