"""Where a run stops being finite, the fast path names the round, node and spec line that the evaluator does."""

from __future__ import annotations

import re

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.errors import RunFailed
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from harness import fast, slow
from slow_seats import NotFinite

QUADRATIC = "quadratic(d = 12, mu = 0.3, L = 2, spread = 1, seed = 2)"
ROUND, MET = re.compile(r"\.alg:(\d+): in (?:round (\d+)|init)"), re.compile(r"met in line (\d+)")
NODE = re.compile(r", at node (\d+)[:,]")
DIVERGING = [
    ("gd", ("gamma = 1e4",), "float32"),
    ("gd", ("gamma = 1e60",), "float64"),
    ("diana", ("gamma = 1e3", "Q = rand_k(k = 3)"), "float32"),
    ("diana", ("gamma = 1e3", "Q = quantize(s = 2)"), "float16"),
    ("ef21", ("gamma = 1e3", "C = top_k(k = 2)"), "float16"),
    ("marina", ("gamma = 1e3", "p = 0.5", "Q = natural()"), "float64"),
    ("pp_marina", ("gamma = 1e3", "p = 0.2", "r = 4"), "float32"),
    ("artemis", ("gamma = 1e3",), "float16"),
    ("mcm", ("gamma = 1e6", "C_dwn = identity()"), "float16"),
    ("comp_ams", ("eta = 1e40", "b = 1"), "float32"),
]


GROWING = """algorithm Growing
problem minimize

init:
    all: x = x0
    node: s = 1.0

round:
    node: s = s * (1 + 1e50 * L_i)
    node -> server: q = grad(x) / s
    server -> all: v = mean(q)
    all: x = x - 0.1 * v

output x
"""


@pytest.mark.parametrize(("spec", "settings", "wire"), DIVERGING)
def test_a_diverging_run_stops_where_the_evaluator_does(
    spec: str, settings: tuple[str, ...], wire: str
) -> None:
    options = Options(nodes=5, rounds=200, every=50, problem=QUADRATIC, settings=settings, wire=wire)
    assert_stopped_alike(find_spec(spec), options)


def test_a_number_of_one_node_s_own() -> None:
    assert_stopped_alike(Source("growing.alg", GROWING), Options(nodes=5, rounds=20, problem=QUADRATIC))


def assert_stopped_alike(source: Source, options: Options) -> None:
    """The same line, round and node."""
    with pytest.raises(NotFinite) as meant:
        slow(source, options)
    with pytest.raises(RunFailed) as said:
        fast(source, options)
    found, met, at = (pattern.search(str(said.value)) for pattern in (ROUND, MET, NODE))
    assert found is not None, said.value
    line, round = int((met or found)[1]), int(found[2])  # where it arose, if that was before, is said too
    node = None if at is None else int(at[1])
    assert (line, round, node) == (meant.value.line, meant.value.round, meant.value.node), said.value
