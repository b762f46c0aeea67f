"""The plug-ins of docs/plugins.md, found by their entry points, in one process and over ranks."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from blocks import BLOCKS
from cablese.runtime.report.machine import launcher

SPEC = "cablese run marina -n 4 -k 30 --every 10 --json --wire-check all --problem"
PROBLEM, SETTING = "quadratic(d = 20, mu = 1, L = 2)", "Q=rand_block(k = 5)"
COMMAND = (*SPEC.split(), PROBLEM, "--set", SETTING, "--trace")


PAGE = [block for block in BLOCKS if block.page.name == "plugins.md"]
MODULES = {block.name: block.text for block in PAGE if block.kind == "python" and "file" in block.marks}
POINTS = [tomllib.loads(block.text)["project"]["entry-points"] for block in PAGE if block.kind == "toml"]


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An environment in which a package of the page's modules is installed, as far as Python's metadata tell."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    about = tmp_path / "shown-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shown\nVersion: 1.0\n")
    groups = [group for points in POINTS for group in points.items()]
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in groups
    ]
    (about / "entry_points.txt").write_text("".join(lines))
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def ran(environment: dict[str, str], *words: str, ranks: int = 0) -> subprocess.CompletedProcess[str]:
    start = [str(launcher()), "-n", str(ranks)] if ranks else []
    words = ("-m", "cablese.cli.main", *words[1:])
    return subprocess.run(
        [*start, sys.executable, *words], env=environment, capture_output=True, text=True, timeout=120
    )


def points(trace: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in trace.read_text().splitlines()]
    return [{**point, "seconds": 0} for point in found if point["type"] == "point"]


def test_the_class_is_as_short_as_promised() -> None:
    tree = ast.parse(MODULES["rand_block.py"])
    [body] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    lines = MODULES["rand_block.py"].splitlines()[body.lineno - 1 : body.end_lineno]
    assert sum(1 for line in lines if line.strip()) <= 15


def test_a_run_finds_a_compressor_and_counts_its_bits(installed: dict[str, str], tmp_path: Path) -> None:
    ended = ran(installed, *COMMAND, str(tmp_path / "one.jsonl"))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["compressors"] == {"Q": "rand_block(k = 5)"}
    each = json.loads(ran(installed, *COMMAND, str(tmp_path / "x.jsonl"), "--dry").stdout)["messages"]
    assert 5 * 32 + 14 in [message["bits"] for message in each]  # ceil(log2 C(20, 5)) = 14


def test_every_module_of_the_page_is_an_entry_point() -> None:
    named = [value for points in POINTS for entries in points.values() for value in entries.values()]
    assert {f"{value.partition(':')[0]}.py" for value in named} == set(MODULES)


def test_a_problem_is_listed_run_and_held_to_its_bounds(installed: dict[str, str], tmp_path: Path) -> None:
    assert "consensus(d)" in ran(installed, "cablese", "list", "problems").stdout
    command = [*SPEC.split(), "consensus(d = 20)", "--trace"]
    ended = ran(installed, *command, str(tmp_path / "one.jsonl"))
    assert ended.returncode == 0, ended.stderr
    norms = [point["grad_norm2"] for point in points(tmp_path / "one.jsonl")]
    assert norms[-1] < 0.1 * norms[0]
    command[-2] = "consensus(d = 0)"
    ended = ran(installed, *command, str(tmp_path / "two.jsonl"))
    assert (ended.returncode, "must be at least 1, not 0 (dimension)" in ended.stderr) == (1, True)


def test_a_regulariser_is_listed_added_and_solved_for(installed: dict[str, str], tmp_path: Path) -> None:
    """To a problem that ships, and to another plug-in."""
    assert "… + huber(lam)" in ran(installed, "cablese", "list", "problems").stdout
    command = "cablese run gd -n 4 -k 60 --every 60 --wire float64 --metrics f_gap,dist2"
    for i, problem in enumerate(("quadratic(d = 20, mu = 0.5, L = 1)", "consensus(d = 20)")):
        trace = tmp_path / f"{i}.jsonl"
        ended = ran(
            installed, *command.split(), "--problem", f"{problem} + huber(lam = 0.2)", "--trace", str(trace)
        )
        assert ended.returncode == 0, ended.stderr
        first, last = (points(trace)[place]["dist2"] for place in (0, -1))
        assert last < 1e-20 < 0.1 < first


ROBUST = """algorithm CLIPPED
problem minimize
param f = 1
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = clipped_mean(m, f)
    all: x = x - g / (2 * L)
output x
"""


def test_an_aggregator_is_listed_and_run_and_held_to_its_bounds(
    installed: dict[str, str], tmp_path: Path
) -> None:
    assert "clipped_mean(e, f)" in ran(installed, "cablese", "list", "aggregates").stdout
    (tmp_path / "clipped.alg").write_text(ROBUST)
    command = ["cablese", "run", str(tmp_path / "clipped.alg"), "-n", "4", "-k", "40", "--problem", PROBLEM]
    ended = ran(installed, *command, "--trace", str(tmp_path / "one.jsonl"))
    assert ended.returncode == 0, ended.stderr
    norms = [point["grad_norm2"] for point in points(tmp_path / "one.jsonl")]
    assert norms[-1] < 0.1 * norms[0]
    ended = ran(installed, *command, "--set", "f=-1")
    assert (ended.returncode, "`f` of `clipped_mean` must be at least 0, not -1" in ended.stderr) == (3, True)


def test_a_program_registers_them(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "shown-1.0.dist-info" / "entry_points.txt").unlink()
    program = """
import cablese
from cablese.runtime.compressors import registry as compressors
from cablese.runtime.problems import registry as problems
from consensus import Consensus
from rand_block import RandBlock

compressors.register(RandBlock)
problems.register(Consensus)
result = cablese.run("marina", nodes=3, rounds=5, problem="consensus(d = 20)", set={"Q": "rand_block(k = 5)"})
print(len(result.points))
"""
    ended = subprocess.run([sys.executable, "-c", program], env=installed, capture_output=True, text=True)
    assert (ended.stdout, ended.returncode) == ("6\n", 0), ended.stderr


@pytest.mark.mpi
def test_ranks_give_the_same_points(installed: dict[str, str], tmp_path: Path) -> None:
    traces = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    for ranks, trace in zip((0, 2), traces, strict=True):
        ended = ran(installed, *COMMAND, str(trace), ranks=ranks)
        assert ended.returncode == 0, ended.stderr
    assert points(traces[0]) == points(traces[1])
    assert len(points(traces[0])) == 4


def test_a_compressor_s_class_is_checked(installed: dict[str, str]) -> None:
    ended = ran(installed, "cablese", "run", "ef21", "--set", "C=rand_block(k = 5)")
    assert (ended.returncode, "E4" in ended.stderr) == (1, True)
    assert "rand_block is unbiased" in ended.stderr
    ended = ran(installed, "cablese", "run", "marina", "--problem", PROBLEM, "--set", "Q=rand_block(k = 50)")
    assert (ended.returncode, "keeps 50 coordinates" in ended.stderr) == (1, True)


def test_a_compressor_is_listed_and_the_lab_finds_it_honest(installed: dict[str, str]) -> None:
    assert "rand_block(k)" in ran(installed, "cablese", "list", "compressors").stdout
    ended = ran(installed, "cablese", "lab", "rand_block(k = 5)", "--dim", "1000", "--draws", "500")
    assert (ended.returncode, ended.stderr) == (0, "")
