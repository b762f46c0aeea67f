"""Metrics of a point under a regulariser or set: gradient mapping, natural residual, distance to the set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.namespace import NUMPY
from ..arrays.pairwise import in_pieces
from ..problems.base import Problem
from ..regularisers.base import Regulariser

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

SLOPES = ("grad_norm2", "residual2", "grad_map2", "natural2")
"""Metrics of the mean gradient or operator: without psi, and with one."""


def slope_metric(problem: Problem) -> str:
    """The metric that is 0 at solutions alone: a gradient's norm means nothing at the border of a set."""
    game, free = problem.kind == "vi", problem.regulariser is None
    return SLOPES[game if free else 2 + game]


def norm2(vector: HostArray) -> float:
    """||v||^2."""
    return float(np.sum(vector * vector))


def distance2(one: HostArray, other: HostArray) -> float:
    """||v - w||^2 in double precision, in the bits of `norm2`, without an array of the difference."""
    return float(in_pieces(one.size, lambda part: np.sum(np.square(one[part] - other[part]))))


@dataclass(frozen=True)
class Optimality:
    """Metrics on the host of points (d,) of a problem with a regulariser psi."""

    problem: Problem
    psi: Regulariser

    @cached_property
    def _step(self) -> float:
        """gamma of the gradient mapping: 1/L, or 1 where the problem has no L; 1 for the natural residual."""
        largest = None if self.problem.kind == "vi" else self.problem.constant("L")
        return 1 / float(largest) if largest is not None and float(largest) > 0 and isfinite(largest) else 1.0

    def value(self, point: HostArray) -> float:
        """psi; outside of a set 0, as `outside2` tells."""
        return float(self.psi.values(NUMPY, point[None])[0])

    def slope(self, point: HostArray, mean: HostArray) -> float:
        """||x - prox(x - gamma F(x), gamma)||^2 / gamma^2 for the mean gradient or operator F(x)."""
        gamma = self._step
        there = self.psi.prox(NUMPY, (point - gamma * mean)[None], np.full((1, 1), gamma))[0]
        return norm2((point - there) / gamma)

    def outside(self, point: HostArray) -> dict[str, float]:
        """`outside2`, the squared distance to the set, where there is one."""
        if not self.psi.constrains:
            return {}
        return {"outside2": norm2(point - self.psi.projections(NUMPY, point[None])[0])}
