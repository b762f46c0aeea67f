"""Methods without a server: laws T34 and T35 of the equivalence table, what averaging preserves, and agreement."""

from __future__ import annotations

from typing import Any

import cablese
import numpy as np
import pytest
from runs import assert_close, assert_same_path, run

GAMMA = 1e-6  # of the size of 1/L of the unscaled data
QUADRATIC = "quadratic(d = 12, mu = 0.3, L = 2, spread = 1, seed = 2)"
ADAPT_THEN_COMBINE = """
algorithm AdaptThenCombine
problem minimize on graph
param b     = max(samples_i)
param eta   = 1 / L
init:
    node: x = x0
round:
    node: event xi ~ minibatch(b)
    node -> neighbors: y = x - eta * grad(x, xi)
    node: x = mix(y)
output x
"""
# a model of which both the mean and the mean of what it should be are kept
FOLLOWED = """
algorithm Followed
problem minimize on graph
compressor C: contractive = top_k(k = 2)
param step = 0.1
init:
    node:
        x = x0
        e = zeros
    neighbors: h = zeros
round:
    node:
        y = x - step * grad(x)
        g = step * grad(x)
    node -> neighbors: q = C(y - h)
    neighbors: h = h + q
    node:
        e = e + g
        x = y + 0.3 * (mix(h) - h)
        s = x + e
output s
"""


@pytest.mark.parametrize("graph", ["ring", "star", "erdos_renyi(0.5)"])
@pytest.mark.parametrize("batch", [{}, {"b": 16}])
def test_choco_without_compression_adapts_then_combines(graph: str, batch: dict[str, int]) -> None:
    """T34."""
    settings = {"eta": GAMMA, **batch}
    left = run("choco_sgd", nodes=8, graph=graph, set={"C": "identity()", "gamma": 1, **settings})
    right = run(ADAPT_THEN_COMBINE, nodes=8, graph=graph, set=settings)
    assert_same_path(left, right)
    # copies add up corrections, so that nodes agree but for rounding: nothing of the size of a real disagreement
    agreed, theirs = np.asarray(left.trace["consensus"]), np.asarray(right.trace["consensus"])
    assert np.max(np.abs(agreed - theirs)) <= 1e-9 * np.max(theirs)


@pytest.mark.parametrize("batch", [{}, {"b": 16}])
def test_adapt_then_combine_over_a_complete_graph_is_sgd(batch: dict[str, int]) -> None:
    """T35."""
    left = run(ADAPT_THEN_COMBINE, graph="complete", set={"eta": GAMMA, **batch})
    assert_same_path(left, run("sgd", set={"gamma": GAMMA, **batch}))
    assert max(left.trace["consensus"]) < 1e-20


def test_combine_then_adapt_over_a_complete_graph_is_not() -> None:
    """Nodes differ by their last own gradients; of the mean the two methods say the same only to first order."""
    left = run("dpsgd", graph="complete", set={"gamma": GAMMA})
    assert left.trace["consensus"][-1] > 1e-12
    right = run(ADAPT_THEN_COMBINE, graph="complete", set={"eta": GAMMA})
    assert left.trace["loss"][-1] != right.trace["loss"][-1]


@pytest.mark.parametrize("graph", ["ring", "torus", "star", "erdos_renyi(0.4)"])
def test_the_mean_takes_the_mean_of_the_steps(graph: str) -> None:
    """mean x+ = mean x - gamma mean g for any graph: mean x + sum of mean steps stays x0, which is 0."""
    found = cablese.run(FOLLOWED, nodes=9, graph=graph, rounds=60, problem=QUADRATIC, wire="float64")
    moved = cablese.run(
        FOLLOWED.replace("output s", "output x"), nodes=9, graph=graph, rounds=60, problem=QUADRATIC
    )
    assert np.max(np.abs(moved.output)) > 0.1
    assert np.max(np.abs(found.output)) < 1e-12


def test_dpsgd_takes_the_mean_of_the_steps() -> None:
    """One round by hand."""
    one, two = (run("dpsgd", rounds=k, nodes=6, problem=QUADRATIC, set={"gamma": 0.1}) for k in (1, 2))
    assert one.trace["consensus"][-1] > 0
    spec = "algorithm Step\nproblem minimize on graph\ninit: node: x = x0\nround:\n"
    spec += "    node -> neighbors: x\n    node: g = grad(x); x = mix(x) - 0.1 * g\noutput g\n"
    steps = run(spec, rounds=2, nodes=6, problem=QUADRATIC)
    assert_close(two.output, one.output - 0.1 * steps.output, "mean")


