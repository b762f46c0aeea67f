"""The connected graph of the run's nodes that `--graph` names, and its weights."""

from __future__ import annotations

from pathlib import Path

from . import errors
from .changing import CHANGING, ChangingMixing
from .families import FAMILIES, erdos_renyi, is_erdos_renyi
from .files import read_graph
from .graph import Graph
from .mixing import Mixing


def make_mixing(text: str, n: int, seed: int) -> Mixing:
    """The weights of the graph that a text names, over n nodes. Raises SetupError, also where it is not connected."""
    family = CHANGING.get(text.strip())
    return Mixing(make_graph(text, n, seed)) if family is None else ChangingMixing(family(n, seed))


def make_graph(text: str, n: int, seed: int) -> Graph:
    """The graph that a text names and that stays, over n nodes. Raises SetupError, also where it is not connected."""
    graph = _named(text.strip(), n, seed)
    apart = graph.apart()
    if apart is not None:
        raise errors.not_connected(graph.name, *apart)
    return graph


def is_named(text: str) -> bool:
    """True for the name of a family of graphs, False for that of a file."""
    return text in FAMILIES or text in CHANGING or is_erdos_renyi(text)


def check_symmetric(mixing: Mixing, algorithm: str) -> None:
    """Raise UsageError for a graph with directions, or one that changes, for a method that rests on symmetric weights."""
    if isinstance(mixing, ChangingMixing):
        raise errors.changes(mixing.graph.name, algorithm)
    if mixing.graph.is_directed:
        raise errors.has_directions(mixing.graph.name, algorithm)


def _named(text: str, n: int, seed: int) -> Graph:
    if text in FAMILIES:
        return FAMILIES[text](n)
    if is_erdos_renyi(text):
        return erdos_renyi(text, n, seed)
    path = Path(text)
    if not path.exists() or path.is_dir():
        raise errors.unknown(text)
    return read_graph(path, n)
