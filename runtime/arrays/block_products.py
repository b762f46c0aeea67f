"""Products of sparse block-diagonal matrices with vectors: a row's entries are added in their order, alone or not."""

from __future__ import annotations

from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record
from scipy import sparse
from scipy.sparse import csr_array

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

LANES = 8
"""Rows of a slice, whose sums a processor has under way at once."""

_AT_ONCE = 1 << 20
"""Entries that are laid out at a time."""

_CSR_MATVEC = getattr(getattr(sparse, "_sparsetools", None), "csr_matvec", None)
"""SciPy's compiled product, if this SciPy has it there."""


@record
class Slices:
    """A block-diagonal matrix of entries 1 and -1 for compiled loops: each block's rows from the shortest to the longest, in
    slices of `LANES`, those that fill no slice first.

    Signs of rows, or of columns, stand for the entries: to change a sum's sign, or its terms', is exact.
    """

    blocks: HostArray  # (blocks + 1,): the first row of each, and the count of rows
    order: HostArray  # (rows,): which row of the matrix stands there
    ends: HostArray  # (rows,): where a row's entries end, among the rows in this order
    columns: HostArray  # (entries,): in its block; a slice's lane by lane, then what longer rows have more
    signs: HostArray  # (rows,): of the sums, in this order
    column_signs: HostArray | None  # (blocks, width): of the vectors' entries; None where no column has one


class BlockProducts:
    """Products of a block-diagonal CSR matrix with a vector for each block, or one for all."""

    def __init__(self, matrix: csr_array, starts: HostArray) -> None:
        """`starts` (blocks + 1,): the first row of each block, and the count of rows; blocks have as many columns."""
        self.matrix, self.starts = matrix, starts
        self.blocks = len(starts) - 1
        self.width = matrix.shape[1] // max(1, self.blocks)
        self.size = int(matrix.nnz)  # entries that are not zero
        self._arrays = matrix.indptr, matrix.indices, matrix.data

    def __call__(self, vectors: HostArray) -> HostArray:
        """vectors (width,) or (blocks, width) -> (rows,), new."""
        return block_products(self, vectors)

    def fits(self, vectors: HostArray) -> bool:
        """True of vectors that compiled loops take."""
        wanted = (self.width,) if vectors.ndim == 1 else (self.blocks, self.width)
        return bool(
            vectors.dtype == self.matrix.dtype and vectors.shape == wanted and vectors.flags.c_contiguous
        )

    def by_scipy(self, vector: HostArray) -> HostArray:
        """vector (columns,) -> (rows,) by the function that SciPy calls: its way there takes as long as a short product."""
        data, shape = self._arrays[2], self.matrix.shape
        if _CSR_MATVEC is None or vector.dtype != data.dtype or not vector.flags.c_contiguous:
            return np.asarray(self.matrix @ vector)
        result = np.zeros(shape[0], data.dtype)
        _CSR_MATVEC(*shape, *self._arrays, vector, result)
        return result

    def compiled(self) -> tuple[HostArray, ...]:
        """The matrix as `numba_linear.multiplied` takes it: the first rows of blocks, and the arrays of `slices`, with
        places counted in their blocks; or starts, columns in their blocks and entries, of no order and without signs."""
        slices, none = self.slices, np.empty((0, 0))
        if slices is None or not slices.order.size:
            starts, columns = self.matrix.indptr.astype(np.uint64), self.matrix.indices % self.width
            order = np.empty(0, np.uint64)
            return self.starts, order, starts, columns.astype(np.uint32), self.matrix.data, none
        order = slices.order - np.repeat(self.starts[:-1], np.diff(self.starts)).astype(np.uint64)
        signs = none if slices.column_signs is None else slices.column_signs
        return slices.blocks, order, slices.ends, slices.columns, slices.signs, signs

    @cached_property
    def slices(self) -> Slices | None:
        """The matrix for compiled loops; None where these are not quicker than SciPy's: with entries besides 1 and -1, or
        with rows so short that their signs and places take more memory than their entries."""
        return _sliced(self) if self.size >= LANES * self.matrix.shape[0] else None


@dispatched(lambda product, vectors: product.size, short=True, saved=1 / 256)
def block_products(product: BlockProducts, vectors: HostArray) -> HostArray:
    """vectors (width,) or (blocks, width) -> the products of the blocks' rows, (rows,), new."""
    if vectors.ndim == 1 and product.blocks > 1:
        return product.by_scipy(np.concatenate([vectors] * product.blocks))
    return product.by_scipy(vectors.reshape(-1))


def _sliced(product: BlockProducts) -> Slices | None:
    matrix, blocks = product.matrix, product.starts
    row_signs, column_signs = _signs(matrix)
    if row_signs is None or column_signs is None:
        return None
    lengths, block_of = np.diff(matrix.indptr), np.repeat(np.arange(product.blocks), np.diff(blocks))
    order = np.lexsort((lengths, block_of))
    sources, offsets, lengths = matrix.indptr[:-1][order], block_of * product.width, lengths[order]
    ends = np.cumsum(lengths)
    lane, common = _in_slices(blocks, lengths)
    starts = ends - lengths
    beside, behind = starts[np.arange(len(lane)) - lane] + lane, starts + (LANES - 1 - lane) * common
    columns = np.empty(matrix.nnz, np.uint16 if product.width <= 1 << 16 else np.uint32)
    cuts = np.searchsorted(ends, np.arange(0, matrix.nnz, _AT_ONCE), side="right").tolist()
    for rows in (slice(first, last) for first, last in pairwise([*cuts, len(order)])):
        count = lengths[rows]
        each = partial(np.repeat, repeats=count)  # a number of each row for each of its entries
        within = np.arange(count.sum()) - each(np.cumsum(count) - count)
        sliced = within < each(common[rows])
        places = np.where(sliced, each(beside[rows]) + LANES * within, each(behind[rows]) + within)
        columns[places] = matrix.indices[each(sources[rows]) + within] - each(offsets[rows])
    signed = None if (column_signs == 1).all() else column_signs.reshape(product.blocks, -1)
    return Slices(blocks, order.astype(np.uint64), ends.astype(np.uint64), columns, row_signs[order], signed)


def _in_slices(blocks: HostArray, lengths: HostArray) -> tuple[HostArray, HostArray]:
    """Rows' places in their slices, and the length of the shortest row there; 0 both, for rows that fill no slice."""
    row, counts = np.arange(len(lengths)), np.diff(blocks)
    sliced = row - np.repeat(blocks[:-1] + counts % LANES, counts)  # negative for rows that fill none
    lane = np.where(sliced < 0, 0, sliced % LANES)
    return lane, np.where(sliced < 0, 0, lengths[row - lane])


def _signs(matrix: csr_array) -> tuple[HostArray, HostArray] | tuple[None, None]:
    """The signs of rows and of columns, (rows,) and (columns,), whose products are the entries; none of other entries."""
    if not (np.abs(matrix.data) == 1).all():
        return None, None
    rows, columns = (np.ones(count, matrix.dtype) for count in matrix.shape)
    lengths = np.diff(matrix.indptr)
    rows[lengths > 0] = matrix.data[matrix.indptr[:-1][lengths > 0]]
    if (np.repeat(rows, lengths) == matrix.data).all():
        return rows, columns
    columns[matrix.indices] = matrix.data
    if (columns[matrix.indices] == matrix.data).all():
        return np.ones_like(rows), columns
    return None, None
