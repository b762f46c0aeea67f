"""The samples of several nodes, multiplied node by node, for oracles of linear models.

A row is one node's samples (or one drawn minibatch), padded to the same number m for all rows. A row's bits
depend on its own samples and m alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.ufunc_loops import double_loop
from .base import Compiled

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_CALLS = 6000  # multiplications that cost as much as the calls of one more node in a loop, measured


class Rows(Protocol):
    """Rows of samples that can be multiplied."""

    def products(self, point: Array) -> Array:
        """point (d,) or (rows, d) -> a_rj . x_r, (rows, m), new; 0 for padding."""

    def sums(self, coefficients: Array) -> Array:
        """coefficients (rows, m) -> sum_j c_rj a_rj, (rows, d), new."""


class NodeRows(Rows, Protocol):
    """A row per local node."""

    def select(self, members: HostArray) -> Rows:
        """The rows of these nodes, with the very bits that they have in the whole."""

    def gather(self, members: HostArray, indices: HostArray) -> Rows:
        """For each member the samples `indices` (members, b) of its node."""


@runtime_checkable
class CompiledRows(NodeRows, Protocol):
    """Rows with gradients in compiled code."""

    def compiled(self) -> Compiled | None:
        """A node's gradient by `arrays.numba_linear`, with those arguments that are of the samples; None where NumPy's own
        loops have no address."""


def are_stacked(samples: Sequence[int], d: int) -> bool:
    """True unless all nodes' sizes m_i differ so much that multiplying the padding costs more than a loop over nodes."""
    padding = len(samples) * max(samples) - sum(samples)
    return padding * d <= _CALLS * len(samples)


def dense_rows(backend: Backend, own: HostArray, counts: HostArray, m: int, *, stacked: bool) -> NodeRows:
    """Rows of local nodes' samples (sum of counts, d), node by node, from the host."""
    if not stacked:
        return LoopedNodes(backend, backend.to_device(own), counts, m)
    return StackedRows(backend, backend.to_device(stack_of(own, counts, m)))


def stack_of(own: HostArray, counts: HostArray, m: int) -> HostArray:
    """(nodes, m, d): each node's samples, then zeros; the samples' own memory if nothing is padded."""
    if (counts == m).all():
        return own.reshape(len(counts), m, own.shape[1])
    stack = np.zeros((len(counts), m, own.shape[1]), dtype=own.dtype)
    stack.reshape(-1, own.shape[1])[places_of(counts, m)] = own
    return stack


def places_of(counts: HostArray, m: int) -> HostArray:
    """(sum of counts,): the places of nodes' samples among those of a stack of m each."""
    return np.flatnonzero(np.arange(m) < counts[:, None])


class StackedRows:
    """Rows as one padded stack (rows, m, d); a product is one stacked matmul."""

    def __init__(self, backend: Backend, stack: Array) -> None:
        self._backend = backend
        self._stack = stack

    def products(self, point: Array) -> Array:
        """As `Rows` has it."""
        if point.ndim == 1:
            return self._stack @ point
        return (self._stack @ point[:, :, None])[:, :, 0]

    def sums(self, coefficients: Array) -> Array:
        """As `Rows` has it."""
        return (coefficients[:, None, :] @ self._stack)[:, 0, :]

    def compiled(self) -> Compiled | None:
        """As `CompiledRows` has it."""
        rows, m, d = self._stack.shape
        return compiled_of(np.asarray(self._stack).reshape(-1, d), m * np.arange(rows), np.full(rows, m))

    def select(self, members: HostArray) -> Rows:
        """As `NodeRows` has it; a loop is cheaper than copying long rows."""
        _, m, d = self._stack.shape
        if m * d < _CALLS:
            xp, chosen = self._backend.xp, self._backend.to_device(members)
            return StackedRows(self._backend, xp.take(self._stack, chosen, axis=0))
        return LoopedRows(self._backend, [self._stack[i, :, :] for i in members.tolist()], m, d)

    def gather(self, members: HostArray, indices: HostArray) -> Rows:
        """As `NodeRows` has it."""
        xp, (_, m, d) = self._backend.xp, self._stack.shape
        flat = self._backend.to_device((members[:, None] * m + indices).ravel())
        samples = xp.take(xp.reshape(self._stack, (-1, d)), flat, axis=0)
        return StackedRows(self._backend, xp.reshape(samples, (*indices.shape, d)))


