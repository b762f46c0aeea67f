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
        found = [self.gradient_at(i, _at(point, row), None) for row, i in enumerate(self._nodes(members))]
        return self._stacked(found, (0, point.shape[-1]))

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it; a batch of all samples has the gradient's bits."""
        if batch.full:
            return self.gradients(point, members)
        found = []
        for row, i in enumerate(self._nodes(members)):
            drawn = batch.indices[row, : batch.sizes[row]]
            whole = len(drawn) == self._counts[i] and (drawn == np.arange(len(drawn))).all()
            found.append(self.gradient_at(i, _at(point, row), None if whole else drawn))
        return self._stacked(found, (0, point.shape[-1]))

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        found = [self.loss_at(i, _at(point, row)) for row, i in enumerate(self._nodes(members))]
        return self._stacked(found, (0,))

    def _nodes(self, members: HostArray | None) -> list[int]:
        return list(range(len(self._counts))) if members is None else [int(i) for i in members]

    def _stacked(self, found: list[Array], empty: tuple[int, ...]) -> Array:
        if found:
            return self.xp.stack(found)
        return self.xp.zeros(empty, dtype=self.backend.real, device=self.backend.device)


def _at(point: Array, row: int) -> Array:
    """The point of a row: a point (d,) is that of every row."""
    return point if point.ndim == 1 else point[row, :]
