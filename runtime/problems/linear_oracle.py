"""Oracles of linear models: loss of a product plus regulariser, for the nodes of one rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from .base import Compiled
from .batched_oracle import BatchedOracle
from .losses import Loss, largest_exponent
from .rows import CompiledRows, NodeRows, Rows
from .smooth_terms import SmoothTerm

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_ENTRIES = 1 << 22  # of samples in minibatches that are multiplied at a time


@record
class NodeTargets:
    """Weights w_ij = 1/m_i of the samples and their targets, the values y_ij: (rows, m) each, m the largest m_i, 0 for
    padding. No values where the loss is signed: the samples were multiplied by them."""

    weights: Array
    values: Array | None


class LinearOracle(BatchedOracle):
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
        super().__init__(backend, counts)
        self.rows = rows
        self.targets = targets
        self.loss = loss
        self._regulariser = regulariser

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """The gradients of f_i at the point, (rows, d): see `Oracle`."""
        if members is None:
            return self._gradients(self.rows, self.targets, point)
        return self._gradients(self.rows.select(members), self.selected(members), point)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """The losses f_i at the point, (rows,): see `Oracle`."""
        targets = self.targets
        rows: Rows = self.rows
        if members is not None:
            rows, targets = self.rows.select(members), self.selected(members)
        return self._losses_from(self._loss_arguments(rows, targets, point), targets, point)

    def losses_and_gradients(self, point: Array) -> tuple[Array, Array]:
        """Losses (rows,) and gradients (rows, d) of all local nodes, from the same products with the samples."""
        t = self._loss_arguments(self.rows, self.targets, point)
        losses = self._losses_from(t, self.targets, point)
        return losses, self._gradients_from(t, self.rows, self.targets, point)

    def _losses_from(self, t: Array, targets: NodeTargets, point: Array) -> Array:
        xp = self._backend.xp
        means = xp.sum(self.loss.values(xp, t) * targets.weights, axis=1)
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
        result = rows.sums(self.loss.slopes(self._backend.xp, t, targets.weights))
        if self._regulariser.strength:
            result += self._regulariser.slopes(point)
        return result

    def compiled(self) -> Compiled | None:
        """As `CompiledOracle` has it, of rows with a form where compiled code has NumPy's exp.

        `sides` of the functions: targets, weights, the loop of exp, the places of loss and term among their names,
        the term's strength and the largest exponent.
        """
        from ..arrays.numba_linear import SLOPES, TERMS
        from ..arrays.ufunc_loops import exp_loop

        if not len(self.counts):
            return Compiled("no_gradient", (), by_entry=False)
        loop, rows = exp_loop(), self.rows.compiled() if isinstance(self.rows, CompiledRows) else None
        if loop is None or rows is None:
            return None
        loss, term, weights = self.loss, self._regulariser, self.targets.weights
        targets = np.zeros((0, 0)) if self.targets.values is None else self.targets.values
        kinds = np.array([SLOPES.index(loss.name), TERMS.index(term.name) if term.strength else 0])
        numbers = np.array([term.strength, largest_exponent(np, np.dtype(np.float64))])
        return rows.given((targets, weights, loop, kinds, numbers))

    def selected(self, members: HostArray) -> NodeTargets:
        """The targets of some nodes' samples, a row a member."""
        xp, indices = self._backend.xp, self._backend.to_device(members)
        weights, values = self.targets.weights, self.targets.values
        values = None if values is None else xp.take(values, indices, axis=0)
        return NodeTargets(xp.take(weights, indices, axis=0), values)

    def minibatch_gradients(
        self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> Array:
        """As `BatchedOracle` has it; of many samples some rows at a time."""
        step = max(1, _ENTRIES // max(1, indices.shape[1] * point.shape[-1]))
        if len(nodes) <= step:
            return self._of_batches(point, indices, sizes, nodes)
        backend = self._backend
        result = backend.xp.empty((len(nodes), point.shape[-1]), dtype=backend.real, device=backend.device)
        for first in range(0, len(nodes), step):
            some = slice(first, min(first + step, len(nodes)))
            own = point if point.ndim == 1 else point[some, :]
            result[some, :] = self._of_batches(own, indices[some], sizes[some], nodes[some])
        return result

    def _of_batches(self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray) -> Array:
        rows, targets, _ = self.gathered(indices, sizes, nodes)
        return self._gradients(rows, targets, point)

    def gathered(
        self, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> tuple[Rows, NodeTargets, HostArray]:
        """The samples of batches (rows, b), their weights and targets, and their places (rows, b); padding gets weight 0."""
        used = indices >= 0
        weights = self._backend.to_device(np.where(used, 1.0 / sizes[:, None], 0.0))
        places = np.where(used, indices, 0)
        return self.rows.gather(nodes, places), NodeTargets(weights, self._values_at(nodes, places)), places

    def _values_at(self, nodes: HostArray, places: HostArray) -> Array | None:
        """The targets' values of samples `places` (rows, b), each row of its node."""
        values = self.targets.values
        if values is None:
            return None
        xp = self._backend.xp
        flat = self._backend.to_device((nodes[:, None] * values.shape[1] + places).ravel())
        return xp.reshape(xp.take(xp.reshape(values, (-1,)), flat, axis=0), places.shape)
