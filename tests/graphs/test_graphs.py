"""Graphs by name and from files, the weights on them, and what is said of those that cannot be."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.errors import SetupError
from cablese.runtime.graphs import averages
from cablese.runtime.graphs.averages import NeighbourAverage
from cablese.runtime.graphs.make import make_graph
from cablese.runtime.graphs.mixing import Mixing

NAMED = ["ring", "torus", "complete", "star", "erdos_renyi(0.5)"]


def test_who_is_next_to_whom() -> None:
    assert make_graph("ring", 5, 0).neighbours == ((1, 4), (0, 2), (1, 3), (2, 4), (0, 3))
    assert make_graph("ring", 2, 0).neighbours == ((1,), (0,))
    assert make_graph("star", 4, 0).neighbours == ((1, 2, 3), (0,), (0,), (0,))
    assert make_graph("complete", 3, 0).neighbours == ((1, 2), (0, 2), (0, 1))
    # 2 x 4: to the right, to the left, and down, which is up
    assert make_graph("torus", 8, 0).neighbours[5] == (1, 4, 6)
    # 3 x 4
    assert make_graph("torus", 12, 0).neighbours[0] == (1, 3, 4, 8)
    for name in ("ring", "complete", "star", "erdos_renyi(0.5)"):
        assert make_graph(name, 1, 0).neighbours == ((),)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("n", [4, 9, 12])
def test_weights_are_metropolis_hastings(name: str, n: int) -> None:
    graph = make_graph(name, n, 3)
    w = Mixing(graph).matrix
    assert np.array_equal(w, w.T)
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-15)
    assert (w >= 0).all()
    for i in range(n):
        for j in range(n):
            if i != j:
                linked = j in graph.neighbours[i]
                assert w[i, j] == (1 / (1 + max(graph.degree(i), graph.degree(j))) if linked else 0)


@pytest.mark.parametrize("n", [3, 8, 25])
def test_the_gap_of_a_ring(n: int) -> None:
    """Its eigenvalues are (1 + 2 cos(2 pi k / n)) / 3."""
    eigenvalues = [(1 + 2 * math.cos(2 * math.pi * k / n)) / 3 for k in range(n)]
    mixing = Mixing(make_graph("ring", n, 0))
    assert mixing.rho == pytest.approx(1 - max(map(abs, eigenvalues[1:])), abs=1e-12)
    assert mixing.norm_I_minus_W == pytest.approx(1 - min(eigenvalues), abs=1e-12)


def test_the_gap_of_others() -> None:
    complete, alone = Mixing(make_graph("complete", 6, 0)), Mixing(make_graph("ring", 1, 0))
    assert complete.rho == pytest.approx(1, abs=1e-12)
    assert complete.norm_I_minus_W == pytest.approx(1, abs=1e-12)
    assert (alone.rho, alone.norm_I_minus_W) == (1, 0)
    # the leaves of a star of n keep 1 - 1/n: that is the second eigenvalue
    assert Mixing(make_graph("star", 5, 0)).rho == pytest.approx(1 / 5, abs=1e-12)


def test_random_graphs_are_the_seeds() -> None:
    one, same, other = (make_graph("erdos_renyi(0.4)", 10, seed) for seed in (1, 1, 2))
    assert one == same != other
    edges = [sum(map(len, make_graph("erdos_renyi(0.4)", 30, seed).neighbours)) / 2 for seed in range(20)]
    expected, deviation = 0.4 * 435, math.sqrt(0.4 * 0.6 * 435 / 20)
    assert abs(np.mean(edges) - expected) < 4 * deviation


def test_edges_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "edges.txt"
    path.write_text("# a path, written twice in part\n0 1\n1 0\n\n1,2  # a comma will do\n3 2\n2 2\n")
    assert make_graph(str(path), 4, 0).neighbours == ((1,), (0, 2), (1, 3), (2,))


@pytest.mark.parametrize("suffix", ["graphml", "gml", "graph6", "adjlist", "gexf"])
def test_formats_of_networkx(suffix: str, tmp_path: Path) -> None:
    networkx = pytest.importorskip("networkx")
    path = tmp_path / f"petersen.{suffix}"
    getattr(networkx, f"write_{suffix}")(networkx.petersen_graph(), path)
    graph = make_graph(str(path), 10, 0)
    assert {frozenset((i, j)) for i in range(10) for j in graph.neighbours[i]} == {
        frozenset(edge) for edge in networkx.petersen_graph().edges
    }
    with pytest.raises(SetupError, match="the graph has 10 nodes, the run 9: set `-n 10`"):
        make_graph(str(path), 9, 0)


@pytest.mark.parametrize("suffix", ["graphml", "gml", "graph6", "gexf"])
def test_what_networkx_cannot_read(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("networkx")
    path = tmp_path / f"broken.{suffix}"
    path.write_bytes(b"\x00 nothing of the kind")
    with pytest.raises(SetupError, match="networkx cannot read this file"):
        make_graph(str(path), 10, 0)


@pytest.mark.parametrize(
    ("text", "n", "said"),
    [
        ("torus", 7, "choose `-n` with two factors"),
        ("torus", 1, "choose `-n` with two factors"),
        ("erdos_renyi(0)", 5, "0 < p <= 1"),
        ("erdos_renyi(1.5)", 5, "0 < p <= 1"),
        ("erdos_renyi(nan)", 5, "0 < p <= 1"),
        ("erdos_renyi(few)", 5, "0 < p <= 1"),
        ("erdos_renyi(0.001)", 40, "none is connected"),
        ("hypercube", 8, "'hypercube' is none of them"),
    ],
)
def test_what_no_graph_is_made_of(text: str, n: int, said: str) -> None:
    with pytest.raises(SetupError) as caught:
        make_graph(text, n, 0)
    assert said in str(caught.value)
    assert str(caught.value).startswith("--graph ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("0 1\n2 3\n", "no path from node 0 to node 2"),
        ("0 1\n1 4\n", "an edge of node 4, but the run's nodes are 0 to 3"),
        ("0 1\n1 2 0.5\n", ":2: either all edges have weights or none"),
        ("0 1 0.5\n1 2 3\n", ":2: the weight of an edge between two nodes is one number above 0"),
        ("0 1 0.5\n1 0 0.4\n", ":2: the weight of an edge between two nodes is one number above 0"),
        ("0 1 0.5\n1 1 0.4\n", ":2: the weight of an edge between two nodes is one number above 0"),
        ("0 1 nan\n", ":1: the weight of an edge between two nodes is one number above 0"),
        ("0 1 2 3\n", ":1: this line is no edge, which is two node numbers"),
        ("0 1 0.5\n1 2 0.5\n1 3 0.5\n", "the weights of node 1's edges add up to 1.5"),
        (f"0 {'9' * 5000}\n", ":1: this line is no edge, which is two node numbers"),
        ("0 one\n", ":1: this line is no edge, which is two node numbers"),
        ("", "no path from node 0 to node 1"),
    ],
)
def test_files_that_hold_no_graph(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "edges.txt"
    path.write_text(content)
    with pytest.raises(SetupError) as caught:
        make_graph(str(path), 4, 0)
    assert said in str(caught.value)


def test_weights_of_a_file_are_those_of_the_mixing_matrix(tmp_path: Path) -> None:
    path = tmp_path / "weighted.txt"
    path.write_text("0 1 0.5\n1 2 0.25\n2 0 0.125  # a comment\n2, 3, 1e-1\n")
    found = Mixing(make_graph(str(path), 4, 0)).matrix
    expected = np.zeros((4, 4))
    for i, j, w in ((0, 1, 0.5), (1, 2, 0.25), (0, 2, 0.125), (2, 3, 0.1)):
        expected[i, j] = expected[j, i] = w
    np.fill_diagonal(expected, 1 - expected.sum(axis=1))
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_without_networkx_its_formats_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "networkx", None)
    path = tmp_path / "net.graphml"
    path.write_text("")
    with pytest.raises(SetupError, match="pip install 'cablese\\[graph\\]'"):
        make_graph(str(path), 4, 0)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize(("ranks", "long"), [(1, 0), (2, 0), (3, 0), (5, 0), (12, 0), (1, 1), (3, 1)])
def test_averages_add_up_in_the_order_of_nodes_however_rows_are_dealt(
    name: str, ranks: int, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns of long vectors are added up some at a time."""
    n, d = 12, 5 + 200 * long
    if long:
        monkeypatch.setattr(averages, "LONG", 1)
        monkeypatch.setattr(averages, "BLOCK", 64 * n)
    numpy = backend("cpu", "float64", "float32")
    mixing = Mixing(make_graph(name, n, 1))
    rows = np.random.default_rng(0).standard_normal((n, d)) * 10.0 ** np.arange(-6, 6)[:, None]
    expected = np.zeros((n, d))
    for i in range(n):
        terms = [weight * rows[j] for j, weight in mixing.row(i)]
        for at, term in enumerate(terms):
            expected[i] = term if at == 0 else expected[i] + term
    found = []
    for rank in range(ranks):
        first, last = rank * n // ranks, (rank + 1) * n // ranks
        nearby = mixing.graph.around(first, last)
        average = NeighbourAverage(mixing, first, last, nearby, numpy)
        found.append(average(rows[first:last], rows[list(nearby)]))
    assert np.array_equal(np.concatenate(found), expected)


def test_shuffled_names_of_nodes_keep_their_numbers(tmp_path: Path) -> None:
    """Files of networkx list nodes in any order; names that are numbers are the nodes' own."""
    networkx = pytest.importorskip("networkx")
    order = list(range(6))
    random.Random(1).shuffle(order)
    graph = networkx.Graph()
    graph.add_nodes_from(order)
    graph.add_edges_from((i, i + 1) for i in range(5))
    networkx.write_graphml(graph, tmp_path / "path.graphml")
    assert make_graph(str(tmp_path / "path.graphml"), 6, 0).neighbours[3] == (2, 4)
