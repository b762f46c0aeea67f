"""Mistakes that public programs of these methods made, each held off by a test through the public API."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import transcriptions
from runs import L2, run

ALIKE = "quadratic(d = 200, mu = 0.1, L = 1, spread = 0, seed = 0)"


def coordinates(rounds: int, seed: int, compressor: str) -> set[int]:
    """What DIANA has moved of x = 0 after some rounds: the coordinates that any node drew."""
    result = run("diana", rounds, 8, ALIKE, seed=seed, set={"Q": compressor})
    return set(np.flatnonzero(result.output).tolist())


def test_nodes_draw_their_own_coordinates() -> None:
    """8 nodes with the same gradient, 5 coordinates each: one shared draw would move 5 coordinates only."""
    assert len(coordinates(1, 0, "rand_k(k = 5)")) > 20


def test_every_round_and_every_seed_draws_afresh() -> None:
    first, again, other = (coordinates(*c, "rand_k(k = 5)") for c in ((1, 0), (3, 0), (1, 1)))
    assert len(again) > len(first) + 20
    assert first < again
    assert first != other


def test_nodes_share_coordinates_only_when_told_to() -> None:
    assert len(coordinates(1, 0, "rand_k(k = 5, shared = true)")) == 5


@pytest.mark.parametrize("nodes", [5, 7, 10])
def test_the_start_gradient_is_over_the_rows_that_nodes_hold(nodes: int) -> None:
    """569 rows divide by none of these; dropping the rest, or taking all rows as one, starts elsewhere."""
    problem = transcriptions.breast_cancer(nodes, L2)
    result = run("marina", 1, nodes, set={"gamma": 1e-6})
    assert sum(result.header.samples) == 569
    start = np.zeros(problem.d)
    after = start - 1e-6 * problem.gradient(start)
    assert result.trace["loss"][1] == pytest.approx(problem.loss(after), rel=1e-12)
    pooled = transcriptions.breast_cancer(1, L2).gradient(start)
    kept = 569 - 569 % nodes
    held = transcriptions.Logistic(
        np.split(_pool().rows[0][:kept], nodes), np.split(_pool().signs[0][:kept], nodes), L2
    )
    for wrong in (pooled, held.gradient(start)):
        elsewhere = problem.loss(start - 1e-6 * wrong)
        assert result.trace["loss"][1] != pytest.approx(elsewhere, rel=1e-12)


def _pool() -> transcriptions.Logistic:
    return transcriptions.breast_cancer(1, L2)


def coins(seed: int) -> list[int]:
    """MARINA's uplink bits round by round; dense rounds stand out."""
    result = run("marina", 200, 3, seed=seed, set={"p": 0.3})
    return np.diff(result.trace["bits_up"]).tolist()


def test_coins_come_from_the_run_s_seed_alone() -> None:
    first = coins(4)
    random.seed(12345)
    np.random.seed(54321)
    assert coins(4) == first
    assert coins(5) != first


def test_coins_fall_as_often_as_they_should() -> None:
    bits = coins(4)
    dense = 3 * 30 * 64
    heads = bits.count(dense)
    assert set(bits) > {dense}
    assert abs(heads - 60) < 5 * np.sqrt(200 * 0.3 * 0.7)


@pytest.mark.parametrize("spec", ["gd", "marina", "ef21"])
def test_grad_norm2_is_of_the_mean_gradient(spec: str) -> None:
    problem = transcriptions.breast_cancer(5, L2)
    start = np.zeros(problem.d)
    local = [g(start) for g in problem.local_gradients()]
    wanted = float(problem.gradient(start) @ problem.gradient(start))
    of_locals = float(np.mean([g @ g for g in local]))
    measured = run(spec, 1).trace["grad_norm2"][0]
    assert measured == pytest.approx(wanted, rel=1e-12)
    assert of_locals > 1.01 * wanted, "the two must differ for this test to say anything"


@pytest.mark.parametrize("every", [1, 7, 40])
def test_every_round_is_counted_however_seldom_it_is_measured(every: int) -> None:
    """SGD on minibatches, many rounds to an epoch: each costs n dense messages up and n down."""
    n, d, rounds = 4, 30, 40
    trace = run("sgd", rounds, n, every=every, wire="float32", set={"b": 4, "gamma": 1e-6}).trace
    assert trace["round"][-1] == rounds
    np.testing.assert_array_equal(trace["bits_up"], trace["round"] * n * d * 32)
    np.testing.assert_array_equal(trace["bits_down"], trace["round"] * n * d * 32)
    np.testing.assert_array_equal(trace["bits_down_broadcast"], trace["round"] * d * 32)


def test_init_is_counted() -> None:
    trace = run("ef21", 3, 4, wire="float32", set={"C": "top_k(k = 1)"}).trace
    assert trace["bits_up"][0] == 4 * 30 * 32
    assert trace["bits_up"][1] < 2 * trace["bits_up"][0]


EARLY = """algorithm EARLY
problem minimize

param gamma = 1 / L    where gamma > 0

init:
    all: x = x0

round:
    server -> all: x_new
    all: x = x_new
    node -> server: m = grad(x)
    server: x_new = x - gamma * mean(m)

output x
"""


def test_a_broadcast_of_what_is_not_computed_yet_is_refused(tmp_path: Path) -> None:
    """Public code broadcast a model before it was assigned and took all gradients at 0."""
    from cablese.dsl.text.diagnostics import SpecError

    spec = tmp_path / "early.alg"
    spec.write_text(EARLY)
    with pytest.raises(SpecError) as caught:
        run(str(spec), 1)
    assert [d.span.line for d in caught.value.diagnostics] == [10]
    assert "x_new" in caught.value.diagnostics[0].message


def test_gradients_are_taken_at_the_point_of_this_round() -> None:
    """The same mistake at run time would make every step the first one again."""
    trace = run("diana", 30, set={"Q": "identity()", "gamma": 1e-6, "alpha": 0.5}).trace
    steps = -np.diff(trace["loss"])
    assert steps[0] > 0
    assert abs(steps[5] / steps[0] - 1) > 0.01


def test_a_coarse_wire_does_not_stall_what_the_server_keeps() -> None:
    """COMP-AMS moves x by less than float16 can add to it: the server must step from its own x, not from what it sent."""
    problem = "quadratic(d = 6, mu = 1, L = 1, spread = 0.1, seed = 4)"
    settings = {"eta": 1e-3, "C": "identity()"}
    losses = [
        run("comp_ams", 600, 2, problem, every=600, wire=wire, set=settings).trace.loss[-1]
        for wire in ("float16", "float32")
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)
