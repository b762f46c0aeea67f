"""Random specs whose short vectors are computed as long ones are, in pieces and in place: nothing comes out otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from cablese.runtime.arrays import threads
from cablese.runtime.arrays.numba_dispatch import numpy_alone
from cablese.runtime.arrays.threads import LONG_ROW
from cablese.runtime.execute import session, tiles
from execute_runs import run
from random_cases import random_case
from trials import difference, ended

NESTED, CONSTANTS = (234, 470), (502, 510, 513, 521)
"""Cases in which gradients of gradients stood in one line, and x0 in a sum in tiles: neither ran."""

ANCHORED = """\
algorithm Anchored
problem minimize
compressor C: any
param gamma = 0.1
init:
    all: x = x0
    node: h_i = zeros
round:
    node -> server: m = C(grad(x) - h_i + 0.5 * x - x0 + ones)
    node: h_i = h_i + 0.1 * m + zeros - ones * gamma
    server -> all: g = mean(m)
    all: x = (x - gamma * g) / 2 + 0.5 * x0
output x
"""


@pytest.fixture
def as_long(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Vectors of two entries count as long, and pieces have three."""
    for name, module in list(sys.modules.items()):
        if name.startswith("cablese.") and hasattr(module, "LONG_ROW"):
            monkeypatch.setattr(module, "LONG_ROW", 2)
    monkeypatch.setattr(session, "LONG", 1)
    monkeypatch.setattr(tiles, "COLUMNS", 3)
    monkeypatch.setattr(threads, "SPAN", 6)
    return monkeypatch


@pytest.mark.parametrize("seed", [*range(25), *NESTED, *CONSTANTS])
def test_random_specs_come_to_the_same(seed: int, as_long: pytest.MonkeyPatch) -> None:
    case = random_case(seed)
    options = replace(case.options, rounds=6)
    with numpy_alone(), np.errstate(all="ignore"):
        pieces = ended(case.text, options)
        as_long.undo()
        whole = ended(case.text, options)
    assert difference(whole, pieces) == ""


@pytest.mark.parametrize("setting", ["quantize(s = 3)", "natural()", "scaled_sign()", "top_k(k = 100)"])
def test_vectors_that_no_line_binds_are_read_in_pieces(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "problem": f"quadratic(d = {LONG_ROW + 77}, mu = 0.1, L = 1)",
        "nodes": 2,
        "rounds": 3,
        "settings": (f"C={setting}",),
    }
    _, pieces = run(ANCHORED, **options)
    monkeypatch.setattr(session, "LONG", 1 << 40)
    _, whole = run(ANCHORED, **options)
    assert np.array_equal(pieces.output, whole.output)
