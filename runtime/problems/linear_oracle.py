"""Oracles of linear models: loss of a product plus regulariser, for the nodes of one rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from .losses import Loss
from .rows import NodeRows, Rows
from .smooth_terms import SmoothTerm

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@dataclass(frozen=True, slots=True)
class NodeTargets:
    """Weights w_ij = 1/m_i of the samples and their targets, the values y_ij: (rows, m) each, m the largest m_i, 0 for
    padding. No values where the loss is signed: the samples were multiplied by them."""

    weights: Array
    values: Array | None


class LinearOracle:
    """Losses and gradients of f_i(x) = sum_j w_ij l(t_ij) + r(x), node by node: an `Oracle`.

    The loss l takes t_ij = a_ij.x - y_ij, or, where it is signed, t_ij = a_ij.x of samples a_ij multiplied by labels.
    """

    def __init__(
        self,
        backend: Backend,
        rows: NodeRows,
        targets: NodeTargets,
        counts: HostArray,
        loss: Loss,
        regulariser: SmoothTerm,
    ) -> None:
        """`counts` (rows,): the number of samples m_i of each local node, on the host."""
        self._backend = backend
        self._rows = rows
        self._targets = targets
        self._counts = counts
        self._loss = loss
        self._regulariser = regulariser

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """The gradients of f_i at the point, (rows, d): see `Oracle`."""
        if members is None:
            return self._gradients(self._rows, self._targets, point)
        return self._gradients(self._rows.select(members), self._selected(members), point)

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """The gradients of minibatches, (rows, d): see `Oracle`. A row whose batch is all samples has the bits that
        `gradients` gives, whatever batches the other rows have."""
        if batch.full:
            return self.gradients(point, members)
        nodes = np.arange(len(self._counts)) if members is None else members
        whole = self._is_whole(batch, nodes)
        if whole.all():
            return self.gradients(point, members)
        if not whole.any():
            return self._minibatch_gradients(point, batch.indices, batch.sizes, nodes)
        return self._mixed_gradients(point, batch, nodes, whole)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """The losses f_i at the point, (rows,): see `Oracle`."""
        targets = self._targets
        rows: Rows = self._rows
        if members is not None:
            rows, targets = self._rows.select(members), self._selected(members)
        return self._losses_from(self._loss_arguments(rows, targets, point), targets, point)

    def losses_and_gradients(self, point: Array) -> tuple[Array, Array]:
        """Losses (rows,) and gradients (rows, d) of all local nodes, from the same products with the samples."""
        t = self._loss_arguments(self._rows, self._targets, point)
        losses = self._losses_from(t, self._targets, point)
        return losses, self._gradients_from(t, self._rows, self._targets, point)

    def _losses_from(self, t: Array, targets: NodeTargets, point: Array) -> Array:
        xp = self._backend.xp
        means = xp.sum(self._loss.values(xp, t) * targets.weights, axis=1)
        return means + self._regulariser.value(xp, point) if self._regulariser.strength else means

    def _loss_arguments(self, rows: Rows, targets: NodeTargets, point: Array) -> Array:
        """The arguments t_ij of the loss, (rows, m), in an array of their own."""
        t = rows.products(point)
        if targets.values is not None:
            t -= targets.values
        return t

    def _gradients(self, rows: Rows, targets: NodeTargets, point: Array) -> Array:
        return self._gradients_from(self._loss_arguments(rows, targets, point), rows, targets, point)

    def _gradients_from(self, t: Array, rows: Rows, targets: NodeTargets, point: Array) -> Array:
        """The gradients, from the loss arguments t, which it overwrites."""
        result = rows.sums(self._loss.slopes(self._backend.xp, t, targets.weights))
        if self._regulariser.strength:
            result += self._regulariser.slopes(point)
        return result

    def _selected(self, members: HostArray) -> NodeTargets:
        """The targets of some nodes' samples, a row a member."""
        xp, indices = self._backend.xp, self._backend.to_device(members)
        weights, values = self._targets.weights, self._targets.values
        values = None if values is None else xp.take(values, indices, axis=0)
        return NodeTargets(xp.take(weights, indices, axis=0), values)

    def _minibatch_gradients(
        self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> Array:
        """The gradients of batches (rows, b); padding gets weight 0."""
        used = indices >= 0
        weights = self._backend.to_device(np.where(used, 1.0 / sizes[:, None], 0.0))
        places = np.where(used, indices, 0)
        rows = self._rows.gather(nodes, places)
        return self._gradients(rows, NodeTargets(weights, self._values_at(nodes, places)), point)

    def _values_at(self, nodes: HostArray, places: HostArray) -> Array | None:
        """The targets' values of samples `places` (rows, b), each row of its node."""
        values = self._targets.values
        if values is None:
            return None
        xp = self._backend.xp
        flat = self._backend.to_device((nodes[:, None] * values.shape[1] + places).ravel())
        return xp.reshape(xp.take(xp.reshape(values, (-1,)), flat, axis=0), places.shape)

    def _is_whole(self, batch: Batch, nodes: HostArray) -> HostArray:
        """Mask (rows,) of the batches that hold every sample of their node once; indices ascend, so in order."""
        counts = self._counts[nodes]
        places = np.arange(batch.indices.shape[1])
        in_order = (batch.indices == places) | (places >= counts[:, None])
        return np.asarray((batch.sizes == counts) & in_order.all(axis=1))

    def _mixed_gradients(self, point: Array, batch: Batch, nodes: HostArray, whole: HostArray) -> Array:
        """Full gradients for the rows in `whole`, minibatch gradients for the others."""
        backend = self._backend
        result = backend.xp.empty((len(nodes), point.shape[-1]), dtype=backend.real, device=backend.device)
        full, part = np.flatnonzero(whole), np.flatnonzero(~whole)
        fulls = self.gradients(self._points(point, full), nodes[full])
        parts = self._minibatch_gradients(
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
