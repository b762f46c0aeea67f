"""Oracles that are asked node by node, in a loop: a row's bits are made of its own node's data alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class NodewiseOracle(ABC):
    """An `Oracle` of nodes with `counts` (rows,) samples; subclasses say what one node's loss and gradient are."""

    def __init__(self, backend: Backend, counts: list[int]) -> None:
        self.backend, self.xp = backend, backend.xp
        self._counts = counts

    @abstractmethod
    def loss_at(self, node: int, point: Array) -> Array:
        """f_i at a point (d,), an array of no axes."""

    @abstractmethod
    def gradient_at(self, node: int, point: Array, drawn: HostArray | None) -> Array:
        """The gradient (d,) at a point (d,): of all the node's samples for None, or of the drawn ones."""

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        nodes = self._nodes(members)
        found = self._room(len(nodes), point)
        for row, i in enumerate(nodes):
            found[row, ...] = self.gradient_at(i, _at(point, row), None)
        return found

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it; a batch of all samples has the gradient's bits."""
        if batch.full:
            return self.gradients(point, members)
        nodes = self._nodes(members)
        found = self._room(len(nodes), point)
        for row, i in enumerate(nodes):
            drawn = batch.indices[row, : batch.sizes[row]]
            whole = len(drawn) == self._counts[i] and (drawn == np.arange(len(drawn))).all()
            found[row, ...] = self.gradient_at(i, _at(point, row), None if whole else drawn)
        return found

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        return self._stacked([self.loss_at(i, _at(point, row)) for row, i in enumerate(self._nodes(members))])

    def _nodes(self, members: HostArray | None) -> list[int]:
        return list(range(len(self._counts))) if members is None else [int(i) for i in members]

    def _room(self, rows: int, point: Array) -> Array:
        """An array (rows, d) for gradients."""
        return self.xp.empty((rows, point.shape[-1]), dtype=self.backend.real, device=self.backend.device)

    def _stacked(self, losses: list[Array]) -> Array:
        if losses:
            return self.xp.stack(losses)
        return self.xp.zeros((0,), dtype=self.backend.real, device=self.backend.device)


def _at(point: Array, row: int) -> Array:
    """The point of a row: a point (d,) is that of every row."""
    return point if point.ndim == 1 else point[row, :]
