"""On a device that refuses every hidden copy to the host, runs are what they are on NumPy, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.compressors.registry import SHIPPED
from cablese.runtime.library import find_spec
from device_cases import cases, options_of, run
from emulated_ranks import emulated
from tiers import every
from trials import ended

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


ON_RANKS = [name for name in METHODS if CASES[name].spec in ("marina", "ef21", "artemis")]


@pytest.mark.parametrize("name", every(3, ON_RANKS))
def test_ranks_whose_messages_the_device_writes_equal_one_process_of_numpy(name: str) -> None:
    case = CASES[name]
    text = find_spec(case.spec).text
    alone = ended(text, options_of(case, "cpu"))
    assert "points" in alone
    assert emulated(text, options_of(case, "strict"), 2) == alone
