"""A gradient that a node asked for in this round or the last, at a point that it still holds, is neither computed again nor
counted again; which points are the same is a property of the program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cablese.runtime.arrays.numba_dispatch import kernels_always
from cablese.runtime.execute import fused_source
from cablese.runtime.execute.fused import FusedRounds
from cablese.runtime.execute.handover import Handover
from cablese.runtime.execute.interface import Recording
from cablese.runtime.problems.linear_oracle import LinearOracle
from execute_runs import prepared
from fused_text import not_compiled

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
    ready.loop.points.meter = replace(
        ready.loop.points.meter, handover=None
    )  # rounds take nothing from points
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
                patch.setattr(Handover, "offer", lambda *_: None)
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
        counted.handover.offer(x, gradients, 0.25)
        counted.begin(0)
        assert (counted.gradient(point) is gradients) is taken
        assert counted.handover.settle() == 0.25 * taken
        assert counted.gradient(point) is not gradients
    counted.handover.offer(x, gradients, 0.25)
    counted.begin(1)
    counted.begin(2)
    assert counted.gradient(x) is not gradients


LEFT_TO_POINTS = [
    ("ef21", {}, 4),
    ("ef21", {"dtype": "float32"}, 4),
    ("ef21", {"thin": ("loss=2",)}, 4),
    ("marina", {"settings": ("Q=rand_k(k = 3)",)}, 4),
    ("marina", {"settings": ("p=1",)}, 4),
    ("gd", {}, 0),  # asks before it moves
    ("sgd", {"settings": ("b=3",)}, 0),
    ("local_sgd", {}, 0),  # a point for each node
]


@pytest.mark.parametrize(("spec", "options", "saved"), LEFT_TO_POINTS)
def test_a_point_takes_losses_and_gradients_of_the_round_before_it(spec, options, saved, monkeypatch):
    found = []
    for taken in (True, False):
        with monkeypatch.context() as patch:
            if not taken:
                patch.setattr(Handover, "take", lambda *_: None)
            products, plain = [], LinearOracle._loss_arguments

            def counting(self, *given, products=products, plain=plain):
                products.append(1)
                return plain(self, *given)

            patch.setattr(LinearOracle, "_loss_arguments", counting)
            recording = Recording()
            prepared(spec, problem=LOGREG, every=3, rounds=12, **options).run(recording)
        found.append((len(products), recording.points))
    (fewer, points), (all_of_them, alone) = found
    assert all_of_them - fewer == saved  # of the points after rounds 3, 6, 9 and 12
    for one, other in zip(points, alone, strict=True):
        assert one.metrics == other.metrics and one.oracle_calls == other.oracle_calls


def test_losses_are_not_computed_for_points_that_do_not_take_them(monkeypatch):
    rounds, plain = [], LinearOracle.losses_and_gradients
    ready = prepared("gd", problem=LOGREG, every=3, rounds=12)
    counted, measured = ready.loop.machine.counted_oracle, []

    def counting(self, point):
        rounds.append(counted.round)
        return plain(self, point)

    monkeypatch.setattr(LinearOracle, "losses_and_gradients", counting)
    monkeypatch.setattr(Recording, "point", lambda self, point: measured.append(len(rounds)))
    ready.run(Recording())
    assert measured == [1, 3, 4, 5, 6]  # one a point, and one in the round before the first


def test_what_is_left_serves_its_very_point_whatever_the_round_makes_of_its_own():
    ready = prepared("ef21", problem=LOGREG, every=5, rounds=5)
    counted = ready.loop.machine.counted_oracle
    x = np.linspace(-1, 1, ready.context.d)
    losses, gradients = counted.oracle.losses_and_gradients(x)
    for point, taken in (
        (x, True),
        (np.nextafter(x, 2), False),
        (x, False),
    ):  # once missed, none is left any more
        counted.handover.last = counted.round + 1
        counted.begin(counted.round + 1)
        counted.gradient(x)[:] = np.nan
        found = counted.handover.take(point)
        assert (found is not None) is taken
        if found is not None:
            np.testing.assert_array_equal(found[0], losses)
            np.testing.assert_array_equal(found[1], gradients)
        assert counted.handover.take(x) is None
    for round in (7, 8):  # not the one before the point
        counted.handover.last = 9
        counted.begin(round)
        counted.gradient(x)
        assert counted.handover.take(x) is None


@pytest.mark.parametrize("fused", [False, True])
def test_time_of_gradients_that_measuring_computed_for_rounds_is_the_rounds_own(fused, monkeypatch):
    spent, offer = [], Handover.offer

    def noting(self, point, gradients, seconds):
        spent.append(seconds)
        offer(self, point, gradients, 100.0)

    monkeypatch.setattr(Handover, "offer", noting)
    if fused:
        monkeypatch.setattr(fused_source, "compiled_rounds", not_compiled([]))
    monkeypatch.setattr(FusedRounds, "pay", lambda *_: fused)
    with kernels_always():
        ready = prepared("gd", problem=LOGREG, every=3, rounds=9)
        ready.run(recording := Recording())
    taken = [round(point.seconds / 100) for point in recording.points]
    assert taken == [0, 1, 2, 3]  # the gradients of the points after rounds 0, 3 and 6
    assert len(spent) == 4 and all(0 < seconds < 100 for seconds in spent)
    assert -300 < ready.loop.points.seconds < -200
