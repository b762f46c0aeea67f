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


def _exact(point: dict[str, Any]) -> dict[str, Any]:
    return {name: point[name] for name in EXACT}
