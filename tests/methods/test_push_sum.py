"""Methods on directed graphs, and on graphs that change: weights, who hears whom, transcriptions, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.graphs.links import links_of
from cablese.runtime.graphs.make import make_graph, make_mixing
from cablese.runtime.library import find_spec
from cablese.runtime.verify.findings import Verdict
from cablese.runtime.verify.guarantees import Effort
from cablese.runtime.verify.verify import verify
from deterministic import DATA, NODES, World
from runs import assert_close, assert_same_path, run

QUADRATIC = "quadratic(d = 12, mu = 0.3, L = 2, spread = 1, seed = 2)"
GRAPHS = ["directed_ring", "directed_erdos_renyi(0.4)", "one_peer_exponential", "random_peer", "star", "ring"]
ROUNDS = 8


def matrices(graph: str, n: int, seed: int = 0) -> Iterator[np.ndarray[Any, Any]]:
    """W of rounds 0, 1, 2, …"""
    mixing, k = make_mixing(graph, n, seed), 0
    while True:
        mixing.turn(k)
        yield mixing.matrix
        k += 1


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_columns_of_weights_add_up_to_one(graph: str, n: int) -> None:
    for _, w in zip(range(5), matrices(graph, n), strict=False):
        assert np.all(w >= 0) and np.allclose(w.sum(axis=0), 1, atol=1e-14)
        assert np.count_nonzero(w) - n <= max(links_of(graph, n, 0), 0)


def test_hops_of_one_peer_double() -> None:
    """Node 0's one receiver in rounds 0, 1, 2, 3 among six nodes: 1, 2, 4, and 1 again; Assran et al. 2019."""
    heard = [
        int(np.flatnonzero(w[:, 0])[-1])
        for _, w in zip(range(4), matrices("one_peer_exponential", 6), strict=False)
    ]
    assert heard == [1, 2, 4, 1]


