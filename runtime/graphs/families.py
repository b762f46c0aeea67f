"""Named graphs: each a function of the number of nodes, and of the seed where it is random."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

import numpy as np

from ..arrays.numpy_backend import NumpyBackend
from ..chance.streams import ONE_ROW, Stream
from ..chance.uniforms import uniforms
from . import errors
from .graph import Edge, Graph, from_arcs, from_edges

TRIES = 100
"""Number of random graphs that are drawn before the search for a connected one ends."""

_ERDOS_RENYI = re.compile(r"((?:directed_)?erdos_renyi)\s*\((.*)\)\s*")


def ring(n: int) -> Graph:
    """A cycle: node i next to i - 1 and i + 1."""
    return from_edges("ring", n, ((i, (i + 1) % n) for i in range(n)))


def torus(n: int) -> Graph:
    """A grid of a x b nodes, row by row, closed at both ends; a is the largest factor up to sqrt(n). Raises UsageError."""
    factors = [a for a in range(2, math.isqrt(n) + 1) if n % a == 0]
    if not factors:
        raise errors.no_torus(n)
    rows = factors[-1]
    columns = n // rows
    return from_edges("torus", n, (edge for i in range(n) for edge in _onward(i, rows, columns)))


def _onward(node: int, rows: int, columns: int) -> tuple[Edge, Edge]:
    """The edges of a node to the right and down."""
    row, column = divmod(node, columns)
    right, down = row * columns + (column + 1) % columns, (row + 1) % rows * columns + column
    return (node, right), (node, down)


def complete(n: int) -> Graph:
    """All pairs of nodes are neighbours."""
    return Graph("complete", tuple(tuple(j for j in range(n) if j != i) for i in range(n)))


def star(n: int) -> Graph:
    """Node 0 next to all others."""
    return from_edges("star", n, ((0, i) for i in range(1, n)))


def directed_ring(n: int) -> Graph:
    """A cycle of one direction: node i sends to i + 1."""
    return from_arcs("directed_ring", n, [(i, (i + 1) % n) for i in range(n)])


FAMILIES: Mapping[str, Callable[[int], Graph]] = {
    "ring": ring,
    "torus": torus,
    "complete": complete,
    "star": star,
    "directed_ring": directed_ring,
}


def erdos_renyi(text: str, n: int, seed: int) -> Graph:
    """Each pair of nodes is an edge with probability p, each direction by itself of `directed_erdos_renyi`, drawn anew until
    the graph is connected. Raises SetupError."""
    name, p = _read(text)
    stream, host = Stream(seed, "graph", name, 0, "none"), NumpyBackend("float64", "float64")
    is_directed = name.startswith("directed")
    pairs = np.argwhere(~np.eye(n, dtype=bool)) if is_directed else np.stack(np.triu_indices(n, 1), axis=1)
    make = from_arcs if is_directed else from_edges
    for attempt in range(TRIES):
        words = stream.words(host, max(len(pairs), 1), -1, (attempt,), ONE_ROW)[0, : len(pairs)]
        kept = pairs[uniforms(host, words) < p]
        graph = make(f"{name}({p:g})", n, [(int(i), int(j)) for i, j in kept])
        if graph.apart() is None:
            return graph
    raise errors.never_connected(name, p, n, TRIES)


def is_erdos_renyi(text: str) -> bool:
    """True where a text is `erdos_renyi(…)` or `directed_erdos_renyi(…)`."""
    return _ERDOS_RENYI.fullmatch(text) is not None


def _read(text: str) -> tuple[str, float]:
    """The name and the p of `erdos_renyi(p)`. Raises UsageError."""
    found = _ERDOS_RENYI.fullmatch(text)
    assert found is not None
    try:
        p = float(found[2])
    except ValueError:
        raise errors.wrong_probability(found[1], found[2]) from None
    if not 0 < p <= 1:
        raise errors.wrong_probability(found[1], found[2])
    return found[1], p
