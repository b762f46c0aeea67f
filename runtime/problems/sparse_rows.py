"""Rows of sparse samples on NumPy: products of CSR matrices and their transposes.

The sums run in a fixed order, over a sample's entries and over a node's samples, whatever company they have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from ..arrays.backend import Array, Backend
from ..arrays.block_products import BlockProducts
from ..arrays.ufunc_loops import double_loop
from .base import Compiled
from .rows import Rows, StackedRows

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_DENSE_BATCH = 1 << 15  # entries of a node's batch up to which it is made dense
_MANY_MEMBERS = 16  # whose samples are multiplied together, not node by node
_PIECE = 24  # terms that are added in a row


class ColumnSums:
    """Products with the transpose of a CSR matrix, as sums of pieces of its columns and sums of these sums.

    A sum in one go waits at each addition for the one before; a processor has several short ones under way at once.
    As rows of its own, since scipy multiplies those faster than it scatters columns.
    """

    def __init__(self, pieces: BlockProducts, joins: BlockProducts) -> None:
        self.pieces, self.joins = pieces, joins

    @classmethod
    def of(cls, matrix: csr_array, blocks: int) -> ColumnSums:
        """Pieces of at most `_PIECE` entries, in order, the last of a column shorter; of as many columns for each block."""
        columns = csr_array(matrix.T)
        counts = -(-np.diff(columns.indptr) // _PIECE)
        ends = np.concatenate([[0], np.cumsum(counts)])
        places = np.arange(ends[-1]) - np.repeat(ends[:-1], counts)  # of a piece in its column
        starts = np.append(np.repeat(columns.indptr[:-1], counts) + _PIECE * places, columns.indptr[-1])
        shape = (int(ends[-1]), columns.shape[1])
        pieces = csr_array((columns.data, columns.indices, starts.astype(columns.indices.dtype)), shape=shape)
        ones = np.ones(shape[0], dtype=columns.dtype)
        joins = csr_array((ones, np.arange(shape[0]), ends), shape=(columns.shape[0], shape[0]))
        block_ends = ends[:: max(1, columns.shape[0] // max(1, blocks))]
        return cls(BlockProducts(pieces, block_ends), BlockProducts(joins, np.array([0, columns.shape[0]])))

    def __call__(self, coefficients: Array) -> Array:
        """coefficients (m,), or (blocks, m) -> sum_j c_j a_j of each block, one after the other."""
        return self.joins(self.pieces(coefficients))


class SparseRows:
    """A row per local node: a block-diagonal CSR matrix (rows * m, rows * d)."""

    def __init__(self, backend: Backend, samples: csr_array, counts: HostArray, m: int) -> None:
        """All nodes' samples (sum of counts, d), node by node; rows that pad each node's to m cost nothing."""
        self._backend = backend
        self._samples, self._ends = samples.astype(backend.real), np.concatenate([[0], np.cumsum(counts)])
        self._m, self._d = m, samples.shape[1]
        self._matrix = _beside(self._samples, counts, m)
        self._product = BlockProducts(self._matrix, m * np.arange(len(counts) + 1))
        self._sums = ColumnSums.of(self._matrix, len(counts))
        self._alone: dict[int, tuple[BlockProducts, ColumnSums]] = {}
        self._chosen: tuple[HostArray, SparseRows] | None = (
            None  # the members that were last selected, if many
        )

    def _node(self, i: int) -> tuple[BlockProducts, ColumnSums]:
        """One node's samples (m, d), made when they are first multiplied without the others'."""
        if i not in self._alone:
            own = _padded(self._samples[self._ends[i] : self._ends[i + 1]], self._m)
            self._alone[i] = BlockProducts(own, np.array([0, self._m])), ColumnSums.of(own, 1)
        return self._alone[i]

    def products(self, point: Array) -> Array:
        """As `Rows` has it."""
        return self._product(point).reshape(-1, self._m)

    def sums(self, coefficients: Array) -> Array:
        """As `Rows` has it."""
        return self._sums(coefficients).reshape(-1, self._d)

    def compiled(self) -> Compiled | None:
        """As `CompiledRows` has it."""
        loop, own, most = double_loop(np.matmul), self._samples, np.array([_DENSE_BATCH])
        if loop is None:
            return None
        samples = own.indptr.astype(np.uint64), own.indices.astype(np.uint32), own.data
        of_batch = Compiled("sparse_batch_gradient", (*samples, self._ends, most, loop), by_entry=False)
        pieces, joins = self._sums.pieces, self._sums.joins
        ends, counts = joins.matrix.indptr.astype(np.int64), np.diff(self._ends).astype(np.int64)
        arrays = self._product.compiled(), pieces.compiled(), ends, counts
        return Compiled("sparse_gradient", arrays, by_entry=False, of_batch=of_batch)

    def select(self, members: HostArray) -> Rows:
        """As `NodeRows` has it."""
        if len(members) > _MANY_MEMBERS:
            return self._together(members)
        chosen = [self._node(i) for i in members.tolist()]
        return _SelectedRows(chosen, self._m, self._d, self._backend.real)

    def _together(self, members: HostArray) -> Rows:
        """Rows of many members, made anew where others were selected before."""
        if self._chosen is None or not np.array_equal(self._chosen[0], members):
            counts = np.diff(self._ends)[members]
            own = np.arange(int(counts.sum())) + np.repeat(
                self._ends[members] - np.cumsum(counts) + counts, counts
            )
            self._chosen = members, SparseRows(self._backend, self._samples[own], counts, self._m)
        return self._chosen[1]

    def gather(self, members: HostArray, indices: HostArray) -> Rows:
        """As `NodeRows` has it; small batches are made dense, whose products cost fewer calls."""
        rows, b = indices.shape
        samples = (members[:, None] * self._m + indices).ravel()
        begins = self._matrix.indptr[samples]
        lengths = self._matrix.indptr[samples + 1] - begins
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(begins - ends + lengths, lengths)
        values, columns = self._matrix.data[places], self._matrix.indices[places]
        if b * self._d <= _DENSE_BATCH:
            spots = (np.arange(rows * b) - np.repeat(members, b)) * self._d
            stack = np.zeros((rows, b, self._d), dtype=values.dtype)
            stack.reshape(-1)[columns + np.repeat(spots, lengths)] = values
            return StackedRows(self._backend, stack)
        columns = columns + np.repeat(np.repeat((np.arange(rows) - members) * self._d, b), lengths)
        starts = np.concatenate([[0], ends])
        return _GatheredRows(csr_array((values, columns, starts), shape=(rows * b, rows * self._d)), rows)


class _SelectedRows:
    """Single nodes' matrices (m, d), in any order and number."""

    def __init__(self, nodes: list[tuple[BlockProducts, ColumnSums]], m: int, d: int, real: Any) -> None:
        self._nodes = nodes
        self._m, self._d, self._real = m, d, real

    def products(self, point: Array) -> Array:
        """As `Rows` has it."""
        result = np.empty((len(self._nodes), self._m), dtype=self._real)
        for row, (product, _) in enumerate(self._nodes):
            result[row] = product(point if point.ndim == 1 else point[row])
        return result

    def sums(self, coefficients: Array) -> Array:
        """As `Rows` has it."""
        result = np.empty((len(self._nodes), self._d), dtype=self._real)
        for row, (_, sums) in enumerate(self._nodes):
            result[row] = sums(coefficients[row])
        return result


