"""Oracles of finite sums: minibatches drawn from each node's samples, beside the mean over all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class BatchedOracle(ABC):
    """Gradients or operators of nodes that hold several samples, from those of all samples and those of minibatches."""

    def __init__(self, backend: Backend, counts: HostArray) -> None:
        """`counts` (rows,): the number of samples m_i of each local node, on the host."""
        self._backend = backend
        self.counts = counts

    @abstractmethod
    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """The gradients or operators at the point, (rows, d): see `Oracle`."""

    @abstractmethod
    def minibatch_gradients(
        self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> Array:
        """The means over batches (rows, b) of the local nodes `nodes` (rows,); -1 is padding."""

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """The gradients of minibatches, (rows, d): see `Oracle`. A row whose batch is all samples has the bits that
        `gradients` gives, whatever batches the other rows have."""
        if batch.full:
            return self.gradients(point, members)
        nodes = np.arange(len(self.counts)) if members is None else members
        whole = self._is_whole(batch, nodes)
        if whole.all():
            return self.gradients(point, members)
        if not whole.any():
            return self.minibatch_gradients(point, batch.indices, batch.sizes, nodes)
        return self._mixed_gradients(point, batch, nodes, whole)

    def _is_whole(self, batch: Batch, nodes: HostArray) -> HostArray:
        """Mask (rows,) of the batches that hold every sample of their node once; indices ascend, so in order."""
        counts = self.counts[nodes]
        places = np.arange(batch.indices.shape[1])
        in_order = (batch.indices == places) | (places >= counts[:, None])
        return np.asarray((batch.sizes == counts) & in_order.all(axis=1))

    def _mixed_gradients(self, point: Array, batch: Batch, nodes: HostArray, whole: HostArray) -> Array:
        """Full gradients for the rows in `whole`, minibatch gradients for the others."""
        backend = self._backend
        result = backend.xp.empty((len(nodes), point.shape[-1]), dtype=backend.real, device=backend.device)
        full, part = np.flatnonzero(whole), np.flatnonzero(~whole)
        fulls = self.gradients(self._points(point, full), nodes[full])
        parts = self.minibatch_gradients(
            self._points(point, part), batch.indices[part], batch.sizes[part], nodes[part]
        )
        for places, gradients in ((full, fulls), (part, parts)):
            backend.put_rows(result, backend.to_device(places), gradients)
        return result

    def _points(self, point: Array, places: HostArray) -> Array:
        """The points of some rows: a point (d,) is that of every row."""
        if point.ndim == 1:
            return point
        return self._backend.xp.take(point, self._backend.to_device(places), axis=0)
