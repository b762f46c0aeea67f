"""Graphs that are another one in each round: cycles of graphs, and graphs drawn from the run's seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.numpy_backend import NumpyBackend
from ..chance.streams import ONE_ROW, Stream
from ..chance.uniforms import uniforms
from .graph import Graph, from_arcs
from .mixing import Mixing

T = TypeVar("T")

KEPT = 64
"""Graphs of other rounds that are kept, with what was made for them."""


@record
class GraphsByRound:
    """The graph of each round; in rounds of one `phase` it is the same."""

    name: str
    n: int
    phase: Callable[[int], int]
    at_phase: Callable[[int], Graph]


class ChangingMixing(Mixing):
    """The weights of the round that is on, of graphs that change."""

    def __init__(self, graphs: GraphsByRound) -> None:
        super().__init__(graphs.at_phase(graphs.phase(0)))
        self._graphs, self.phase = graphs, graphs.phase(0)
        self._kept = lru_cache(KEPT)(graphs.at_phase)

    def turn(self, round: int) -> None:
        """Go to a round; `init` has the graph of round 0."""
        self.phase = self._graphs.phase(max(round, 0))
        self.graph = self._kept(self.phase)

    def by_graph(self, make: Callable[[Graph], T]) -> Callable[[], T]:
        """A function that gives the thing made of the graph of the round that is on; each is made once while it is kept."""
        kept = lru_cache(KEPT)(lambda phase: make(self.graph))
        return lambda: kept(self.phase)


def one_peer_exponential(n: int, seed: int) -> GraphsByRound:
    """In round k each node i sends to node i + 2^(k mod m) alone, m hops that stay below n (Assran et al. 2019)."""
    hops = max(1, (n - 1).bit_length())

    def at_phase(phase: int) -> Graph:
        return from_arcs("one_peer_exponential", n, [(i, (i + 2**phase) % n) for i in range(n)])

    return GraphsByRound("one_peer_exponential", n, lambda k: k % hops, at_phase)


def random_peer(n: int, seed: int) -> GraphsByRound:
    """In each round each node sends to one other, drawn uniformly (Kempe, Dobra, Gehrke 2003)."""
    stream, host = Stream(seed, "graph", "random_peer", 0, "none"), NumpyBackend("float64", "float64")

    def at_phase(k: int) -> Graph:
        words = stream.words(host, n, k, (), ONE_ROW)[0]
        steps = 1 + np.floor(uniforms(host, words) * (n - 1)).astype(np.int64) if n > 1 else [0]
        return from_arcs("random_peer", n, [(i, (i + int(step)) % n) for i, step in enumerate(steps)])

    return GraphsByRound("random_peer", n, lambda k: k, at_phase)


CHANGING = {"one_peer_exponential": one_peer_exponential, "random_peer": random_peer}
"""Families of graphs that change, by name; each a function of the number of nodes and of the seed."""
