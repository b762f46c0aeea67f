"""Numbers of links of named graphs, by formula: the graph itself is made only where no formula tells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from . import errors

DEFAULT = "ring"
"""The graph of a method that names none."""

MOST_NODES = 20_000
"""Graphs of more nodes are not made to be counted."""


def _torus(n: int) -> int:
    """A side of two has the same neighbour on both sides."""
    sides = [a for a in range(2, math.isqrt(n) + 1) if n % a == 0]
    if not sides:
        raise errors.no_torus(n)
    return n * sum(1 if side == 2 else 2 for side in (sides[-1], n // sides[-1]))


def _one_each(n: int) -> int:
    """Each node sends to one other."""
    return n if n > 1 else 0


_LINKS: Mapping[str, Callable[[int], int]] = {
    "ring": lambda n: 2 * n if n > 2 else 2 * (n - 1),
    "torus": _torus,
    "complete": lambda n: n * (n - 1),
    "star": lambda n: 2 * (n - 1),
    "directed_ring": _one_each,
    "one_peer_exponential": _one_each,
    "random_peer": _one_each,
}


def links_of(text: str, n: int, seed: int) -> int:
    """Directed links, in a round, of the graph that a text names over n nodes. Raises SetupError where it cannot be told."""
    name = text.strip()
    if name in _LINKS:
        return _LINKS[name](n)
    if n > MOST_NODES:
        raise errors.not_counted(name, n, MOST_NODES)
    from .make import make_graph  # draws, with arrays

    graph = make_graph(name, n, seed)
    return sum(map(graph.degree, range(n)))
