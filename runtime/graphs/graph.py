"""A graph of nodes 0 .. n - 1 as lists of neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from cablese.dsl.text.records import record

Edge = tuple[int, int]
Lists = tuple[tuple[int, ...], ...]


@record
class Graph:
    """A graph without loops: node i hears `neighbours[i]`, ascending, i not among them; `name` as a user would type it.

    `receivers[i]` hear i, where the graph has directions; without them a node hears those who hear it. `weights`, where they
    are given, are those of the edges: (i, j) for the part that i takes of j's values.
    """

    name: str
    neighbours: Lists
    weights: Mapping[Edge, float] = field(default_factory=dict)
    receivers: Lists | None = None

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.neighbours)

    @property
    def is_directed(self) -> bool:
        """True where some node hears another that does not hear it."""
        return self.receivers is not None

    @property
    def heard_by(self) -> Lists:
        """The nodes that hear each node, ascending."""
        return self.neighbours if self.receivers is None else self.receivers

    def degree(self, node: int) -> int:
        """Number of nodes that hear a node."""
        return len(self.heard_by[node])

    def around(self, first: int, last: int) -> tuple[int, ...]:
        """Nodes that nodes first .. last - 1 hear and that are none of them, ascending."""
        near = {j for node in range(first, last) for j in self.neighbours[node]}
        return tuple(sorted(near.difference(range(first, last))))

    def apart(self) -> tuple[int, int] | None:
        """Two nodes without a path from the first to the second, one of them node 0; None where the graph is connected, both
        ways."""
        for onward, pair in (
            (self.heard_by, lambda node: (0, node)),
            (self.neighbours, lambda node: (node, 0)),
        ):
            reached = _reached(0, onward)
            missing = [node for node in range(self.n) if node not in reached]
            if missing:
                return pair(missing[0])
        return None


def _reached(start: int, onward: Lists) -> set[int]:
    reached, waiting = {start}, [start]
    while waiting:
        new = [j for j in onward[waiting.pop()] if j not in reached]
        reached.update(new)
        waiting.extend(new)
    return reached


def from_edges(
    name: str, n: int, edges: Iterable[Edge], weights: Mapping[Edge, float] | None = None
) -> Graph:
    """The graph of these edges; both directions are the same edge, loops are left out."""
    given = {pair: w for (i, j), w in (weights or {}).items() for pair in ((i, j), (j, i))}
    return Graph(name, _lists(n, (pair for i, j in edges for pair in ((i, j), (j, i)))), given)


def from_arcs(name: str, n: int, arcs: Sequence[Edge], weights: Mapping[Edge, float] | None = None) -> Graph:
    """The graph in which i sends to j for each of these (i, j); weights likewise. Loops are left out."""
    heard = {(j, i): w for (i, j), w in (weights or {}).items()}
    receivers, neighbours = _lists(n, arcs), _lists(n, ((j, i) for i, j in arcs))
    symmetric = receivers == neighbours and all(
        heard[j, i] == w for (i, j), w in heard.items() if (j, i) in heard
    )
    return Graph(name, neighbours, heard, None if symmetric else receivers)


def _lists(n: int, arcs: Iterable[Edge]) -> Lists:
    """For each i the nodes j of its arcs (i, j), ascending, each once and without i."""
    sets: list[set[int]] = [set() for _ in range(n)]
    for i, j in arcs:
        if i != j:
            sets[i].add(j)
    return tuple(tuple(sorted(found)) for found in sets)
