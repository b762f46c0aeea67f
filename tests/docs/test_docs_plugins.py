"""The plug-in of docs/plugins.md, found by its entry point, in one process and over ranks."""

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


def shown(file: str) -> str:
    return next(block.text for block in BLOCKS if block.marks.get("file") == file)


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An environment in which the page's package is installed, as far as Python's metadata tell."""
    package = tomllib.loads(shown("pyproject.toml"))
    (tmp_path / "rand_block.py").write_text(shown("rand_block.py"))
    about = tmp_path / "rand_block-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package['project']['name']}\nVersion: 1.0\n"
    )
    [(group, entries)] = package["project"]["entry-points"].items()
    lines = [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (about / "entry_points.txt").write_text("\n".join(lines))
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
    tree = ast.parse(shown("rand_block.py"))
    [body] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    lines = shown("rand_block.py").splitlines()[body.lineno - 1 : body.end_lineno]
    assert sum(1 for line in lines if line.strip()) <= 15


def test_a_run_finds_it_and_counts_its_bits(installed: dict[str, str], tmp_path: Path) -> None:
    ended = ran(installed, *COMMAND, str(tmp_path / "one.jsonl"))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["compressors"] == {"Q": "rand_block(k = 5)"}
    each = json.loads(ran(installed, *COMMAND, str(tmp_path / "x.jsonl"), "--dry").stdout)["messages"]
    assert 5 * 32 + 14 in [message["bits"] for message in each]  # ceil(log2 C(20, 5)) = 14


def test_a_program_registers_it(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "rand_block-1.0.dist-info" / "entry_points.txt").unlink()
    program = f"""
import cablese
from cablese.runtime.compressors.registry import register
from rand_block import RandBlock

register(RandBlock)
result = cablese.run("marina", nodes=3, rounds=5, problem="{PROBLEM}", set={{"Q": "rand_block(k = 5)"}})
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


def test_its_class_is_checked(installed: dict[str, str]) -> None:
    ended = ran(installed, "cablese", "run", "ef21", "--set", "C=rand_block(k = 5)")
    assert (ended.returncode, "E4" in ended.stderr) == (1, True)
    assert "rand_block is unbiased" in ended.stderr
    ended = ran(installed, "cablese", "run", "marina", "--problem", PROBLEM, "--set", "Q=rand_block(k = 50)")
    assert (ended.returncode, "keeps 50 coordinates" in ended.stderr) == (1, True)


def test_it_is_listed_and_the_lab_finds_it_honest(installed: dict[str, str]) -> None:
    assert "rand_block(k)" in ran(installed, "cablese", "list", "compressors").stdout
    ended = ran(installed, "cablese", "lab", "rand_block(k = 5)", "--dim", "1000", "--draws", "500")
    assert (ended.returncode, ended.stderr) == (0, "")
