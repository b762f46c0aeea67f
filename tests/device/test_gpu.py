"""On a real GPU runs draw and count as on NumPy, and come to the same points but for the rounding of sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.errors import SetupError
from device_cases import cases, run

CASES = cases()
EXACT = ("round", "bits_shared", "oracle_calls")
TOLERANCE = 1e-9

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module", autouse=True)
def _device() -> None:
    try:
        backend("cuda", "float64", "float32")
    except SetupError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.wire == "float64"])
def test_traces_are_those_of_numpy(name: str) -> None:
    """With 64-bit floats on the wire a sum that rounds otherwise changes no more than the last digits."""
    points, output = run(CASES[name], "cuda")
    expected, where = run(CASES[name], "cpu")
    assert [_exact(point) for point in points] == [_exact(point) for point in expected]
    for point, wanted in zip(points, expected, strict=True):
        for metric, value in wanted["metrics"].items():
            assert point["metrics"][metric] == pytest.approx(value, rel=TOLERANCE, abs=TOLERANCE)
    np.testing.assert_allclose(output, where, rtol=TOLERANCE, atol=TOLERANCE * np.max(np.abs(where)))


def test_gradients_of_a_network_share_memory_with_pytorch_and_are_those_of_the_host() -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("this PyTorch has no CUDA device")
    from cablese.runtime.problems.registry import make_problem

    problem = make_problem("network", {"model": "mlp(32)", "data": "digits"}, n=2, split="shuffled", seed=0)
    host, device = (backend(name, "float32", "float32") for name in ("cpu", "cuda"))
    on_host, on_device = (problem.oracle(each, 0, 2) for each in (host, device))
    wanted = on_host.gradients(host.to_device(problem.start))
    found = on_device.gradients(device.to_device(problem.start))
    assert type(found).__module__.startswith("cupy")
    np.testing.assert_allclose(device.to_host(found), wanted, rtol=1e-4, atol=1e-5)
    assert np.array_equal(
        device.to_host(found), device.to_host(on_device.gradients(device.to_device(problem.start)))
    )


def _exact(point: dict[str, Any]) -> dict[str, Any]:
    return {name: point[name] for name in EXACT}
