"""Errors in the choice of a graph: one function per kind, which alone has the words."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import SetupError, UsageError

FAMILIES = "ring, torus, complete, star, 'erdos_renyi(p)' with 0 < p <= 1, or a file of edges"
DIRECTED = "directed_ring, 'directed_erdos_renyi(p)', one_peer_exponential or random_peer"


def unknown(name: str) -> UsageError:
    """`--graph` with neither a family nor a file."""
    return UsageError(
        f"--graph takes {FAMILIES}; of methods on directed graphs also {DIRECTED}; {name!r} is none of them, and there is "
        "no such file."
    )


def wrong_probability(name: str, text: str) -> UsageError:
    """erdos_renyi with something else than a probability."""
    return UsageError(
        f"--graph '{name}(p)' takes the probability of an edge, 0 < p <= 1, such as 0.3; not {text!r}."
    )


def no_torus(n: int) -> UsageError:
    """A torus of n nodes that fill no grid with at least two rows and two columns."""
    return UsageError(
        f"--graph torus: {n} nodes make no grid of a rows and b columns with a, b >= 2: "
        "choose `-n` with two factors, such as 4, 6, 8 or 9, or take `--graph ring`."
    )


def never_connected(name: str, p: float, n: int, tries: int) -> SetupError:
    """A random graph that falls apart each time."""
    return SetupError(
        f"--graph {name}({p:g}): {tries} graphs of {n} nodes were drawn and none is connected: "
        "take a larger p (well above log(n) / n), or another seed."
    )


def not_connected(name: str, one: int, other: int) -> SetupError:
    """A graph with two nodes that no path connects."""
    return SetupError(
        f"--graph {name}: the graph is not connected, there is no path from node {one} to node {other}: "
        "what nodes compute would never agree. Add edges, or remove nodes with `-n`."
    )


def not_counted(name: str, nodes: int, most: int) -> SetupError:
    """A graph whose links no formula counts, with too many nodes to make it."""
    return SetupError(
        f"--graph {name}: the links of a graph of {nodes} nodes are counted by making it, and that is done up to "
        f"{most} nodes: take ring, torus, complete or star, or fewer nodes."
    )


def unreadable(path: str, reason: str) -> SetupError:
    """A file that cannot be opened."""
    return SetupError(f"--graph {path}: the file cannot be read: {reason}.")


def bad_line(path: str, number: int) -> SetupError:
    """A line that is no edge. Its text is not shown: the file may be no graph at all."""
    return SetupError(
        f"--graph {path}:{number}: this line is no edge, which is two node numbers `i j`, or `i -> j` where i sends to j "
        "alone, and perhaps its weight. A `#` starts a comment."
    )


def bad_weight(path: str, number: int) -> SetupError:
    """A weight that is none, or another one for the same edge, or of a node itself."""
    return SetupError(
        f"--graph {path}:{number}: the weight of an edge between two nodes is one number above 0 and at most 1, one for "
        "`i j` and `j i`, and each direction's own for `i -> j`; what the neighbours of a node leave of 1 is its own."
    )


def some_weighted(path: str, number: int) -> SetupError:
    """Edges with weights among others without."""
    return SetupError(
        f"--graph {path}:{number}: either all edges have weights or none; this line is unlike those above."
    )


def too_heavy(path: str, node: int, total: float) -> SetupError:
    """A node whose neighbours weigh more than 1."""
    return SetupError(
        f"--graph {path}: the weights of node {node}'s edges add up to {total:g}: at most 1, what is left is the node's own."
    )


def bad_format(path: str, reason: str) -> SetupError:
    """A file in a format of networkx that networkx cannot read."""
    return SetupError(
        f"--graph {path}: networkx cannot read this file ({reason}): is it of the type that its name says?"
    )


_PUSH_SUM = (
    "methods that say `on directed graph` in their `problem` line, such as sgp and push_diging, take it"
)


def has_directions(name: str, algorithm: str) -> UsageError:
    """A directed graph for a method whose weights must be symmetric."""
    return UsageError(
        f"--graph {name}: some nodes of this graph hear others that do not hear them, so that its weights cannot be "
        f"symmetric, and {algorithm}, `on graph`, rests on that: nodes would agree on something else than the mean. Take a "
        f"graph without directions; {_PUSH_SUM}."
    )


def changes(name: str, algorithm: str) -> UsageError:
    """A graph that changes for a method on one that stays."""
    return UsageError(
        f"--graph {name}: this graph is another one in each round, and {algorithm}, `on graph`, rests on one that stays. "
        f"Take such a graph; {_PUSH_SUM}."
    )


def needs_networkx(path: str, suffixes: Iterable[str]) -> SetupError:
    """A format that only networkx reads, which is not installed."""
    return SetupError(
        f"--graph {path}: files of type {', '.join(suffixes)} are read by networkx, which is not installed: "
        "`pip install 'cablese[graph]'`, or write the edges as lines `i j` into a .txt file."
    )


def out_of_range(path: str, node: int, n: int) -> SetupError:
    """An edge to a node that the run does not have."""
    return SetupError(
        f"--graph {path}: there is an edge of node {node}, but the run's nodes are 0 to {n - 1}: "
        "number nodes from 0, or set `-n` to the number of nodes."
    )


def wrong_size(path: str, found: int, n: int) -> SetupError:
    """A file that holds a graph of another number of nodes than the run's."""
    return SetupError(f"--graph {path}: the graph has {found} nodes, the run {n}: set `-n {found}`.")


def not_on_graph(algorithm: str) -> UsageError:
    """--graph for a method with a server."""
    return UsageError(
        f"--graph is for methods on a graph; {algorithm} has a server: leave the option out, or declare "
        "`problem … on graph`."
    )


def no_server(algorithm: str) -> UsageError:
    """A dedicated rank for a server that does not exist."""
    return UsageError(
        f"--server-rank dedicated: {algorithm} is a method on a graph and has no server: leave it out."
    )
