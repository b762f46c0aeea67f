"""Graphs from files: lines `i j` or `i -> j`, perhaps with a weight, and the formats of networkx where it is installed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..files.reading import DATA_LIMIT, check_is_file, read_file
from . import errors
from .graph import Edge, Graph, from_arcs

READERS: Mapping[str, str] = {
    ".adjlist": "read_adjlist",
    ".gexf": "read_gexf",
    ".gml": "read_gml",
    ".graph6": "read_graph6",
    ".g6": "read_graph6",
    ".graphml": "read_graphml",
    ".net": "read_pajek",
    ".sparse6": "read_sparse6",
    ".s6": "read_sparse6",
}
"""Suffix -> the function of networkx that reads it; files with other suffixes are lists of edges."""


def read_graph(path: Path, n: int) -> Graph:
    """The graph in a file, over nodes 0 .. n - 1. Raises SetupError."""
    reader = READERS.get(path.suffix.lower())
    arcs: list[Edge]
    weights: dict[Edge, float] = {}
    if reader is None:
        arcs, weights = _weighted(path)
    else:
        arcs = [arc for i, j in _networkx_edges(path, reader, n) for arc in ((i, j), (j, i))]
    for node in (node for arc in arcs for node in arc):
        if not 0 <= node < n:
            raise errors.out_of_range(str(path), node, n)
    _check_sums(path, weights, n)
    return from_arcs(str(path), n, arcs, weights)


def _weighted(path: Path) -> tuple[list[Edge], dict[Edge, float]]:
    """The arcs of lines, both of a line without an arrow, and the weights of all of them or of none."""
    arcs: list[Edge] = []
    weights: dict[Edge, float] = {}
    for number, edges, weight in _edge_lines(path):
        if arcs and (weight is None) != (not weights):
            raise errors.some_weighted(str(path), number)
        arcs += edges
        if weight is None:
            continue
        for i, j in edges:
            if i == j or weights.setdefault((i, j), weight) != weight:
                raise errors.bad_weight(str(path), number)
    return arcs, weights


def _check_sums(path: Path, weights: Mapping[Edge, float], n: int) -> None:
    """SetupError for a node that gives others more than 1 of what it has: what they leave is its own."""
    for node in range(n):
        total = math.fsum(w for (i, _), w in weights.items() if i == node)
        if total > 1 + 1e-12:
            raise errors.too_heavy(str(path), node, total)


def _edge_lines(path: Path) -> Iterator[tuple[int, list[Edge], float | None]]:
    """The number of each line, its arcs, one with an arrow and two without, and its weight."""
    try:
        text = read_file(path, DATA_LIMIT).decode("utf-8-sig")
    except OSError as error:
        raise errors.unreadable(str(path), error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise errors.unreadable(str(path), "it is not UTF-8 text") from None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].replace(",", " ").replace("->", " -> ").split()
        if not words:
            continue
        has_arrow = words[1:2] == ["->"]
        if has_arrow:
            del words[1]
        if len(words) not in (2, 3) or not all(word.isdecimal() and len(word) < 10 for word in words[:2]):
            raise errors.bad_line(str(path), number)
        i, j = int(words[0]), int(words[1])
        weight = _weight(path, number, words[2]) if words[2:] else None
        yield number, [(i, j)] if has_arrow else [(i, j), (j, i)], weight


def _weight(path: Path, number: int, word: str) -> float:
    try:
        weight = float(word)
    except ValueError:
        raise errors.bad_weight(str(path), number) from None
    if not 0 < weight <= 1:
        raise errors.bad_weight(str(path), number)
    return weight


def _networkx_edges(path: Path, reader: str, n: int) -> Iterator[Edge]:
    """The edges that networkx reads. Nodes with numbers as names keep them; others count in the file's order."""
    try:
        import networkx
    except ImportError:
        raise errors.needs_networkx(str(path), sorted(READERS)) from None
    try:
        check_is_file(path)
        found: Any = getattr(networkx, reader)(path)
    except OSError as error:
        raise errors.unreadable(str(path), error.strerror or str(error)) from None
    except Exception as error:  # noqa: BLE001 - whatever a reader of networkx makes of a broken file
        raise errors.bad_format(str(path), type(error).__name__) from None
    if isinstance(found, list) or found.number_of_nodes() != n:
        raise errors.wrong_size(str(path), 0 if isinstance(found, list) else found.number_of_nodes(), n)
    numbers = _node_numbers(list(found.nodes))
    for i, j, *_ in found.edges:
        yield numbers[i], numbers[j]


def _node_numbers(names: list[Any]) -> dict[Any, int]:
    if all(str(name).isdecimal() for name in names) and len({int(name) for name in names}) == len(names):
        return {name: int(name) for name in names}
    return {name: number for number, name in enumerate(names)}
