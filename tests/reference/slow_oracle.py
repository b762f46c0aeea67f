"""Oracles of one node at a time, and how often they are asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from cablese.runtime.chance.batch import Batch
from cablese.runtime.problems.base import Problem
from slow_draws import HOST

Indices = tuple[int, ...]


class Samples:
    """A drawn minibatch of a node; a point of comparison by identity. `indices` None: all samples, at every node."""

    def __init__(self, indices: Indices | None) -> None:
        self.indices = indices


class CountingOracle:
    """Gradients and losses by node. A node that asks again, in this round or the next, at a point and batch that it still
    holds is not charged; points by identity."""

    def __init__(self, problem: Problem) -> None:
        self.samples = problem.samples
        self.calls = 0
        self._oracles = [problem.oracle(HOST, i, i + 1) for i in range(problem.n)]
        self._asked: dict[tuple[int, int, int], tuple[Any, Any, Any]] = {}
        self._before: dict[tuple[int, int, int], tuple[Any, Any, Any]] = {}

    def begin(self) -> None:
        """A round starts."""
        self._before, self._asked = self._asked, {}

    def gradient(self, node: int, point: Any, batch: Samples | None) -> Any:
        """grad f_i or F_i at a point (d,), perhaps on a batch."""
        indices = None if batch is None else batch.indices
        key = (node, id(point), 0 if indices is None else id(batch))
        if key in self._before:
            self._asked.setdefault(key, self._before[key])
        if key not in self._asked:
            self.calls += self.samples[node] if indices is None else len(indices)
            self._asked[key] = (point, batch, self._gradient(node, point, indices))
        return self._asked[key][2].copy()  # wherever it is bound, a new point

    def _gradient(self, node: int, point: Any, indices: Indices | None) -> Any:
        if indices is None:
            return self._oracles[node].gradients(point)[0]
        batch = Batch(np.asarray([indices], dtype=np.int64), np.asarray([len(indices)]), full=False)
        return self._oracles[node].batch_gradients(point, batch)[0]

    def loss(self, node: int, point: Any) -> Any:
        """f_i at a point (d,)."""
        return self._oracles[node].losses(point)[0]
