"""A gradient that a node asked for in this round or the last, at a point that it still holds, is neither computed again nor
counted again; which points are the same is a property of the program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.oracles import CountedOracle
from cablese.runtime.problems.linear_oracle import LinearOracle
from execute_runs import prepared

LOGREG = 'logreg(data = "breast_cancer", l2 = 1e-3)'


class Counting:
    """An oracle that counts evaluations; hides that it may be separable."""

    def __init__(self, oracle):
        self.oracle, self.full, self.batches = oracle, 0, 0

    def gradients(self, point, members=None):
        self.full += 1
        return self.oracle.gradients(point, members)

    def batch_gradients(self, point, batch, members=None):
        self.batches += 1
        return self.oracle.batch_gradients(point, batch, members)

    def losses(self, point):
        return self.oracle.losses(point)


def evaluations(spec, **options):
    ready = prepared(spec, problem=LOGREG, every=50, **options)
    counted = ready.loop.machine.counted_oracle
    spy = counted.oracle = Counting(counted.oracle)
    ready.loop.meter = replace(ready.loop.meter, offer=None)  # rounds take nothing from points
    recording = Recording()
    ready.run(recording)
    return spy, recording.points[-1]


def test_marina_computes_one_gradient_a_round():
    rounds = 40
    spy, last = evaluations("marina", rounds=rounds, settings=("Q=rand_k(k = 3)",))
    assert spy.full == rounds + 1  # and one in init
    assert last.oracle_calls == pytest.approx(569 / 4 * (rounds + 1))


def test_a_change_of_point_costs_a_second_one():
    spec = """algorithm A: "test"
problem minimize
init:
    all: x = x0
round:
    all: y = x + zeros
    node -> server: m = grad(x) - grad(y)
    server: g = mean(m)
    server -> all: g
    all: x = x - 0.1 * g
output x
"""
    spy, last = evaluations(spec, rounds=10)
    assert spy.full == 20
    assert last.oracle_calls == pytest.approx(20 * 569 / 4)


def test_the_same_point_twice_in_a_round_counts_once():
    spec = """algorithm A: "test"
problem minimize
init:
    all: x = x0
round:
    all: y = x
    node -> server: m = grad(x) + grad(y)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g
output x
"""
    spy, last = evaluations(spec, rounds=10)
    assert spy.full == 10
    assert last.oracle_calls == pytest.approx(10 * 569 / 4)


def test_full_batches_are_full_gradients():
    spy, last = evaluations("sgd", rounds=10)
    assert (spy.full, spy.batches) == (10, 0)
    assert last.oracle_calls == pytest.approx(10 * 569 / 4)


def test_minibatches_count_their_samples():
    spy, last = evaluations("sgd", rounds=10, settings=("b=7",))
    assert (spy.full, spy.batches) == (0, 10)
    assert last.oracle_calls == 70


def points_of_groups(count):
    points = "; ".join(f"a{j} = {j} * x / 100" for j in range(1, count + 1))
    asked = " + ".join(f"grad(a{j})" for j in range(1, count + 1))
    return f"""algorithm A: "test"
problem minimize
init:
    all: x = x0
round:
    group: {points}
    node: u = {asked}
    node: v = {asked}
    node -> server: m = u + v
    server -> all: g = mean(m)
    all: x = x - 0.001 * g
output x
"""


@pytest.mark.parametrize("points", [8, 9, 40])
def test_how_many_points_there_are_changes_nothing(points):
    rounds = 3
    _, last = evaluations(points_of_groups(points), rounds=rounds, groups=2)
    assert last.oracle_calls == pytest.approx(rounds * points * 569 / 4)


def test_a_point_that_stays_is_free_while_it_is_asked_at():
    spec = """algorithm A: "test"
problem minimize
init:
    all: w = x0 + 1
    all: x = x0
round k:
    if k % 4 < 2:
        node -> server: m = grad(w)
        server -> all: g = mean(m)
        all: x = x - 0.1 * g
output x
"""
    spy, last = evaluations(spec, rounds=8)  # asked in rounds 0, 1, 4, 5
    assert spy.full == 2
    assert last.oracle_calls == pytest.approx(2 * 569 / 4)


GIVEN_TO_ROUNDS = [
    ("gd", {}, 1.0),
    ("diana", {"settings": ("Q=rand_k(k = 3)",)}, 1.0),
    ("diana", {"dtype": "float32"}, 1.0),
    ("marina", {}, 0.0),  # moves before it asks
    ("sgd", {"settings": ("b=3",)}, 0.0),
]


@pytest.mark.parametrize(("spec", "options", "share"), GIVEN_TO_ROUNDS)
def test_a_round_takes_the_gradients_of_the_point_before_it(spec, options, share, monkeypatch):
    found = []
    for offered in (True, False):
        with monkeypatch.context() as patch:
            if not offered:
                patch.setattr(CountedOracle, "offer", lambda *_: None)
            ready = prepared(spec, problem=LOGREG, every=3, rounds=12, **options)
            computed, plain = [], type(ready.loop.machine.counted_oracle.oracle).gradients

            def counting(self, point, members=None, computed=computed, plain=plain):
                computed.append(point)
                return plain(self, point, members)

            patch.setattr(LinearOracle, "gradients", counting)
            recording = Recording()
            ready.run(recording)
        found.append((len(computed), recording.points))
    (fewer, points), (all_of_them, alone) = found
    assert all_of_them - fewer == share * 4  # of the points after rounds 0, 3, 6 and 9
    for one, other in zip(points, alone, strict=True):
        assert one.metrics == other.metrics and one.oracle_calls == other.oracle_calls


def test_an_offer_lives_for_one_round_and_serves_its_very_point():
    ready = prepared("gd", problem=LOGREG, every=5, rounds=5)
    counted = ready.loop.machine.counted_oracle
    x = np.linspace(-1, 1, counted.oracle.gradients(np.zeros(ready.context.d)).shape[1])
    gradients = counted.oracle.gradients(x)
    for point, taken in ((x, True), (np.nextafter(x, 2), False), (-0.0 * x, False)):
        counted.offer(x, gradients)
        counted.begin(0)
        assert (counted.gradient(point) is gradients) is taken
        assert counted.gradient(point) is not gradients
    counted.offer(x, gradients)
    counted.begin(1)
    counted.begin(2)
    assert counted.gradient(x) is not gradients
