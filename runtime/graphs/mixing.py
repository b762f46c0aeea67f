"""The weights of a graph, of Metropolis and Hastings unless they are given, and the constants of its mixing matrix W."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .graph import Graph

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class Mixing:
    """W with w_ij as the graph gives it, or else 1 / (1 + max(deg_i, deg_j)), and a diagonal that makes rows sum up to 1.

    Symmetric and doubly stochastic (Metropolis et al. 1953; Xiao, Boyd 2004).
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self.graph.n

    def row(self, node: int) -> list[tuple[int, float]]:
        """The node and its neighbours j, ascending, each with w_ij."""
        graph = self.graph
        weights = {j: graph.weights.get((node, j)) or self._usual(node, j) for j in graph.neighbours[node]}
        weights[node] = 1 - sum(weights.values())
        return sorted(weights.items())

    def _usual(self, i: int, j: int) -> float:
        return 1 / (1 + max(self.graph.degree(i), self.graph.degree(j)))

    @cached_property
    def matrix(self) -> HostArray:
        """W, (n, n)."""
        out = np.zeros((self.n, self.n))
        for node in range(self.n):
            for j, weight in self.row(node):
                out[node, j] = weight
        return out

    @cached_property
    def _eigenvalues(self) -> HostArray:
        """Eigenvalues of W, ascending; the last is 1."""
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
