"""Specs whose short vectors are computed as long ones are, in pieces and in place, also between ranks: nothing comes out
otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
from cablese.runtime.arrays import threads
from cablese.runtime.arrays.numba_dispatch import compiled, kernels_always, numpy_alone
from cablese.runtime.arrays.threads import LONG_ROW
from cablese.runtime.execute import session
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from cablese.runtime.transports import in_pieces, mpi_framing
from emulated_ranks import emulated
from execute_runs import run
from library_tiers import specs_by_tier
from random_cases import random_case
from shipped_runs import options_of
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
    take_as_long(monkeypatch)
    return monkeypatch


def take_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `as_long`."""
    for name, module in list(sys.modules.items()):
        if name.startswith("cablese.") and hasattr(module, "LONG_ROW"):
            monkeypatch.setattr(module, "LONG_ROW", 2)
    monkeypatch.setattr(session, "LONG", 1)
    monkeypatch.setattr(threads, "AT_ONCE", 3)
    monkeypatch.setattr(threads, "SPAN", 6)
    monkeypatch.setattr(mpi_framing, "LONG_SLOT", 1)
    monkeypatch.setattr(in_pieces, "PIECE", 4)


@pytest.mark.parametrize("seed", [*range(25), *NESTED, *CONSTANTS])
def test_random_specs_come_to_the_same(seed: int, as_long: pytest.MonkeyPatch) -> None:
    case = random_case(seed)
    options = replace(case.options, rounds=6)
    with numpy_alone(), np.errstate(all="ignore"):
        pieces = ended(case.text, options)
        as_long.undo()
        whole = ended(case.text, options)
    assert difference(whole, pieces) == ""


@pytest.mark.skipif(compiled() is None, reason="needs numba")
@pytest.mark.parametrize("seed", range(30, 50))
def test_loops_of_random_specs_come_to_the_same(seed: int, as_long: pytest.MonkeyPatch) -> None:
    case = random_case(seed)
    options = replace(case.options, rounds=6)
    with np.errstate(all="ignore"):
        with kernels_always():
            pieces = ended(case.text, options)
        as_long.undo()
        with numpy_alone():
            whole = ended(case.text, options)
    assert difference(whole, pieces) == ""


RANKS = ((2, "shared"), (3, "dedicated"), (5, "shared"))


@pytest.mark.parametrize("seed", range(100, 130))
def test_random_specs_come_to_the_same_on_ranks(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case, (ranks, server_rank) = random_case(seed), RANKS[seed % len(RANKS)]
    options = replace(case.options, rounds=6)
    with numpy_alone(), np.errstate(all="ignore"):
        whole = ended(case.text, options)
        if "points" not in whole:
            pytest.skip("it does not run")
        take_as_long(monkeypatch)
        pieces = emulated(case.text, replace(options, server_rank=server_rank), ranks)
    assert difference(whole, pieces) == ""


@pytest.mark.parametrize("name", specs_by_tier())
def test_the_library_comes_to_the_same_on_ranks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(rounds=6, every=2, wire_check="all", **options_of(name))
    text, (ranks, server_rank) = find_spec(name).text, RANKS[crc32(name.encode()) % len(RANKS)]
    if options.graph is not None:
        server_rank = "shared"
    with numpy_alone():
        whole = ended(text, options)
        take_as_long(monkeypatch)
        pieces = emulated(text, replace(options, server_rank=server_rank), ranks)
    assert "points" in whole
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
