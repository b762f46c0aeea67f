"""Memory of runs on networks: the states of all nodes, and a few vectors more however many nodes there are."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.library import find_spec

pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
pytestmark = pytest.mark.torch

NODES = 12
PROBLEM = 'network(model = "mlp(2000)", data = "digits", metric_samples = 12)'


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("comp_ams", NODES + 4),
        ("ef21", 2 * NODES + 2),
    ],  # at its start EF21 has the gradients that were sent, too
)
def test_gradients_of_all_nodes_do_not_stand_beside_their_states(name: str, states: int) -> None:
    settings = ("gamma=1e-3",) if name == "ef21" else ("C=top_k(k = 100)",)
    ready = prepare(
        find_spec(name), Options(problem=PROBLEM, nodes=NODES, rounds=3, every=3, settings=settings)
    )
    gc.collect()
    tracemalloc.start()
    ready.run(Recording())
    peak = tracemalloc.get_traced_memory()[1] / (4 * ready.header.d)
    tracemalloc.stop()
    assert peak < states + 8