class LoopedRows:
    """Rows as matrices (m_i, d) of their own, m_i <= m, multiplied one by one."""

    def __init__(self, backend: Backend, matrices: Sequence[Array], m: int, d: int) -> None:
        self._backend = backend
        self._matrices = matrices
        self._m, self._d = m, d

    def products(self, point: Array) -> Array:
        """As `Rows` has it."""
        result = self._zeros(self._m)
        for row, matrix in enumerate(self._matrices):
            result[row, : matrix.shape[0]] = matrix @ (point if point.ndim == 1 else point[row, :])
        return result

    def sums(self, coefficients: Array) -> Array:
        """As `Rows` has it."""
        result = self._zeros(self._d)
        for row, matrix in enumerate(self._matrices):
            result[row, :] = coefficients[row, : matrix.shape[0]] @ matrix
        return result

    def _zeros(self, length: int) -> Array:
        backend = self._backend
        return backend.xp.zeros((len(self._matrices), length), dtype=backend.real, device=backend.device)


class LoopedNodes(LoopedRows):
    """A row per local node, each a piece of the samples that stand one below the other."""

    def __init__(self, backend: Backend, samples: Array, counts: HostArray, m: int) -> None:
        """`samples` (sum of counts, d), on the device."""
        ends = np.cumsum(counts)
        self._samples, self._starts, self._counts = samples, ends - counts, counts
        pieces = [samples[a:b, :] for a, b in zip(self._starts.tolist(), ends.tolist(), strict=True)]
        super().__init__(backend, pieces, m, samples.shape[1])

    def compiled(self) -> Compiled | None:
        """As `CompiledRows` has it."""
        return compiled_of(np.asarray(self._samples), self._starts, self._counts)

    def select(self, members: HostArray) -> Rows:
        """As `NodeRows` has it."""
        return LoopedRows(self._backend, [self._matrices[i] for i in members.tolist()], self._m, self._d)

    def gather(self, members: HostArray, indices: HostArray) -> Rows:
        """As `NodeRows` has it."""
        return gathered(self._backend, self._samples, self._starts[members], indices)


class PaddedRows:
    """Rows with the products of `StackedRows`, from a stack that is made for each of them and not held."""

    def __init__(self, backend: Backend, samples: HostArray, counts: HostArray, m: int, width: int) -> None:
        """`samples` (sum of counts, d) are padded to m for products, of which the first `width` a row are given."""
        self._backend, self._samples, self._counts = backend, samples, counts
        self._starts = np.cumsum(counts) - counts
        self._m, self._width = m, width

    def products(self, point: Array) -> Array:
        """As `Rows` has it."""
        whole = self._stacked().products(point)
        return self._backend.xp.asarray(whole[:, : self._width], copy=True)

    def sums(self, coefficients: Array) -> Array:
        """As `Rows` has it."""
        xp, (rows, width) = self._backend.xp, coefficients.shape
        zeros = xp.zeros((rows, self._m - width), dtype=coefficients.dtype, device=self._backend.device)
        return self._stacked().sums(xp.concat((coefficients, zeros), axis=1))

    def select(self, members: HostArray) -> Rows:
        """As `NodeRows` has it."""
        counts, starts = self._counts[members], self._starts[members]
        own = np.arange(int(counts.sum())) + np.repeat(starts - np.cumsum(counts) + counts, counts)
        return PaddedRows(self._backend, self._samples[own], counts, self._m, self._width)

    def gather(self, members: HostArray, indices: HostArray) -> Rows:
        """As `NodeRows` has it."""
        return gathered(self._backend, self._backend.to_device(self._samples), self._starts[members], indices)

    def _stacked(self) -> StackedRows:
        backend = self._backend
        return StackedRows(backend, backend.to_device(stack_of(self._samples, self._counts, self._m)))


def gathered(backend: Backend, samples: Array, starts: HostArray, indices: HostArray) -> StackedRows:
    """The samples `indices` (rows, b) of rows whose samples start at `starts`, one below the other."""
    flat = backend.to_device((starts[:, None] + indices).ravel())
    return StackedRows(
        backend,
        backend.xp.reshape(backend.xp.take(samples, flat, axis=0), (*indices.shape, samples.shape[1])),
    )


def compiled_of(samples: HostArray, starts: HostArray, counts: HostArray) -> Compiled | None:
    """The form of nodes' samples (all, d), each node's one below the other; see `CompiledRows`."""
    loop = double_loop(np.matmul)
    if loop is None:
        return None
    of_batch = Compiled("dense_batch_gradient", (samples, starts, loop), by_entry=False)
    return Compiled("dense_gradient", (samples, starts, counts, loop), by_entry=False, of_batch=of_batch)
