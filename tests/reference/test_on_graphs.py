"""Methods on graphs mean the same to the fast path and the evaluator, to the bit, on graphs of every kind."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from harness import assert_equal
from tiers import every

GRAPHS = [("ring", 8), ("torus", 9), ("torus", 4), ("complete", 5), ("star", 7), ("erdos_renyi(0.35)", 9)]
PROBLEM = "quadratic(d = 20, mu = 0.1, L = 3, spread = 1, seed = 2)"
LARGE = "quadratic(d = 300, mu = 0.1, L = 3, spread = 1, seed = 2)"
SPECS = Path(__file__).parent / "specs"


def options(graph: str, nodes: int, *settings: str, problem: str = PROBLEM, wire: str = "float32") -> Options:
    """A short run, every message written out."""
    return Options(
        nodes=nodes,
        rounds=15,
        every=1,
        problem=problem,
        wire=wire,
        settings=settings,
        graph=graph,
        seed=5,
        wire_check="all",
    )


@pytest.mark.parametrize(("graph", "nodes"), GRAPHS)
@pytest.mark.parametrize("spec", ["dpsgd", "choco_sgd"])
def test_shipped(spec: str, graph: str, nodes: int) -> None:
    assert_equal(find_spec(spec), options(graph, nodes))


@pytest.mark.parametrize(
    ("graph", "nodes"),
    [
        ("directed_ring", 5),
        ("directed_erdos_renyi(0.3)", 8),
        ("one_peer_exponential", 6),
        ("random_peer", 7),
        ("star", 5),
        ("directed_ring", 1),
        ("random_peer", 1),
        ("one_peer_exponential", 2),
    ],
)
@pytest.mark.parametrize("spec", ["sgp", "push_diging"])
def test_with_directions(spec: str, graph: str, nodes: int) -> None:
    assert_equal(find_spec(spec), options(graph, nodes))


@pytest.mark.parametrize(("graph", "nodes"), GRAPHS)
@pytest.mark.parametrize("spec", every(3, sorted(path.stem for path in SPECS.glob("graph_*.alg"))))
def test_rules(spec: str, graph: str, nodes: int) -> None:
    text = (SPECS / f"{spec}.alg").read_text()
    assert_equal(Source(f"{spec}.alg", text), options(graph, nodes))


@pytest.mark.parametrize("compressor", ["top_k(k = 40)", "rand_k(k = 40, scaled = false)"])
def test_messages_whose_lengths_differ_count_by_their_own(compressor: str) -> None:
    """Of a star, node 0's goes to all others."""
    found = assert_equal(
        find_spec("choco_sgd"), options("star", 6, f"C = {compressor}", "gamma = 0.2", problem=LARGE)
    )
    sent = [point["bits_up"] for point in found.points]
    assert len({after - before for before, after in pairwise(sent)}) > 5


@pytest.mark.parametrize("spec", ["dpsgd", "choco_sgd"])
@pytest.mark.parametrize("nodes", [1, 2])
def test_the_smallest_graphs(spec: str, nodes: int) -> None:
    found = assert_equal(find_spec(spec), options("ring", nodes, wire="float64"))
    assert (found.points[-1]["bits_up"] > 0) == (nodes > 1)
