"""Standard streams that are closed or full, from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

QUICK = "run gd --problem 'quadratic(d = 6, mu = 0.5, L = 2)' -n 3 -k 20 --every 5"


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of the shell, `cablese` being this Python's."""
    line = f"'{sys.executable}' -m cablese {words}"
    return subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("words", "code"), [(f"{QUICK} --json --trace t.jsonl", 0), ("check gd", 0), ("check no.alg", 1)]
)
def test_a_closed_stream_is_as_good_as_dev_null(tmp_path: Path, words: str, code: int) -> None:
    ended = shell(f"{words} <&- >&- 2>&-", tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", "")
    for trace in tmp_path.iterdir():
        assert {json.loads(line)["type"] for line in trace.read_text().splitlines()} == {
            "header",
            "point",
            "summary",
        }


@pytest.mark.parametrize("words", [QUICK, "list compressors"])
def test_a_full_standard_output_is_named(tmp_path: Path, words: str) -> None:
    ended = shell(f"{words} >/dev/full", tmp_path)
    assert ended.returncode == 3
    assert ended.stderr == "error: standard output cannot be written: No space left on device.\n"


def test_a_full_standard_error_changes_no_exit_code(tmp_path: Path) -> None:
    assert shell("check no.alg 2>/dev/full", tmp_path).returncode == 1
