"""What random trials found: specs run, alike in one process, to the slow evaluator, and on ranks; tests pass.

`make fuzz` writes such a file; a short one with a line on what it is about stays.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from findings import FOUND, kept, tried
from trials import ended, runs, said

FILES = sorted(FOUND.glob("*.alg"))
SEEDS = sorted(FOUND.glob("*.seed"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_found(path: Path) -> None:
    text, options = kept(path)
    one = ended(text, options)
    assert runs(one), said(one)
    assert [(finding.where, finding.what) for finding in tried(text, options)] == []


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_found_inputs(path: Path) -> None:
    """A test of random inputs, with the seed with which it failed."""
    test, seed = path.read_text().splitlines()[0].split()
    words = ["-m", "pytest", "-q", "--hypothesis-profile", "free", "--hypothesis-seed", seed, test]
    ended = subprocess.run([sys.executable, *words], cwd=FOUND.parents[1], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
