"""The ground of transcriptions: least squares in plain NumPy, the draws of a run, compressors without chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from cablese.dsl.check.contracts import Class
from cablese.dsl.check.program import Site
from cablese.runtime.compressors.ready import Floats, ReadyMade
from numpy.typing import NDArray
from slow_draws import Drawer, Moment, each, minibatch, number, some, words

Vector = NDArray[np.float64]
Map = Callable[[Vector], Vector]
Path = Iterator[Vector]
NODES, DATA = 4, 'least_squares(data = "diabetes", scale = "columns", l2 = 0.1)'


@dataclass(frozen=True)
class Compressor:
    """A map as a spec names it, and as NumPy computes it."""

    text: str
    of: Map

    def __str__(self) -> str:
        return self.text

    def __call__(self, v: Vector) -> Vector:
        return self.of(v)


def uneven(v: Vector) -> Vector:
    """Entries above the mean magnitude grow by a quarter, the others are halved."""
    return np.where(np.abs(v) >= np.mean(np.abs(v)), 1.25 * v, 0.5 * v)


def top(k: int) -> Map:
    """The k entries of largest magnitude; of equal ones the first."""

    def compress(v: Vector) -> Vector:
        kept = sorted(range(len(v)), key=lambda j: (-abs(v[j]), j))[:k]
        return np.where(np.isin(np.arange(len(v)), kept), v, 0.0)

    return compress


def signs(v: Vector) -> Vector:
    """Signs times the mean magnitude; that of 0 is 1."""
    return np.where(v < 0, -1.0, 1.0) * np.mean(np.abs(v))


class Uneven(ReadyMade):
    """`uneven`, which says that it is unbiased, so that methods that ask for this can be followed without chance."""

    name, doc, kind, sends = "uneven", "for transcriptions", Class.UNBIASED, Floats()

    def omega(self, d: int) -> float:
        """Half, say."""
        return 0.5

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        """Row by row."""
        large = xp.abs(vectors) >= xp.mean(xp.abs(vectors), axis=1, keepdims=True)
        return xp.where(large, 1.25 * vectors, 0.5 * vectors)


UNEVEN, TOP, SIGNS = (
    Compressor("uneven()", uneven),
    Compressor("top_k(k = 3)", top(3)),
    Compressor("scaled_sign()", signs),
)


class World:
    """f_i(x) = |A_i x - y_i|^2 / (2 m_i) + l2 / 2 |x|^2 of each node, and what a run with seed 0 draws."""

    l2 = 0.1

    def __init__(self, nodes: int = NODES) -> None:
        from sklearn.datasets import load_diabetes

        data, target = load_diabetes(return_X_y=True)
        data = data / np.sqrt(np.mean(data**2, axis=0))
        self.rows, self.targets = np.array_split(data, nodes), np.array_split(target, nodes)
        self.n, self.d = nodes, data.shape[1]
        self.nodes, self.zero = range(nodes), np.zeros(data.shape[1])
        self.samples = tuple(map(len, self.targets))

    def zeros(self) -> list[Vector]:
        """A zero vector for each node."""
        return [self.zero] * self.n

    def grad(self, i: int, x: Vector, batch: Sequence[int] | None = None) -> Vector:
        """The gradient at node i, of all its samples or a batch's."""
        a, y = self.rows[i], self.targets[i]
        if batch is not None:
            a, y = a[list(batch)], y[list(batch)]
        return np.asarray(a.T @ (a @ x - y) / len(y) + self.l2 * x)

    def full(self, x: Vector) -> Vector:
        """The gradient of f."""
        return mean([self.grad(i, x) for i in self.nodes])

    def loss(self, x: Vector) -> float:
        """f(x)."""
        errors = [np.mean((a @ x - y) ** 2) / 2 for a, y in zip(self.rows, self.targets, strict=True)]
        return float(np.mean(errors) + self.l2 / 2 * x @ x)

    def batch(self, name: str, k: int, i: int, b: int, *counters: int) -> Sequence[int] | None:
        """A minibatch of node i in round k, -1 for that of `init`."""
        return minibatch(Site("event", name, 0), Moment(0, k, counters), Drawer(i), self.samples, b)

    def coin(self, name: str, k: int, p: float, i: int | None = None) -> bool:
        """One coin for all in round k, or node i's own."""
        return bool(number("bernoulli", Site("event", name, 0), Moment(0, k), Drawer(i), [p]))

    def set_of(self, name: str, k: int, r: int) -> list[int]:
        """r different nodes, drawn in round k."""
        return [i for i, _ in some(Site("event", name, 0), Moment(0, k), self.n, r).pairs]

    def coins(self, name: str, k: int, q: float) -> list[int]:
        """The nodes whose coins fall in round k."""
        return [i for i, _ in each(Site("event", name, 0), Moment(0, k), [q] * self.n).pairs]

    def shuffled(self, name: str, k: int) -> list[int]:
        """All nodes in the order in which round k deals them into buckets."""
        keys = [
            words(Site("event", name, 0 if k < 0 else 1), Moment(0, k), Drawer(i), 1)[0] for i in self.nodes
        ]
        return sorted(self.nodes, key=lambda i: keys[i])

    def dealt(self, name: str, k: int, s: int, among: int = 0) -> NDArray[np.bool_]:
        """(n or among, d): which of the nodes got which coordinate in round k, each coordinate s of them."""
        n = among or self.n
        drawn = np.asarray(words(Site("compressor", name, 0), Moment(0, k), Drawer(), self.d + n))
        places, seats = np.argsort(drawn[: self.d]), np.argsort(drawn[self.d :])
        return np.asarray([[(seat - place * s) % n < s for place in places] for seat in seats])

    def uniform(self, name: str, k: int) -> float:
        """A number from 0 to 1 for all in round k."""
        return float(number("uniform", Site("event", name, 0), Moment(0, k), Drawer(), [0, 1]))


def mean(vectors: Sequence[Vector]) -> Vector:
    """Added one by one, then divided."""
    return np.asarray(sum(vectors[1:], start=vectors[0]) / len(vectors))
