"""On a device that refuses every hidden copy to the host, runs are what they are on NumPy, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.compressors.registry import SHIPPED
from device_cases import cases, run

CASES = cases()
RULES = sorted(name for name in CASES if name.startswith("rule-"))
LATER = {name for at, name in enumerate(RULES) if at % 6}
"""Rules that wait for the slow tier; NumPy's own traces of all of them are tried in the quick one."""


def test_every_compressor_is_among_the_cases() -> None:
    written = " ".join(setting for case in CASES.values() for setting in case.settings)
    assert [name for name in SHIPPED if f"{name}(" not in written] == []


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LATER else name for name in CASES]
)
def test_traces_equal_those_of_numpy(name: str) -> None:
    points, output = run(CASES[name], "strict")
    expected, where = run(CASES[name], "cpu")
    assert points == expected
    np.testing.assert_array_equal(output, where)
