"""Graphs and mixing weights for one node at a time, from their definitions."""

from __future__ import annotations

import math

import numpy as np
from cablese.dsl.check.program import Site
from slow_draws import Drawer, Moment, unit, words


class Network:
    """Who is next to whom, and what neighbours weigh: a graph by the name that `--graph` takes."""

    def __init__(self, text: str, n: int, seed: int) -> None:
        self.n = n
        self.linked = [[i != j and _linked(text, n, i, j) for j in range(n)] for i in range(n)]
        if text.startswith("erdos_renyi("):
            self.linked = _random(float(text[12:-1]), n, seed)
        w = np.asarray([[self._off_diagonal(i, j) for j in range(n)] for i in range(n)])
        for i in range(n):
            w[i, i] = 1 - sum(w[i].tolist())
        self.w = w

    def near(self, i: int) -> list[int]:
        """Node i and its neighbours, ascending."""
        return [j for j in range(self.n) if j == i or self.linked[i][j]]

    def degree(self, i: int) -> int:
        """How many neighbours."""
        return sum(self.linked[i])

    def constant(self, name: str) -> float:
        """`rho` or `norm_I_minus_W`."""
        eigenvalues = np.linalg.eigvalsh(self.w)
        if name == "norm_I_minus_W":
            return float(1 - eigenvalues[0]) if self.n > 1 else 0.0
        return float(1 - max(map(abs, eigenvalues[:-1].tolist()), default=0.0))

    def _off_diagonal(self, i: int, j: int) -> float:
        return 1 / (1 + max(self.degree(i), self.degree(j))) if self.linked[i][j] else 0.0


def _linked(text: str, n: int, i: int, j: int) -> bool:
    match text:
        case "ring":
            return (i - j) % n in (1, n - 1)
        case "complete":
            return True
        case "star":
            return 0 in (i, j)
        case "torus":
            rows = next(a for a in range(math.isqrt(n), 1, -1) if n % a == 0)
            columns = n // rows
            across = (i % columns - j % columns) % columns in (
                1,
                columns - 1,
            ) and i // columns == j // columns
            along = (i // columns - j // columns) % rows in (1, rows - 1) and i % columns == j % columns
            return across or along
        case _:
            return False


def _random(p: float, n: int, seed: int) -> list[list[bool]]:
    """Pair by pair, (0, 1), (0, 2), …; drawn anew until every node is reached from node 0."""
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    for attempt in range(100):
        moment = Moment(seed, -1, (attempt,))
        drawn = words(Site("graph", "erdos_renyi", 0), moment, Drawer(), len(pairs)) if pairs else []
        kept = {pair for pair, word in zip(pairs, drawn, strict=True) if unit(word) < p}
        linked = [[(min(i, j), max(i, j)) in kept for j in range(n)] for i in range(n)]
        reached = {0}
        for _ in range(n):
            reached |= {j for i in reached for j in range(n) if linked[i][j]}
        if len(reached) == n:
            return linked
    raise AssertionError("hopeless")
