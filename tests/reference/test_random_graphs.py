"""Random well-typed specs on graphs mean the same to the fast path and to the evaluator."""

from __future__ import annotations

import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.execute.options import Options
from harness import assert_equal
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from random_graphs import specs

PROBLEM = "quadratic(d = 9, mu = 0.3, L = 2, spread = 1, seed = 2)"
GRAPHS = ("ring", "complete", "star", "erdos_renyi(0.6)")


def check(text: str, nodes: int, graph: str, wire: str, seed: int) -> None:
    options = Options(
        nodes=nodes, rounds=6, every=1, problem=PROBLEM, wire=wire, seed=seed, graph=graph, wire_check="all"
    )
    try:
        assert_equal(Source("random.alg", text), options)
    except SpecError as refused:
        if all(d.code.startswith("E6") for d in refused.diagnostics):
            reject()
        raise


RUNS = {
    "text": specs(),
    "nodes": st.integers(2, 5),
    "graph": st.sampled_from(GRAPHS),
    "wire": st.sampled_from(["float32", "float64"]),
}
KEPT = {"deadline": None, "database": None, "derandomize": True}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], **KEPT)
@given(**RUNS, seed=st.integers(0, 3))
def test_random_specs(text: str, nodes: int, graph: str, wire: str, seed: int) -> None:
    check(text, nodes, graph, wire, seed)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=list(HealthCheck), **KEPT)
@given(**RUNS, seed=st.integers(0, 1000))
def test_many_random_specs(text: str, nodes: int, graph: str, wire: str, seed: int) -> None:
    check(text, nodes, graph, wire, seed)
