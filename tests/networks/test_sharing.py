"""Networks on the memory of the run's arrays: by DLPack, with array-api-strict in the place of CuPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.strict_backend import StrictBackend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.problems.registry import make_problem

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
pytestmark = pytest.mark.torch

NET, PLAYERS = (Path(__file__).with_name(f"{name}.py") for name in ("net", "players"))
PROBLEMS: dict[str, dict[str, Any]] = {
    "torch": {"module": f"{NET}:make", "data": "digits"},
    "network": {"model": "mlp(8)", "data": "digits", "l2": 0.1},
    "adversarial": {"model": "mlp(8)", "data": "digits", "radius": 1},
}


def refused(*_: Any) -> Any:
    raise AssertionError("a copy between host and device")


def oracle_of(name: str, backend: Any, nodes: int) -> Any:
    return make_problem(name, PROBLEMS[name], n=nodes, split="shuffled", seed=0).oracle(backend, 0, nodes)


@pytest.mark.parametrize(("name", "nodes"), [("torch", 3), ("network", 8), ("adversarial", 2)])
def test_gradients_are_written_to_the_devices_memory_without_a_copy(
    name: str, nodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, device = NumpyBackend("float32", "float32"), StrictBackend("float32", "float32")
    oracles = [oracle_of(name, backend, nodes) for backend in (host, device)]
    draws = np.random.default_rng(0)
    points = draws.standard_normal((nodes, oracles[0]._flat.d)).astype(np.float32)
    batch = Batch(draws.integers(0, 100, (nodes, 5)), np.full(nodes, 5), False)
    keys = np.arange(nodes, dtype=np.uint64)
    wanted = oracles[0].keyed_gradients(points, batch, keys)
    there = device.to_device(points)
    for way in ("to_host", "to_device"):
        monkeypatch.setattr(StrictBackend, way, refused)
    found = oracles[1].keyed_gradients(there, batch, keys)
    monkeypatch.undo()
    assert found.device == device.device
    assert np.array_equal(device.to_host(found), wanted)
    assert np.array_equal(device.to_host(there), points)


def test_a_run_on_another_device_has_the_same_points() -> None:
    problem = f'torch(module = "{NET}:make", data = "digits", test = "0.2")'
    here, there = (
        cablese.run("comp_ams", problem=problem, nodes=2, rounds=3, set={"b": 8}, device=device)
        for device in ("cpu", "strict")
    )
    assert np.array_equal(here.trace.loss, there.trace.loss)
    assert np.array_equal(here.trace.test_accuracy, there.trace.test_accuracy)
    assert np.array_equal(here.output, there.output)
