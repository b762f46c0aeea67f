"""A graph of nodes 0 .. n - 1 as lists of neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from cablese.dsl.text.records import record

Edge = tuple[int, int]


@record
class Graph:
    """An undirected graph without loops: `neighbours[i]` ascending, i not among them; `name` as a user would type it.

    `weights` are those of the edges, both directions of each, where they are given.
    """

    name: str
    neighbours: tuple[tuple[int, ...], ...]
    weights: Mapping[Edge, float] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.neighbours)

    def degree(self, node: int) -> int:
        """Number of neighbours of a node."""
        return len(self.neighbours[node])

    def around(self, first: int, last: int) -> tuple[int, ...]:
        """Neighbours of nodes first .. last - 1 that are none of them, ascending."""
        near = {j for node in range(first, last) for j in self.neighbours[node]}
        return tuple(sorted(near.difference(range(first, last))))

    def apart(self) -> tuple[int, int] | None:
        """Two nodes without a path between them, the least such pair; None where the graph is connected."""
        reached = self._reached(0)
        missing = [node for node in range(self.n) if node not in reached]
        return (0, missing[0]) if missing else None

    def _reached(self, start: int) -> set[int]:
        reached, waiting = {start}, [start]
        while waiting:
            new = [j for j in self.neighbours[waiting.pop()] if j not in reached]
            reached.update(new)
            waiting.extend(new)
        return reached


def from_edges(
    name: str, n: int, edges: Iterable[Edge], weights: Mapping[Edge, float] | None = None
) -> Graph:
    """The graph of these edges; both directions are the same edge, loops are left out."""
    sets: list[set[int]] = [set() for _ in range(n)]
    for i, j in edges:
        if i != j:
            sets[i].add(j)
            sets[j].add(i)
    both = {pair: w for (i, j), w in (weights or {}).items() for pair in ((i, j), (j, i))}
    return Graph(name, tuple(tuple(sorted(found)) for found in sets), both)