class _GatheredRows:
    """Minibatches as one block-diagonal CSR matrix (rows * b, rows * d), used once."""

    def __init__(self, matrix: csr_array, rows: int) -> None:
        self._matrix = matrix
        self._rows = rows

    def products(self, point: Array) -> Array:
        """As `Rows` has it."""
        d = self._matrix.shape[1] // self._rows
        return (self._matrix @ np.broadcast_to(point, (self._rows, d)).reshape(-1)).reshape(self._rows, -1)

    def sums(self, coefficients: Array) -> Array:
        """As `Rows` has it."""
        return (self._matrix.T @ coefficients.reshape(-1)).reshape(self._rows, -1)


def _beside(samples: csr_array, counts: HostArray, m: int) -> csr_array:
    """The block-diagonal matrix (nodes * m, nodes * d) of nodes' samples that stand one below the other."""
    nodes, d = len(counts), samples.shape[1]
    lengths = np.zeros((nodes, m), dtype=np.int64)
    lengths[np.arange(m) < counts[:, None]] = np.diff(samples.indptr)
    entries = lengths.sum(axis=1)
    columns = samples.indices + np.repeat(np.arange(nodes) * d, entries)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return csr_array((samples.data, columns, starts), shape=(nodes * m, nodes * d))


def _padded(samples: Any, m: int) -> csr_array:
    """The same with empty rows at the end."""
    ends = np.full(m - samples.shape[0], samples.indptr[-1], dtype=samples.indptr.dtype)
    parts = (samples.data, samples.indices, np.concatenate([samples.indptr, ends]))
    return csr_array(parts, shape=(m, samples.shape[1]))