def test_peers_are_drawn_anew_by_round_and_seed() -> None:
    first = [w for _, w in zip(range(3), matrices("random_peer", 9), strict=False)]
    again = [w for _, w in zip(range(3), matrices("random_peer", 9), strict=False)]
    other = next(matrices("random_peer", 9, seed=1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[1]) and not np.array_equal(first[0], other)
    counts = np.zeros((5, 5))
    for _, w in zip(range(400), matrices("random_peer", 5), strict=False):
        counts += w > 0
    off = counts[~np.eye(5, dtype=bool)]
    assert abs(off - 100).max() < 45  # five standard deviations of a binomial of 400 and 1/4


def test_a_file_has_directions(tmp_path: Path) -> None:
    path = tmp_path / "arcs.txt"
    path.write_text("0 -> 1\n1->2 # a comment\n2 -> 0\n0 2\n", encoding="utf-8")
    graph = make_graph(str(path), 3, 0)
    assert (
        graph.is_directed
        and graph.neighbours == ((2,), (0,), (0, 1))
        and graph.receivers == ((1, 2), (2,), (0,))
    )
    path.write_text("0 -> 1 0.5\n1 -> 0 0.25\n", encoding="utf-8")
    assert make_mixing(str(path), 2, 0).matrix.tolist() == [[0.5, 0.25], [0.5, 0.75]]
    path.write_text("0 -> 1\n1 -> 0\n", encoding="utf-8")
    assert not make_graph(str(path), 2, 0).is_directed
    path.write_text("0 -> 1\n2 -> 1\n", encoding="utf-8")
    with pytest.raises(SetupError, match="there is no path from node 0 to node 2"):
        make_graph(str(path), 3, 0)
    path.write_text("0 -> 1 0.7\n0 -> 2 0.6\n1 -> 0 0.5\n2 -> 0 0.5\n", encoding="utf-8")
    with pytest.raises(SetupError, match=r"add up to 1\.3"):
        make_graph(str(path), 3, 0)


# --- methods from their papers, in plain NumPy -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("graph", GRAPHS)
def test_sgp_is_that_of_its_paper(graph: str, world: World) -> None:
    """Algorithm 1 of Assran et al. 2019."""
    eta, x, w = 0.1, np.stack([world.zero] * NODES), np.ones(NODES)
    z, points = x, [world.zero]
    for _, p in zip(range(ROUNDS), matrices(graph, NODES), strict=False):
        x = p @ (x - eta * np.stack([world.grad(i, z[i]) for i in world.nodes]))
        w = p @ w
        z = x / w[:, None]
        points.append(z.mean(axis=0))
    compare("sgp", graph, points, eta, world)


@pytest.mark.parametrize("graph", GRAPHS)
def test_push_diging_is_that_of_its_paper(graph: str, world: World) -> None:
    """Algorithm 2 of Nedic, Olshevsky, Shi 2017."""
    eta, u, v = 0.05, np.stack([world.zero] * NODES), np.ones(NODES)
    x, points = u, [world.zero]
    y = g = np.stack([world.grad(i, x[i]) for i in world.nodes])
    for _, c in zip(range(ROUNDS), matrices(graph, NODES), strict=False):
        u = c @ (u - eta * y)
        v = c @ v
        x = u / v[:, None]
        last, g = g, np.stack([world.grad(i, x[i]) for i in world.nodes])
        y = c @ y + g - last
        points.append(x.mean(axis=0))
    compare("push_diging", graph, points, eta, world)


def compare(spec: str, graph: str, points: list[Any], eta: float, world: World) -> None:
    assert np.any(points[-1] != points[0])
    result = run(spec, ROUNDS, NODES, DATA, graph=graph, set={"eta": eta})
    assert_close(result.trace["loss"], [world.loss(x) for x in points], "loss")
    assert_close(result.trace["grad_norm2"], [g @ g for g in map(world.full, points)], "grad_norm2")


@pytest.mark.parametrize("graph", ["ring", "star", "torus", "erdos_renyi(0.5)"])
def test_with_symmetric_weights_sgp_adapts_then_combines(graph: str) -> None:
    """The weights stay 1, and nothing is divided."""
    left = run("sgp", nodes=6, problem=QUADRATIC, graph=graph, set={"eta": 0.1})
    right = run("adapt_then_combine", nodes=6, problem=QUADRATIC, graph=graph, set={"eta": 0.1})
    assert_same_path(left, right)


@pytest.mark.parametrize("graph", ["directed_erdos_renyi(0.3)", "random_peer"])
def test_tracking_reaches_the_solution_where_gradients_alone_do_not(graph: str) -> None:
    options: dict[str, Any] = {
        "problem": QUADRATIC,
        "nodes": 8,
        "rounds": 1500,
        "graph": graph,
        "wire": "float64",
    }
    tracked = cablese.run("push_diging", set={"eta": 0.1}, **options)
    plain = cablese.run("sgp", set={"eta": 0.1}, **options)
    assert tracked.trace.grad_norm2[-1] < 1e-16 < 1e-6 < plain.trace.grad_norm2[-1]


def test_messages_count_once_for_each_who_hears() -> None:
    """A model and a number of 64 bits each, from each of 5 nodes to one other."""
    for graph in ("directed_ring", "random_peer", "one_peer_exponential"):
        result = cablese.run("sgp", nodes=5, rounds=3, graph=graph, problem=QUADRATIC, wire="float64")
        assert result.trace.bits_up[-1] == result.trace.bits_down[-1] == 3 * 5 * (12 + 1) * 64


@pytest.mark.parametrize(
    "graph", ["directed_ring", "random_peer", "one_peer_exponential", "directed_erdos_renyi(0.4)"]
)
@pytest.mark.parametrize("spec", ["dpsgd", "choco_sgd"])
def test_methods_with_symmetric_weights_refuse(spec: str, graph: str) -> None:
    with pytest.raises(UsageError, match="such as sgp and push_diging"):
        cablese.run(spec, nodes=5, rounds=1, graph=graph, problem=QUADRATIC)


def test_invariants_are_tried_without_symmetric_weights() -> None:
    """The weights stay 1 on symmetric graphs, and only there."""
    text = find_spec("sgp").text.replace("sum(w) == n", "w == 1")
    (found,) = verify(Source("one.alg", text), Effort(seeds=1, rounds=4, trials=1)).findings
    assert found.verdict is Verdict.REFUTED and "--graph 'directed_erdos_renyi(0.5)'" in found.detail


SPEC = """algorithm PUSH
problem minimize on directed graph
init:
    node: x = x0; w = 1.0
round:
    node -> neighbors: u = x, v = w
    node: x = mix(u) / 2
    node: w = mix(v)
output x
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("on directed graph", "on undirected graph", "E510", "there are no methods `on undirected graph`"),
        ("mix(u) / 2", "mix(u) / 2 * rho", "E511", "constant of symmetric weights"),
        ("    node: w = mix(v)", "    neighbors: t = u", "E222", "neighbors keep no copies"),
        ("w = 1.0\n", "w = 1.0\n    node -> neighbors: t = x\n", "E222", "kept by the neighbors"),
    ],
)
def test_what_only_symmetric_weights_have_is_refused(old: str, new: str, code: str, says: str) -> None:
    text = SPEC.replace(old, new).replace(
        "/ 2\n", "/ 2 + mix(t)\n" if code == "E222" and "t = x" in new else "/ 2\n"
    )
    (found,) = cablese.check(text)
    assert found.code == code and says in found.message


def test_a_mean_that_keeps_ones_is_not_taken_for_granted() -> None:
    """With symmetric weights `mix` of what all have alike is that itself; with others it is not, and nothing is proven."""
    weighed = SPEC.replace("v = w", "v = 1.0").replace("mix(u) / 2", "mix(u) / 2 * mix(v)")
    answers = [
        cablese.diff(SPEC.replace(" directed", sort), weighed.replace(" directed", sort), quick=True).answer
        for sort in ("", " directed")
    ]
    assert answers == ["the same path, other messages", "not proven"]
