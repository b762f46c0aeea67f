"""What the kernels of several families share: widths, gathering, sparse packets, work in tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cablese.dsl.check.contracts import Form
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..codecs.base import Codec
from ..codecs.packets import SparsePacket

TILE_ROWS, TILE_COLUMNS = 8, 1 << 15


def float_bits(backend: Backend) -> int:
    """Bits of a float on the wire."""
    bits: int = backend.xp.finfo(backend.wire).bits
    return bits


def entries_at(backend: Backend, vectors: Array, indices: Array) -> Array:
    """vectors (rows, d), indices (rows, k) -> entries (rows, k)."""
    rows = backend.xp.arange(indices.shape[0], device=backend.device)
    return vectors[rows[:, None], indices]


def tiles(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """A (rows, d) array in pieces that caches hold; the columns of a row are cut at fixed places."""
    rows, d = shape
    for row in range(0, rows, TILE_ROWS):
        for column in range(0, d, TILE_COLUMNS):
            yield slice(row, min(row + TILE_ROWS, rows)), slice(column, min(column + TILE_COLUMNS, d))


def in_tiles(backend: Backend, d: int) -> bool:
    """Whether rows of d entries are worked on tile by tile: on hosts, where caches are small and calls cheap."""
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


@record
class SparseWire:
    """How kept entries travel: times `scale`, rounded to the wire's type."""

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
