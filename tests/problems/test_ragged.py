"""Nodes with unlike numbers of samples: grouped, not padded to the largest, with the bits that padding gave."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance import minibatch
from cablese.runtime.chance.minibatch import MinibatchEvent
from cablese.runtime.chance.streams import NodeList, NodeRange, Stream
from cablese.runtime.problems import linear_oracle, ragged, sampled, sparse_rows, splits
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.ragged import RaggedOracle, summed_alike
from problem_cases import drawn, linear, samples

NODES = 300


def test_sums_of_shorter_rows_are_those_of_longer_ones() -> None:
    draws = np.random.default_rng(0)
    for m in [*range(1, 270), *draws.integers(270, 20_000, 60).tolist()]:
        for size in {1, m, *draws.integers(1, m + 1, 5).tolist()}:
            width = summed_alike(size, m)
            assert size <= width <= m
            for real in (np.float64, np.float32):
                rows = np.zeros((3, m), real)
                rows[:, :size] = draws.standard_normal((3, size))
                short = np.ascontiguousarray(rows[:, :width])
                np.testing.assert_array_equal(short.sum(axis=1), rows.sum(axis=1))


def unlike(name: str, tail: float, d: int, sparse: bool, monkeypatch: pytest.MonkeyPatch) -> Problem:
    """A problem whose nodes hold a few samples, some of them many."""
    draws = np.random.default_rng(7)
    sizes = np.minimum(1 + (2 * draws.pareto(tail, NODES)).astype(int), 1500)
    owner = draws.permutation(np.repeat(np.arange(NODES), sizes))
    monkeypatch.setattr(sampled, "deal", lambda *_, **__: [np.flatnonzero(owner == i) for i in range(NODES)])
    return linear(name, *samples(len(owner), d, 3, 0.4), NODES, sparse=sparse)


def results(problem: Problem, chosen: Backend, b: int) -> tuple[str, list[Any]]:
    """The oracle's kind, and what it computes of all nodes and of some."""
    draws, oracle, batch = np.random.default_rng(11), problem.oracle(chosen, 0, NODES), drawn(problem, b)
    one = chosen.to_device(draws.standard_normal(problem.d))
    points = chosen.to_device(draws.standard_normal((NODES, problem.d)))
    found = [*oracle.losses_and_gradients(one), oracle.losses(points)]  # type: ignore[attr-defined]
    for x in (one, points):
        found += [oracle.gradients(x), oracle.batch_gradients(x, batch)]
    half = np.sort(draws.choice(NODES, NODES // 2, replace=False))
    for members in (half, np.array([5, 3, 3, NODES - 1]), np.zeros(0, dtype=np.int64)):
        for x in (one, points[members]):
            found += [oracle.gradients(x, members), oracle.losses(x, members)]
            found.append(oracle.batch_gradients(x, batch.rows(members), members))
    return type(oracle).__name__, found


@pytest.mark.parametrize("real", ["float64", "float32"])
@pytest.mark.parametrize(("tail", "d", "sparse"), [(0.8, 9, False), (1.5, 30, False), (1.0, 9, True)])
@pytest.mark.parametrize("name", ["least_squares", "logreg"])
def test_groups_compute_what_padded_nodes_do(
    name: str, tail: float, d: int, sparse: bool, real: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, chosen = unlike(name, tail, d, sparse, monkeypatch), backend("cpu", real, "float32")
    for b in (2, 40):
        kind, plain = results(problem, chosen, b)
        assert kind == "LinearOracle"
        with monkeypatch.context() as patch:
            patch.setattr(ragged, "_MUCH", 1)
            patch.setattr(ragged, "_ENTRIES", 1 << 11)
            patch.setattr(linear_oracle, "_ENTRIES", 1 << 8)
            patch.setattr(sparse_rows, "_MANY_MEMBERS", 2)
            kind, grouped = results(problem, chosen, b)
        assert kind == "RaggedOracle"
        for one, other in zip(grouped, plain, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("b", [1, 2, 8, 20])
def test_keys_of_each_length_are_those_of_all(b: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(3)
    counts = tuple(np.minimum(1 + (3 * draws.pareto(1, 500)).astype(int), 900).tolist())
    event = MinibatchEvent(Stream(2, "event", "xi", 0, "node"), NumpyBackend("float64", "float64"), counts)
    backwards = NodeList(np.arange(500)[::-1], np.zeros(500, dtype=np.int64))
    found, turned = event.draw(3, (), NodeRange(0, 500), b), event.draw(3, (), backwards, b)
    monkeypatch.setattr(minibatch, "RAGGED", 1000)
    plain = event.draw(3, (), NodeRange(0, 500), b)
    for batch, expected in ((found, plain.indices), (turned, plain.indices[::-1])):
        np.testing.assert_array_equal(batch.indices, expected)
    np.testing.assert_array_equal(found.sizes, plain.sizes)


def test_nodes_without_samples_get_the_first_of_whoever_has_the_most() -> None:
    draws = np.random.default_rng(0)
    for concentration in (0.05, 0.3, 5.0):
        owner = draws.choice(60, 90, p=draws.dirichlet(np.full(60, concentration)))
        expected, counts = owner.copy(), np.bincount(owner, minlength=60)
        for node in np.flatnonzero(counts == 0):
            richest = int(counts.argmax())
            expected[np.flatnonzero(expected == richest)[0]] = node
            counts[richest] -= 1
        splits._feed_the_empty(owner, 60)
        np.testing.assert_array_equal(owner, expected)


def test_many_nodes_share_a_data_set_in_its_memory(tmp_path: Path) -> None:
    nodes, d, largest = 20_000, 20, 10_000
    draws = np.random.default_rng(0)
    owner = draws.permutation(np.repeat(np.arange(nodes), [largest, *(nodes - 1) * [3]]))
    features = draws.standard_normal((len(owner), d))
    np.savez(tmp_path / "all.npz", X=features, y=np.sign(features[:, 0] + draws.standard_normal(len(owner))))
    np.savetxt(tmp_path / "owner.txt", owner, fmt="%d")
    settings = {"b": 2, "gamma": 0.5}
    problem = f'logreg(data = "{tmp_path / "all.npz"}")'
    tracemalloc.start()
    try:
        run = cablese.run(
            "sgd",
            problem=problem,
            nodes=nodes,
            split=f"file:{tmp_path / 'owner.txt'}",
            rounds=3,
            set=settings,
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run.trace["loss"][-1] < run.trace["loss"][0]
    data, state = features.nbytes, 8 * nodes * d
    assert peak < 4 * data + 10 * state  # padded samples alone are 32 GB, their products 1.6


def test_grouped_runs_are_those_of_padded_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ragged, "MANY_NODES", 2)
    monkeypatch.setattr(ragged, "_MUCH", 1)
    kinds = []
    plain = RaggedOracle.__init__

    def seen(self: RaggedOracle, *given: Any) -> None:
        kinds.append(type(self))
        plain(self, *given)

    monkeypatch.setattr(RaggedOracle, "__init__", seen)
    given: dict[str, Any] = {"problem": 'logreg(data = "breast_cancer")', "nodes": 40, "rounds": 6}
    given |= {"split": "quantity(0.3)", "set": {"b": 3, "gamma": 1e-6}}
    grouped = cablese.run("sgd", **given)
    assert kinds
    monkeypatch.undo()
    padded = cablese.run("sgd", **given)
    assert grouped.trace["loss"].tolist() == padded.trace["loss"].tolist()
    assert grouped.trace["grad_norm2"].tolist() == padded.trace["grad_norm2"].tolist()
