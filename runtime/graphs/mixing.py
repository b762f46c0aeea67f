"""The weights of a graph, and the constants of its mixing matrix W."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .graph import Graph

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class Mixing:
    """W, whose columns sum up to 1: w_ij is the part of node j's value that i takes.

    Off the diagonal it is as the graph gives it; else, without directions, 1 / (1 + max(deg_i, deg_j)) (Metropolis et al.
    1953; Xiao, Boyd 2004), so that W is symmetric and doubly stochastic, and with them 1 / (1 + deg_j), deg_j the number of
    those who hear j. A node keeps the rest of its column.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self.graph.n

    def row(self, node: int) -> list[tuple[int, float]]:
        """The node and those whom it hears, ascending j, each with w_ij."""
        weights = {j: self._weight(node, j) for j in self.graph.neighbours[node]}
        weights[node] = 1 - sum(self._weight(j, node) for j in self.graph.heard_by[node])
        return sorted(weights.items())

    def _weight(self, i: int, j: int) -> float:
        graph = self.graph
        own = graph.degree(j)
        return graph.weights.get((i, j)) or 1 / (
            1 + (own if graph.is_directed else max(graph.degree(i), own))
        )

    @property
    def matrix(self) -> HostArray:
        """W, (n, n)."""
        out = np.zeros((self.n, self.n))
        for node in range(self.n):
            for j, weight in self.row(node):
                out[node, j] = weight
        return out

    def turn(self, round: int) -> None:
        """Go to a round: a graph that stays has no other weights there."""

    @cached_property
    def _eigenvalues(self) -> HostArray:
        """Eigenvalues of a symmetric W, ascending; the last is 1."""
        found: HostArray = np.linalg.eigvalsh(self.matrix)
        return found

    @property
    def rho(self) -> float:
        """The spectral gap 1 - |lambda_2|, with lambda_2 the eigenvalue second in size; 1 for a single node."""
        others = self._eigenvalues[:-1]
        return 1.0 - (float(np.max(np.abs(others))) if len(others) else 0.0)

    @property
    def norm_I_minus_W(self) -> float:
        """The spectral norm of I - W: 1 - lambda_n."""
        return 1.0 - float(self._eigenvalues[0]) if self.n > 1 else 0.0
