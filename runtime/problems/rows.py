"""The samples of several nodes, multiplied node by node, for oracles of linear models.

A row is one node's samples (or one drawn minibatch), padded to the same number m for all rows. A row's bits
depend on its own samples and m alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..arrays.backend import Array, Backend

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


def dense_rows(backend: Backend, nodes: Sequence[HostArray], samples: Sequence[int], d: int) -> NodeRows:
    """Rows of local nodes' samples (m_i, d), from the host; `samples` are the m_i of all the problem's nodes.

    Stacked, unless all nodes' sizes differ so much that multiplying the padding costs more than a loop over
    nodes.
    """
    m = max(samples)
    padding = len(samples) * m - sum(samples)
    if padding * d > _CALLS * len(samples):
        return LoopedRows(backend, [backend.to_device(node) for node in nodes], m, d)
    stack = np.zeros((len(nodes), m, d))
    for row, node in zip(stack, nodes, strict=True):
        row[: len(node)] = node
    return StackedRows(backend, backend.to_device(stack))


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

    def select(self, members: HostArray) -> Rows:
        """As `NodeRows` has it."""
        return LoopedRows(self._backend, [self._matrices[i] for i in members.tolist()], self._m, self._d)

    def gather(self, members: HostArray, indices: HostArray) -> Rows:
        """As `NodeRows` has it."""
        xp, places = self._backend.xp, self._backend.to_device(indices)
        drawn = [xp.take(self._matrices[i], places[row, :], axis=0) for row, i in enumerate(members.tolist())]
        return StackedRows(self._backend, xp.stack(drawn))

    def _zeros(self, length: int) -> Array:
        backend = self._backend
        return backend.xp.zeros((len(self._matrices), length), dtype=backend.real, device=backend.device)