@pytest.mark.parametrize(("graph", "nodes"), [("ring", 8), ("torus", 8), ("torus", 16)])
@pytest.mark.parametrize("compressor", ["top_k(k = 2)", "rand_k(k = 3, scaled = false)"])
def test_choco_gossip_agrees(graph: str, nodes: int, compressor: str) -> None:
    """Once gradients have set nodes apart, vanishing steps let compressed gossip draw them together, linearly."""
    spec = """
algorithm Gossip
problem minimize on graph
compressor C: contractive = top_k(k = 2)
param gamma = rho^2 / delta(C) / (16 * rho + rho^2 + 4 * norm_I_minus_W^2 + 2 * rho * norm_I_minus_W^2 - 8 * rho / delta(C))
init:
    node: x = grad(x0)
    neighbors: h = zeros
round:
    node -> neighbors: q = C(x - h)
    neighbors: h = h + q
    node: x = x + gamma * (mix(h) - h)
output x
"""
    settings = {"C": compressor, "gamma": 0.1}
    found = run(spec, rounds=1500, nodes=nodes, graph=graph, problem=QUADRATIC, every=500, set=settings)
    apart = found.trace["consensus"]
    assert apart[0] > 1
    assert apart[-1] < 1e-9 * apart[0]
    assert_close(found.trace["loss"][-1], found.trace["loss"][0], "the mean")
    slow = run(
        spec, rounds=400, nodes=nodes, graph=graph, problem=QUADRATIC, every=400, set={"C": compressor}
    )
    assert slow.trace["consensus"][-1] < slow.trace["consensus"][0]  # with the theory's weight


@pytest.mark.slow
@pytest.mark.parametrize("graph", ["ring", "torus"])
def test_choco_sgd_settles_near_the_solution_and_near_itself(graph: str) -> None:
    found = _long(graph, eta=0.01)
    closer = _long(graph, eta=0.001)
    assert found.trace["grad_norm2"][-1] < 1e-3 * found.trace["grad_norm2"][0]
    assert closer.trace["consensus"][-1] < 0.05 * found.trace["consensus"][-1]


def _long(graph: str, eta: float) -> Any:
    settings = {"C": "top_k(k = 4)", "gamma": 0.2, "eta": eta}
    return run("choco_sgd", rounds=8000, nodes=8, graph=graph, problem=QUADRATIC, every=2000, set=settings)


@pytest.mark.parametrize(("graph", "copies"), [("ring", 16), ("complete", 56), ("star", 14)])
def test_every_neighbour_is_sent_a_message_of_its_own(graph: str, copies: int) -> None:
    found = run("dpsgd", rounds=3, nodes=8, graph=graph, problem=QUADRATIC)
    bits = {
        name: found.trace[name][-1]
        for name in ("bits_up", "bits_down", "bits_down_broadcast", "bits_paper", "bits_paper_down")
    }
    one = 12 * 64
    assert bits == {
        "bits_up": 3 * copies * one,
        "bits_down": 3 * copies * one,
        "bits_down_broadcast": 3 * 8 * one,
        "bits_paper": 3 * copies * one,
        "bits_paper_down": 3 * copies * one,
    }


def test_what_papers_count_is_counted_for_every_neighbour() -> None:
    spec = """
algorithm Lengths
problem minimize on graph
compressor Q: any = quantize(s = 1)
compressor P: any = rand_p(p = 0.5)
init: node: x = x0
round:
    node -> neighbors: q = Q(grad(x)), p = P(grad(x))
    node: x = x - 0.01 * mix(q) - 0.01 * mix(p)
output x
"""
    found = run(spec, rounds=5, nodes=6, graph="star", problem=QUADRATIC)
    quantised = 5 * 10 * (64 + 20)  # 12 entries of three cases: 5 take 8 bits
    entries, rest = divmod(found.trace["bits_paper"][-1] - quantised, 64)
    assert rest == 0 and 5 * 10 <= entries < 5 * 10 * 12
    assert found.trace["bits_paper_down"][-1] == found.trace["bits_paper"][-1]


def test_a_comparison_gives_the_graph_to_those_that_have_one() -> None:
    found = cablese.compare(["gd", "dpsgd"], nodes=8, rounds=5, graph="torus", problem=QUADRATIC)
    assert [result.header.graph for result in found] == ["", "torus"]


def test_only_methods_on_a_graph_take_one() -> None:
    with pytest.raises(cablese.SetupError, match="GD has a server"):
        cablese.run("gd", nodes=8, rounds=5, graph="torus", problem=QUADRATIC)
    with pytest.raises(cablese.SetupError, match="GD has a server"):
        cablese.compare(["gd", "sgd"], nodes=8, rounds=5, graph="torus", problem=QUADRATIC)
