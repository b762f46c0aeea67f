"""Sums on their way to rank 0: in a chain the points of one process to the last bit, in a tree nearly so."""

from __future__ import annotations

import json

import cablese
import numpy as np
import pytest
from launching import mpirun

pytestmark = pytest.mark.mpi

SMALL = "quadratic(d = 6, mu = 0.3, L = 2, spread = 1, seed = 2)"
LONG = (
    "quadratic(d = 70000, mu = 0.3, L = 2, spread = 1, seed = 2)"  # metrics are added up in a chain as well
)
IN_PIECES = "quadratic(d = 140000, mu = 0.3, L = 2, spread = 1, seed = 2)"  # rows are sent one by one, and read in pieces
RUNS = [
    ("gd", SMALL, 5, "float64"),
    ("marina", SMALL, 5, "float64"),
    ("scaffold_1", SMALL, 2, "float64"),
    ("gd", LONG, 3, "float64"),
    ("gd", IN_PIECES, 3, "float32"),
]

SCRIPT = f"""
import json, sys
import cablese
way, server = sys.argv[1:]
for name, problem, n, wire in {RUNS!r}:
    given = {{"nodes": n, "rounds": 6, "every": 3, "reduce": way, "server_rank": server, "wire": wire}}
    result = cablese.run(name, problem=problem, **given)
    if result.trace["round"].size:
        columns = [result.trace[each].tolist() for each in ("loss", "grad_norm2", "bits_up")]
        print(json.dumps([result.header.reduce, *columns]))
"""


def points(ranks: int, way: str, server: str) -> list[list[object]]:
    ended = mpirun(ranks, "-c", SCRIPT, way, server)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("[")]


def alone() -> list[list[object]]:
    runs = [
        cablese.run(name, problem=problem, nodes=n, rounds=6, every=3, wire=wire)
        for name, problem, n, wire in RUNS
    ]
    return [[run.trace[each].tolist() for each in ("loss", "grad_norm2", "bits_up")] for run in runs]


@pytest.mark.parametrize(("ranks", "server"), [(2, "shared"), (4, "dedicated")])
def test_a_chain_has_the_bits_of_one_process(ranks: int, server: str) -> None:
    assert points(ranks, "chain", server) == [["chain", *each] for each in alone()]


def test_a_tree_is_near_and_says_so() -> None:
    for (way, *found), wanted in zip(points(3, "tree", "shared"), alone(), strict=True):
        assert way == "tree"
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-9)
