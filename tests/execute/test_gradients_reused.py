"""A gradient that a node asked for in this round or the last, at a point that it still holds, is neither computed again nor
counted again; which points are the same is a property of the program."""

from __future__ import annotations

import pytest
from cablese.runtime.execute.interface import Recording
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
