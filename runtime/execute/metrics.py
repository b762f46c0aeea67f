"""Metrics of a point: over all nodes, summed in node order at rank 0, through the side channel that is not counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.generic import ordered_sum
from ..problems.base import Oracle, Problem, Solution
from ..transports.base import Transport

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures points (d,) of a problem."""

    problem: Problem
    oracle: Oracle
    backend: Backend
    transport: Transport
    solution: Solution | None

    def measure(self, point: HostArray) -> dict[str, float]:
        """At rank 0: `loss` = f, `grad_norm2` = ||grad f||^2 (`residual2` = ||F||^2 for a vi), `f_gap` and `dist2` where
        the solution is known. Every rank must call it, with the same point; others than 0 get nothing."""
        here = self.backend.to_device(point)
        mean = self._mean(self.oracle.gradients(here))
        if self.problem.kind == "vi":
            return {} if mean is None else {"residual2": _norm2(mean)} | self._distance(point)
        loss = self._mean(self.oracle.losses(here))
        if mean is None or loss is None:
            return {}
        return (
            {"loss": float(loss), "grad_norm2": _norm2(mean)} | self._gap(float(loss)) | self._distance(point)
        )

    def _mean(self, rows: Array) -> Any:
        """Mean over all nodes at rank 0."""
        gathered = self.transport.collect(self.backend.to_host(rows).astype(np.float64), self.problem.n)
        return None if gathered is None else ordered_sum(np, gathered) / self.problem.n

    def _gap(self, loss: float) -> dict[str, float]:
        return {} if self.solution is None else {"f_gap": loss - self.solution.value}

    def _distance(self, point: HostArray) -> dict[str, float]:
        return {} if self.solution is None else {"dist2": _norm2(point - self.solution.point)}


def _norm2(vector: HostArray) -> float:
    return float(np.sum(vector * vector))


class Averager:
    """The running average of an output over points 0 .. K-1 (a state) or the ends of rounds 0 .. K-1 (others)."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._sum: Array | None = None
        self._weight = 0.0

    def add(self, value: Array, weight: float = 1.0) -> None:
        """One more value, of any weight."""
        term = value if weight == 1.0 else weight * value
        if self._sum is None:
            self._sum = self.backend.xp.asarray(term, copy=True)
        else:
            self._sum += term
        self._weight += weight

    def mean(self) -> Array | None:
        """The average so far, None before the first value."""
        return None if self._sum is None else self._sum / self._weight
