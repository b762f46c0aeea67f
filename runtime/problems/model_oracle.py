"""Oracles of models with matrices for parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from .models import Model, Outcome, Samples
from .nodewise import NodewiseOracle

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@record
class NodeData:
    """The samples (m, features) of one node and their targets (m, outputs)."""

    samples: Samples
    targets: Array


class ModelOracle(NodewiseOracle):
    """Losses and gradients of f_i(x) = 1/m_i sum_j l(model(x, a_ij), y_ij) + l2/2 ||x||^2."""

    def __init__(
        self, backend: Backend, nodes: Sequence[NodeData], model: Model, outcome: Outcome, l2: float
    ) -> None:
        super().__init__(backend, [data.targets.shape[0] for data in nodes])
        self._data, self._model, self._outcome, self._l2 = nodes, model, outcome, l2

    def loss_at(self, node: int, point: Array) -> Array:
        """As `NodewiseOracle` has it."""
        data = self._data[node]
        return self._loss(point, self._model.scores(self.xp, point, data.samples), data)

    def gradient_at(self, node: int, point: Array, drawn: HostArray | None) -> Array:
        """As `NodewiseOracle` has it."""
        data = self._data[node] if drawn is None else self._drawn(self._data[node], drawn)
        scores, kept = self._model.scores_and_pull(self.xp, point, data.samples)
        return self._gradient(point, scores, kept, data)

    def losses_and_gradients(self, point: Array) -> tuple[Array, Array]:
        """As `JointOracle` has it, from the same scores."""
        losses, gradients = [], self._room(len(self._data), point)
        for node, data in enumerate(self._data):
            scores, kept = self._model.scores_and_pull(self.xp, point, data.samples)
            losses.append(self._loss(point, scores, data))
            gradients[node, ...] = self._gradient(point, scores, kept, data)
        return self._stacked(losses), gradients

    def _drawn(self, data: NodeData, drawn: HostArray) -> NodeData:
        places = self.backend.to_device(drawn)
        targets = self.xp.take(data.targets, places, axis=0)
        if hasattr(data.samples, "indptr"):
            return NodeData(data.samples[drawn], targets)
        return NodeData(self.xp.take(data.samples, places, axis=0), targets)

    def _gradient(self, point: Array, scores: Array, kept: Any, data: NodeData) -> Array:
        slopes = self._outcome.slopes(self.xp, scores, data.targets) / data.targets.shape[0]
        found = self._model.pull(self.xp, point, data.samples, kept, slopes)
        return found + self._l2 * point if self._l2 else found

    def _loss(self, point: Array, scores: Array, data: NodeData) -> Array:
        mean = self.xp.mean(self._outcome.values(self.xp, scores, data.targets))
        return mean + 0.5 * self._l2 * self.xp.sum(point * point) if self._l2 else mean
