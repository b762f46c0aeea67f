"""The ledger: bits by message statement and direction, in init and at every round, and the trace's other totals."""

from __future__ import annotations

import itertools
import math

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.execute.cost import cost_of
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.scale import Scale
from execute_runs import prepared, run

EVENTS = """algorithm A: "test"
problem minimize
init:
    all: x = x0
round:
    server: event c ~ bernoulli(0.5); event j ~ choice(3, 10); event S ~ sample(n, 3); event T ~ subset(n, 2)
    server -> all: c, j, S, T
    all: event d0 ~ bernoulli(0.5)
    node: r = norm2(x) + 1
    node -> server: r
    server: s = sum(r)
    server -> all: s
    node -> server: u = x > 0
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g
output x
"""


def test_every_plain_message_costs_what_the_reference_says():
    recording, _ = run(EVENTS, rounds=3, wire_check="all")
    n, d, rounds = 4, 6, 3
    bits = {(m.name, m.route): m.bits for m in recording.summary.messages}
    down = rounds * n
    assert bits["c", "server -> all"] == down * 1
    assert bits["j", "server -> all"] == down * 3  # 8 values
    assert bits["S", "server -> all"] == down * (2 + 3 * 2)  # ceil(log2 4) + 3 ceil(log2 4)
    assert bits["T", "server -> all"] == down * (1 + min(n, 3 + 2 * 2))
    assert bits["s", "server -> all"] == down * 32
    assert bits["g", "server -> all"] == down * 32 * d
    assert bits["r", "node -> server"] == rounds * n * 32
    assert bits["u", "node -> server"] == rounds * n * d
    assert bits["m", "node -> server"] == rounds * n * 32 * d
    last = recording.points[-1]
    assert last.bits_up == sum(b for (_, route), b in bits.items() if route.startswith("node"))
    assert last.bits_down == sum(b for (_, route), b in bits.items() if route.startswith("server"))
    assert last.bits_down == n * last.bits_down_broadcast
    assert last.bits_shared == rounds * n * 1


TOLD = """algorithm A: "test"
problem minimize on directed graph
compressor Q: unbiased = natural_dithering(s = 2)
init:
    node: x = x0
round:
    node -> neighbors: m = Q(grad(x)), c = norm(x)
    node: x = x - 0.1 * mix(m) * mix(c)
output x
"""


@pytest.mark.parametrize(
    "graph", ["ring", "complete", "directed_ring", "one_peer_exponential", "random_peer"]
)
def test_what_nobody_receives_is_no_message(graph):
    """A single node has no neighbours, of whichever graph."""
    recording, _ = run(TOLD, nodes=1, graph=graph)
    last = recording.points[-1]
    assert (last.bits_up, last.bits_down, last.bits_down_broadcast) == (0, 0, 0)
    found = cost_of(Source("spec.alg", TOLD), Scale(Options(nodes=1, graph=graph), 6)).broadcast()
    assert (found.least, found.most) == (0, 0)


def test_bits_are_counted_every_round_and_in_init():
    recording, _ = run("ef21", rounds=10, settings=("C=top_k(k = 2)",))
    d, n = 6, 4
    one = 2 * 32 + math.ceil(math.log2(math.comb(d, 2)))
    ups = [point.bits_up for point in recording.points]
    assert ups[0] == n * 32 * d  # the dense start
    assert [after - before for before, after in itertools.pairwise(ups)] == [n * one] * 10


@pytest.mark.parametrize("wire", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "setting",
    ["Q=rand_k(k = 2)", "Q=quantize(s = 3)", "Q=quantize(s = 2, norm = inf)", "Q=natural()", "Q=identity()"],
)
def test_every_message_decodes_to_what_both_sides_use(wire, setting):
    run("marina", rounds=20, settings=(setting,), wire=wire, wire_check="all")


def test_points_fall_on_multiples_of_every_and_on_the_last_round():
    recording, _ = run("gd", rounds=7, every=3)
    assert [point.round for point in recording.points] == [0, 3, 6, 7]
    recording, _ = run("gd", rounds=0)
    assert [point.round for point in recording.points] == [0]


def test_the_solution_is_found_when_asked_for():
    recording, _ = run("gd", rounds=2000, every=2000, metrics=("f_gap", "dist2"), wire="float64")
    last = recording.points[-1].metrics
    assert last["dist2"] < 1e-20
    assert abs(last["f_gap"]) < 1e-14
    recording, _ = run("gd", rounds=2)
    assert "f_gap" not in recording.points[-1].metrics


def test_traces_repeat_and_depend_on_the_seed():
    def trace(seed):
        recording, _ = run("marina", rounds=30, seed=seed, settings=("Q=rand_k(k = 1)",))
        return [(p.metrics, p.bits_up, p.bits_down) for p in recording.points]

    assert trace(1) == trace(1)
    assert trace(1) != trace(2)


LOOPS = """algorithm A: "test"
problem minimize
param H = 3
init:
    all: x = x0
round k:
    repeat H:
        node -> server: m = grad(x)
        repeat 2:
            server -> all: g = mean(m)
    repeat k:
        node -> server: u = x
output x
"""


def test_messages_in_loops_are_counted_each_time_and_foreseen():
    recording, _ = run(LOOPS, rounds=3)
    n, dense = 4, 32 * 6
    bits = {m.name: m.bits for m in recording.summary.messages}
    assert bits == {"m": 3 * 3 * n * dense, "g": 3 * 6 * n * dense, "u": (0 + 1 + 2) * n * dense}
    foreseen = {row.name: row.copies for row in prepared(LOOPS).messages}
    assert foreseen["m"] == 3 * n
    assert foreseen["g"] == 6 * n


def test_papers_count_both_directions():
    recording, _ = run("artemis", rounds=3, settings=("C_up = natural()", "C_dwn = quantize(s = 4)"))
    n, d = 4, 6
    points = recording.points
    ups = [after.bits_paper - before.bits_paper for before, after in itertools.pairwise(points)]
    downs = [after.bits_paper_down - before.bits_paper_down for before, after in itertools.pairwise(points)]
    assert ups == [n * 9 * d] * 3
    assert downs == [n * (32 + 4 * d)] * 3


@pytest.mark.parametrize(
    ("compressor", "beta"),
    [
        ("natural_dithering(s = 4)", (32 + 20 * 4) / (20 * 32)),
        ("natural()", 9 / 32),
        ("rand_k(k = 3)", 3 / 20),
        ("quantize(s = 3) of rand_k(k = 4)", (32 + 4 * 3 + 13) / (20 * 32)),  # log2 C(20, 4) = 12.2
    ],
)
def test_masha1_renews_its_reference_by_the_ratio_of_bits(compressor, beta):
    saddle = "bilinear_saddle(d = 10, lam = 0.5, seed = 0)"
    ready = prepared("masha1", settings=(f"Q_dev = {compressor}",), problem=saddle)
    assert ready.header.params["tau"] == pytest.approx(1 - beta, rel=1e-15)
