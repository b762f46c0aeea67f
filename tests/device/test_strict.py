"""On a device that refuses every hidden copy to the host, runs are what they are on NumPy, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.compressors.registry import SHIPPED
from cablese.runtime.library import find_spec
from cablese.runtime.problems import linear_oracle
from device_cases import DATA, Case, cases, options_of, run
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


def test_minibatches_of_many_nodes_go_some_at_a_time_as_on_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_oracle, "_ENTRIES", 17 * 30 * 4)  # four of seven nodes
    case, text = Case("diana", ("b = 17",), 7, "float32", DATA), find_spec("diana").text
    alone, found = (ended(text, options_of(case, device)) for device in ("cpu", "strict"))
    assert "points" in alone
    assert found == alone


@pytest.mark.parametrize(
    ("method", "setting"),
    [
        ("diana", "Q = rand_k(k = 1000)"),
        ("marina", "Q = quantize(s = 7)"),
        ("marina", "Q = natural()"),
        ("ef21", "C = top_k(k = 1000)"),
    ],
)
def test_long_vectors_whose_nodes_go_some_at_a_time_equal_those_of_numpy(method: str, setting: str) -> None:
    problem = "quadratic(d = 10000, mu = 0.1, L = 3, spread = 1, seed = 2)"
    case, text = Case(method, (setting,), 8, "float32", problem), find_spec(method).text
    alone, found = (ended(text, options_of(case, device)) for device in ("cpu", "strict"))
    assert "points" in alone
    assert found == alone
