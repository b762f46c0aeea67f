"""On a device that refuses every hidden copy to the host, runs are what they are on NumPy, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.compressors.registry import SHIPPED
from device_cases import cases, run
from tiers import every

CASES = cases()
RULES = sorted(name for name in CASES if name.startswith("rule-"))
COMPOSITE = sorted(name for name in CASES if name.startswith("psi-"))
METHODS = sorted(CASES.keys() - {*RULES, *COMPOSITE})


def test_every_compressor_is_among_the_cases() -> None:
    written = " ".join(setting for case in CASES.values() for setting in case.settings)
    assert [name for name in SHIPPED if f"{name}(" not in written] == []


@pytest.mark.parametrize("name", [*COMPOSITE, *every(5, METHODS), *every(12, RULES)])
def test_traces_equal_those_of_numpy(name: str) -> None:
    points, output = run(CASES[name], "strict")
    expected, where = run(CASES[name], "cpu")
    assert points == expected
    np.testing.assert_array_equal(output, where)
