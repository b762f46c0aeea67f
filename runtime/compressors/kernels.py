"""Common parts of kernels: widths, gathering, sparse packets, work in tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from math import inf
from typing import Any, TypeAlias

from cablese.dsl.check.contracts import Form
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..codecs.base import Codec
from ..codecs.packets import SparsePacket
from .base import Kernel

TILE_ROWS, TILE_COLUMNS = 8, 1 << 15


def float_bits(backend: Backend) -> int:
    """Bits of a float on the wire."""
    bits: int = backend.xp.finfo(backend.wire).bits
    return bits


def entries_at(backend: Backend, vectors: Array, indices: Array) -> Array:
    """vectors (rows, d), indices (rows, k) -> entries (rows, k)."""
    if indices.shape[0] == 1:
        return backend.take(vectors, indices)
    rows = backend.xp.arange(indices.shape[0], device=backend.device)
    return vectors[rows[:, None], indices]


def tiles(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """A (rows, d) array in pieces that caches hold; the columns of a row are cut at fixed places."""
    rows, d = shape
    for row in range(0, rows, TILE_ROWS):
        for column in range(0, d, TILE_COLUMNS):
            yield slice(row, min(row + TILE_ROWS, rows)), slice(column, min(column + TILE_COLUMNS, d))


Tile: TypeAlias = tuple[slice, slice]


def tile_by_tile(backend: Backend, shape: tuple[int, int], kind: Any, of: Callable[[Tile], Array]) -> Array:
    """The results of `of` for all tiles of an array (rows, d), put together; or for the whole, where that is no slower."""
    if not in_tiles(backend, shape[1]):
        return of((slice(None), slice(None)))
    result = backend.xp.empty(shape, dtype=kind, device=backend.device)
    for tile in tiles(shape):
        result[tile] = of(tile)
    return result


def in_tiles(backend: Backend, d: int) -> bool:
    """True if rows of d entries are worked on tile by tile: on hosts, where caches are small and calls cheap."""
    return d > TILE_COLUMNS and backend.name != "cupy"


def row_sums(backend: Backend, vectors: Array, of: Callable[[Array], Array]) -> Array:
    """Sums of `of` the entries of each row, float64 (rows,).

    Rows are summed in fixed pieces, each in an array of its own: no bit depends on the other rows.
    """
    xp = backend.xp
    if not in_tiles(backend, vectors.shape[1]):
        return xp.sum(of(xp.astype(vectors, xp.float64, copy=False)), axis=1)
    total = xp.zeros(vectors.shape[0], dtype=xp.float64, device=backend.device)
    for tile in tiles(vectors.shape):
        total[tile[0]] += xp.sum(of(xp.astype(vectors[tile], xp.float64, copy=False)), axis=1)
    return total


def largest(backend: Backend, vectors: Array) -> Array:
    """max |x_j| of each row."""
    if on_numpy_in_tiles(backend, vectors):
        from ..arrays.sums import largest_magnitudes

        return largest_magnitudes(vectors)
    xp = backend.xp
    return xp.maximum(xp.max(vectors, axis=1), -xp.min(vectors, axis=1))


def euclidean(backend: Backend, vectors: Array) -> Array:
    """The Euclidean norm of each row, float64; 0 where it is below 2^-500 and its squares lose digits."""
    xp = backend.xp
    total = square_sums(backend, vectors)
    return xp.sqrt(xp.where(total < 2.0**-1000, xp.zeros_like(total), total))


def rounded_up(backend: Backend, norms: Array) -> Array:
    """norms (rows,) in the wire's type, no smaller than they were."""
    xp = backend.xp
    nearest = backend.to_wire(norms)
    if nearest.dtype == norms.dtype:
        return nearest
    above = xp.nextafter(nearest, xp.full_like(nearest, inf))
    return xp.where(xp.astype(nearest, norms.dtype) < norms, above, nearest)


def unrounded(backend: Backend) -> Backend:
    """The same device with the computations' floats on the wire."""
    twin = copy(backend)
    twin.wire = backend.real
    return twin


def cut(words: Array | None, counts: Sequence[int]) -> list[Array | None]:
    """words (rows, sum of counts) -> the columns of each; None for those that take none."""
    found: list[Array | None] = []
    first = 0
    for count in counts:
        found.append(None if words is None or not count else words[:, first : first + count])
        first += count
    return found


def dense_rows(backend: Backend, kernel: Kernel, packet: Any, d: int) -> Array:
    """A kernel's result (rows, d), whichever form it has."""
    values = kernel.expand(packet)
    if kernel.form is Form.DENSE:
        return values
    xp, rows = backend.xp, packet.rows
    result = xp.zeros((rows, d), dtype=values.dtype, device=backend.device)
    starts = xp.arange(rows, dtype=xp.int64, device=backend.device)[:, None] * d
    backend.put(result, packet.indices + starts, values)
    return result


@record
class Blocks:
    """d entries in blocks of `size`, the last with what is left."""

    d: int
    size: int

    @property
    def whole(self) -> int:
        """Blocks of full size."""
        return self.d // self.size

    @property
    def count(self) -> int:
        """All blocks."""
        return -(-self.d // self.size)

    @property
    def longest(self) -> int:
        """The length of the longest."""
        return min(self.size, self.d)

    def parts(self, xp: Any, values: Array) -> list[Array]:
        """values (rows, d) -> (rows, whole, size), then (rows, 1, rest), either left out where it is empty."""
        rows, end = values.shape[0], self.whole * self.size
        found = [xp.reshape(values[:, :end], (rows, self.whole, self.size))] if end else []
        return [*found, values[:, None, end:]] if end < self.d else found

    def each(self, scales: Array) -> list[Array]:
        """scales (rows, count) -> those of each of `parts`."""
        found = [scales[:, : self.whole]] if self.whole else []
        return [*found, scales[:, self.whole :]] if self.whole < self.count else found

    def joined(self, xp: Any, parts: Sequence[Array]) -> Array:
        """The inverse of `parts`."""
        flat = [xp.reshape(part, (part.shape[0], part.shape[1] * part.shape[2])) for part in parts]
        return flat[0] if len(flat) == 1 else xp.concat(flat, axis=1)


def square_sums(backend: Backend, vectors: Array) -> Array:
    """`row_sums` of the entries' squares."""
    if on_numpy_in_tiles(backend, vectors):
        from ..arrays.sums import square_sums as by_tiles

        return by_tiles(vectors)
    return row_sums(backend, vectors, lambda part: part * part)


def magnitude_sums(backend: Backend, vectors: Array) -> Array:
    """`row_sums` of the entries' magnitudes."""
    if on_numpy_in_tiles(backend, vectors):
        from ..arrays.sums import magnitude_sums as by_tiles

        return by_tiles(vectors)
    return row_sums(backend, vectors, lambda part: backend.xp.abs(part))


def on_numpy_in_tiles(backend: Backend, vectors: Array) -> bool:
    """True where `arrays.sums` computes the same of long rows, and faster."""
    return backend.name == "numpy" and in_tiles(backend, vectors.shape[1])


@record
class SparseWire:
    """The packets of kept entries: their values times `scale`, rounded to the wire's type."""

    backend: Backend
    codec: Codec
    scale: float
    form: Form = Form.SPARSE

    def pack(self, indices: Array, entries: Array) -> SparsePacket:
        """indices and entries (rows, k) -> the packet."""
        scaled = entries if self.scale == 1 else entries * self.scale
        return SparsePacket(indices, self.backend.to_wire(scaled))

    def expand(self, packet: SparsePacket) -> Array:
        """The values (rows, k) in the computations' type."""
        return self.backend.from_wire(packet.values)
