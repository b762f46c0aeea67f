"""Oracles of linear models: loss of a product plus regulariser, for the nodes of one rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from .losses import Loss
from .regularisers import Regulariser
from .rows import NodeRows, Rows

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@dataclass(frozen=True, slots=True)
class NodeTargets:
    """Weights 1/m_i and targets y_ij of the samples, (rows, m) each, 0 for padding; no targets where the samples were
    multiplied by them."""

    weights: Array
    targets: Array | None


class LinearOracle:
    """Implements `Oracle` for f_i = sum_j w_ij l(t_ij) + r(x), t_ij = a_ij.x (signed) or a_ij.x - y_ij."""

    def __init__(
        self,
        backend: Backend,
        rows: NodeRows,
        sides: NodeTargets,
        samples: HostArray,
        loss: Loss,
        regulariser: Regulariser,
    ) -> None:
        """`samples` (rows,): each local node's m_i, on the host."""
        self._backend = backend
        self._rows = rows
        self._sides = sides
        self._samples = samples
        self._loss = loss
        self._regulariser = regulariser

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        if members is None:
            return self._slopes(self._rows, self._sides, point)
        return self._slopes(self._rows.select(members), self._selected(members), point)

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it. A batch of all samples gives the gradient's bits, whatever others draw."""
        if batch.full:
            return self.gradients(point, members)
        nodes = np.arange(len(self._samples)) if members is None else members
        whole = self._whole(batch, nodes)
        if whole.all():
            return self.gradients(point, members)
        if not whole.any():
            return self._partial(point, batch.indices, batch.sizes, nodes)
        return self._mixed(point, batch, nodes, whole)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        sides = self._sides
        rows: Rows = self._rows
        if members is not None:
            rows, sides = self._rows.select(members), self._selected(members)
        return self._losses(sides, self._arguments(rows, sides, point), point)

    def losses_and_gradients(self, point: Array) -> tuple[Array, Array]:
        """As `JointOracle` has it: the products with the samples serve both."""
        t = self._arguments(self._rows, self._sides, point)
        losses = self._losses(self._sides, t, point)
        return losses, self._gradients(self._rows, self._sides, t, point)

    def _losses(self, sides: NodeTargets, t: Array, point: Array) -> Array:
        xp = self._backend.xp
        means = xp.sum(self._loss.values(xp, t) * sides.weights, axis=1)
        return means + self._regulariser.value(xp, point) if self._regulariser.strength else means

    def _arguments(self, rows: Rows, sides: NodeTargets, point: Array) -> Array:
        """t (rows, m), new."""
        t = rows.products(point)
        if sides.targets is not None:
            t -= sides.targets
        return t

    def _slopes(self, rows: Rows, sides: NodeTargets, point: Array) -> Array:
        return self._gradients(rows, sides, self._arguments(rows, sides, point), point)

    def _gradients(self, rows: Rows, sides: NodeTargets, t: Array, point: Array) -> Array:
        """The gradients from the products t, which it overwrites."""
        result = rows.sums(self._loss.slopes(self._backend.xp, t, sides.weights))
        if self._regulariser.strength:
            result += self._regulariser.slopes(point)
        return result

    def _selected(self, members: HostArray) -> NodeTargets:
        xp, indices = self._backend.xp, self._backend.to_device(members)
        sides = self._sides
        targets = None if sides.targets is None else xp.take(sides.targets, indices, axis=0)
        return NodeTargets(xp.take(sides.weights, indices, axis=0), targets)

    def _partial(self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray) -> Array:
        """Batches (rows, b) of which none is all samples; padding gets weight 0."""
        used = indices >= 0
        weights = self._backend.to_device(np.where(used, 1.0 / sizes[:, None], 0.0))
        places = np.where(used, indices, 0)
        rows = self._rows.gather(nodes, places)
        return self._slopes(rows, NodeTargets(weights, self._gathered_targets(nodes, places)), point)

    def _gathered_targets(self, nodes: HostArray, places: HostArray) -> Array | None:
        targets = self._sides.targets
        if targets is None:
            return None
        xp = self._backend.xp
        flat = self._backend.to_device((nodes[:, None] * targets.shape[1] + places).ravel())
        return xp.reshape(xp.take(xp.reshape(targets, (-1,)), flat, axis=0), places.shape)

    def _whole(self, batch: Batch, nodes: HostArray) -> HostArray:
        """The rows that hold every sample of their node once."""
        samples = self._samples[nodes]
        places = np.arange(batch.indices.shape[1])
        in_order = (batch.indices == places) | (places >= samples[:, None])
        return np.asarray((batch.sizes == samples) & in_order.all(axis=1))

    def _mixed(self, point: Array, batch: Batch, nodes: HostArray, whole: HostArray) -> Array:
        """Full gradients for the rows in `whole`, minibatch gradients for the others."""
        backend = self._backend
        result = backend.xp.empty((len(nodes), point.shape[-1]), dtype=backend.real, device=backend.device)
        full, part = np.flatnonzero(whole), np.flatnonzero(~whole)
        fulls = self.gradients(self._points(point, full), nodes[full])
        parts = self._partial(self._points(point, part), batch.indices[part], batch.sizes[part], nodes[part])
        for places, gradients in ((full, fulls), (part, parts)):
            backend.put_rows(result, backend.to_device(places), gradients)
        return result

    def _points(self, point: Array, places: HostArray) -> Array:
        """The points of some rows."""
        if point.ndim == 1:
            return point
        return self._backend.xp.take(point, self._backend.to_device(places), axis=0)
