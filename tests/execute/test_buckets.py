"""Buckets that the server draws, and aggregates by groups: values, chance, attacks, and limits."""

from __future__ import annotations

from collections import Counter
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.events import FamilyEvent
from cablese.runtime.chance.streams import NodeRange, Stream
from cablese.runtime.errors import RunFailed
from cablese.runtime.execute.functions import Functions

HOST = NumpyBackend("float64", "float64")
FUNCTIONS = Functions(backend("cpu", "float64", "float32"), 3, (3,))
PROBLEM = "quadratic(d = 6, mu = 1, L = 2, spread = 0)"


def dealt(n: int, s: int, round: int = 0, seed: int = 0) -> list[int]:
    event = FamilyEvent(Stream(seed, "event", "B", 0, "node"), HOST)
    return event.buckets(round, (), NodeRange(0, n), n, s).tolist()


@pytest.mark.parametrize(("n", "s"), [(1, 1), (1, 3), (5, 2), (6, 2), (7, 3), (4, 4), (4, 9)])
def test_buckets_are_full_but_for_the_last(n: int, s: int) -> None:
    sizes = Counter(dealt(n, s))
    assert [sizes[number] for number in sorted(sizes)] == [min(s, n - first) for first in range(0, n, s)]


def test_every_pair_of_nodes_meets_equally_often() -> None:
    rounds, n = 2000, 6
    met = sum(np.equal.outer(b, b) for b in (np.asarray(dealt(n, 2, k)) for k in range(rounds)))
    share = met[np.triu_indices(n, 1)] / rounds
    np.testing.assert_allclose(share, 1 / (n - 1), atol=4.5 * np.sqrt(0.2 * 0.8 / rounds))


def test_rows_with_equal_numbers_are_averaged_in_ascending_order_of_the_numbers() -> None:
    rows = np.arange(15.0).reshape(5, 3)
    found = FUNCTIONS.grouped(rows, np.asarray([2.0, -1.0, 2.0, 0.0, -1.0]))
    np.testing.assert_array_equal(found, [rows[[1, 4]].mean(axis=0), rows[3], rows[[0, 2]].mean(axis=0)])
    np.testing.assert_array_equal(FUNCTIONS.grouped(rows[:, 0], np.asarray([0.0, 1, 0, 1, 0])), [6.0, 6.0])


ATTACKED = """algorithm ATTACKED
problem minimize
param gamma = 0.2
param s = 2
init:
    all: x = x0
round:
    node: v = where(node_index == 0, 1, 0)
    node -> server: m = grad(x) + v * (1000 * x + ones)
    server: event B ~ buckets(n, s)
    server: g = AGGREGATE
    server -> all: u = g
    all: x = x - gamma * u
output x
"""


def attacked(aggregate: str, nodes: int = 9, rounds: int = 60, **options: Any) -> Any:
    text = ATTACKED.replace("AGGREGATE", aggregate)
    return cablese.run(text, problem=PROBLEM, nodes=nodes, rounds=rounds, metrics="dist2", **options)


@pytest.mark.parametrize(
    "aggregate",
    [
        "median(m, by = B)",
        "krum(m, 1, by = B)",
        "trimmed_mean(m, 1, by = B)",
        "geometric_median(m, by = B)",
        "median(m, by = node_index % 3)",
    ],
)
def test_a_node_that_lies_spoils_one_bucket(aggregate: str) -> None:
    assert attacked(aggregate).trace.dist2[-1] < 1e-6


def test_one_bucket_of_all_has_the_mean_and_buckets_of_one_nothing() -> None:
    one, mean = (attacked(text, rounds=2, set={"s": 9}).output for text in ("median(m, by = B)", "mean(m)"))
    np.testing.assert_allclose(one, mean, rtol=1e-6)
    each, bare = (
        attacked(text, rounds=9, set={"s": 1}).output for text in ("median(m, by = B)", "median(m)")
    )
    np.testing.assert_array_equal(each, bare)


@pytest.mark.parametrize(
    "options", [{"dtype": "float32"}, {"wire": "float16"}, {"nodes": 1}, {"device": "strict"}]
)
def test_it_runs_in_every_setting(options: dict[str, Any]) -> None:
    aggregate = "median(m, by = B)"
    if options.get("nodes") == 1:
        aggregate = aggregate.replace("m,", "m / 2,")
    assert np.all(np.isfinite(attacked(aggregate, rounds=3, **options).trace.loss))


@pytest.mark.parametrize(
    ("aggregate", "s", "says"),
    [
        ("krum(m, 3, by = B)", 2, "`krum` with f = 3 needs f >= 0 and at least 6 vectors, and has 5"),
        ("median(m, by = B)", 0, "event `B`: buckets of 0 nodes hold no one"),
    ],
)
def test_what_cannot_be_dealt_out_ends_the_run(aggregate: str, s: int, says: str) -> None:
    with pytest.raises(RunFailed, match=says):
        attacked(aggregate, rounds=2, set={"s": s})


def test_no_bit_is_counted_and_another_size_is_another_method() -> None:
    result = attacked("median(m, by = B)", rounds=2)
    assert {message.name for message in result.summary.messages} == {"m", "u"}
    one, two = (ATTACKED.replace("AGGREGATE", f"median(m, by = node_index % {k})") for k in (2, 3))
    assert cablese.diff(one, one.replace("gamma * u", "u * gamma")).same
    assert not cablese.diff(one, two, quick=True).same
