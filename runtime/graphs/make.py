"""The connected graph of the run's nodes that `--graph` names."""

from __future__ import annotations

from pathlib import Path

from . import errors
from .families import FAMILIES, erdos_renyi, is_erdos_renyi
from .files import read_graph
from .graph import Graph


def make_graph(text: str, n: int, seed: int) -> Graph:
    """The graph that a text names, over n nodes. Raises SetupError, also where it is not connected."""
    graph = _named(text.strip(), n, seed)
    apart = graph.apart()
    if apart is not None:
        raise errors.not_connected(graph.name, *apart)
    return graph


def _named(text: str, n: int, seed: int) -> Graph:
    if text in FAMILIES:
        return FAMILIES[text](n)
    if is_erdos_renyi(text):
        return erdos_renyi(text, n, seed)
    path = Path(text)
    if not path.exists() or path.is_dir():
        raise errors.unknown(text)
    return read_graph(path, n)
