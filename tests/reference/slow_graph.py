"""Graphs and mixing weights for one node at a time, from their definitions."""

from __future__ import annotations

import math

import numpy as np
from cablese.dsl.check.program import Site
from slow_draws import Drawer, Moment, unit, words


class Network:
    """Who is next to whom, and what neighbours weigh: a graph by the name that `--graph` takes."""

    def __init__(self, text: str, n: int, seed: int) -> None:
        self.text, self.n, self.seed = text, n, seed
        self.turn(0)

    def turn(self, round: int) -> None:
        """Go to a round: `linked[i][j]` where j hears i in it, `w[i][j]` what i takes of j's."""
        text, n = self.text, self.n
        if text.startswith("erdos_renyi("):
            self.linked = _random(float(text[12:-1]), n, self.seed)
        elif text.startswith("directed_erdos_renyi("):
            self.linked = _random_arcs(float(text[21:-1]), n, self.seed)
        elif text == "random_peer":
            self.linked = _peers(n, self.seed, max(round, 0))
        else:
            self.linked = [
                [i != j and _linked(text, n, i, j, max(round, 0)) for j in range(n)] for i in range(n)
            ]
        w = np.asarray([[self._off_diagonal(i, j) for j in range(n)] for i in range(n)])
        for j in range(n):
            w[j, j] = 1 - sum(w[:, j].tolist())
        self.w = w

    def heard(self, i: int) -> list[int]:
        """Node i and those whom it hears, ascending."""
        return [j for j in range(self.n) if j == i or self.linked[j][i]]

    def hearers(self, i: int) -> list[int]:
        """Node i and those who hear it, ascending."""
        return [j for j in range(self.n) if j == i or self.linked[i][j]]

    def degree(self, i: int) -> int:
        """The number of nodes that hear node i."""
        return sum(self.linked[i])

    def constant(self, name: str) -> float:
        """`rho` or `norm_I_minus_W`."""
        eigenvalues = np.linalg.eigvalsh(self.w)
        if name == "norm_I_minus_W":
            return float(1 - eigenvalues[0]) if self.n > 1 else 0.0
        return float(1 - max(map(abs, eigenvalues[:-1].tolist()), default=0.0))

    def _off_diagonal(self, i: int, j: int) -> float:
        if not self.linked[j][i]:
            return 0.0
        pairs = [(a, b) for a in range(self.n) for b in range(self.n)]
        mutual = all(self.linked[a][b] == self.linked[b][a] for a, b in pairs)
        return 1 / (1 + (max(self.degree(i), self.degree(j)) if mutual else self.degree(j)))


def _linked(text: str, n: int, i: int, j: int, round: int) -> bool:
    match text:
        case "directed_ring":
            return (j - i) % n == 1
        case "one_peer_exponential":
            hops = [2**m for m in range(n) if 2**m < n]
            return (j - i) % n == hops[round % len(hops)]
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


def _random_arcs(p: float, n: int, seed: int) -> list[list[bool]]:
    """Arc by arc, (0, 1), (0, 2), …, (1, 0), …; drawn anew until every node reaches every other."""
    arcs = [(i, j) for i in range(n) for j in range(n) if i != j]
    for attempt in range(100):
        moment = Moment(seed, -1, (attempt,))
        drawn = words(Site("graph", "directed_erdos_renyi", 0), moment, Drawer(), len(arcs)) if arcs else []
        kept = {arc for arc, word in zip(arcs, drawn, strict=True) if unit(word) < p}
        linked = [[(i, j) in kept for j in range(n)] for i in range(n)]
        steps = np.linalg.matrix_power(np.asarray(linked, dtype=float) + np.eye(n), n)
        if np.all(steps > 0):
            return linked
    raise AssertionError("hopeless")


def _peers(n: int, seed: int, round: int) -> list[list[bool]]:
    """Each node's one receiver in a round: the u (n - 1)-th of the others, counted from the node on."""
    drawn = words(Site("graph", "random_peer", 0), Moment(seed, round), Drawer(), n)
    to = [(i + 1 + math.floor(unit(word) * (n - 1))) % n for i, word in enumerate(drawn)]
    return [[i != j and to[i] == j for j in range(n)] for i in range(n)]
