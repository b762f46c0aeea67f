"""Random well-typed specs mean the same to the fast path and to the evaluator."""

from __future__ import annotations

import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.execute.options import Options
from harness import assert_equal
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from random_specs import specs

NOT_EXECUTED = "E6"  # the codes of what this version does not run
PROBLEM = "quadratic(d = 9, mu = 0.3, L = 2, spread = 1, seed = 2)"


def check(text: str, nodes: int, wire: str, seed: int) -> None:
    options = Options(nodes=nodes, rounds=6, every=1, problem=PROBLEM, wire=wire, seed=seed, wire_check="all")
    try:
        assert_equal(Source("random.alg", text), options)
    except SpecError as refused:
        if all(d.code.startswith(NOT_EXECUTED) for d in refused.diagnostics):
            reject()
        raise


RUNS = {"text": specs(), "nodes": st.integers(2, 5), "wire": st.sampled_from(["float32", "float64"])}
# to shrink a spec takes minutes: it is short enough to be read as it is
KEPT = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "phases": [Phase.generate],
    "report_multiple_bugs": False,
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], **KEPT)
@given(**RUNS, seed=st.integers(0, 3))
def test_random_specs(text: str, nodes: int, wire: str, seed: int) -> None:
    check(text, nodes, wire, seed)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=list(HealthCheck), **KEPT)
@given(**RUNS, seed=st.integers(0, 1000))
def test_many_random_specs(text: str, nodes: int, wire: str, seed: int) -> None:
    check(text, nodes, wire, seed)
