"""`--slurm` and `--part`: an array whose tasks do the runs of a line, which then finds them done."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_jobs import plain
from test_resuming import SMALL, output, told

RUNS = (
    "compare",
    "gd",
    "diana",
    "--sweep",
    "gamma = gamma * [1/4, 1]",
    "--seeds",
    "2",
    "--every",
    "5",
    "-k",
    "30",
)

SBATCH = """#!/bin/bash
# a stand-in: runs the tasks of an array one after another
array=$(sed -n 's/^#SBATCH --array=1-//p' "$1")
for task in $(seq 1 "$array"); do
  SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_JOB_ID=7 bash "$1" || exit 1
done
"""
SRUN = """#!/bin/bash
# a stand-in: one task of one step
shift
SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=1 exec "$@"
"""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sbatch` and `srun` on the path."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in (("sbatch", SBATCH), ("srun", SRUN)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    (tmp_path / "a place").mkdir()
    monkeypatch.chdir(tmp_path / "a place")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.is_dir())


@pytest.mark.slow
def test_an_array_does_the_runs_of_a_line(cablese: Any, tmp_path: Path, cluster: None) -> None:
    line = (*RUNS, *SMALL[:-1])
    written = cablese(*line, "--out", "my runs", "--jobs", 3, "--slurm")
    assert written.code == 0 and "8 runs in 3 tasks" in written.err and not names(Path("my runs"))
    script = Path("my runs/array.sbatch")
    assert subprocess.run(["bash", "-n", script], check=True)
    assert "--array=1-3" in script.read_text() and "--cpus-per-task=3" in script.read_text()
    ended = subprocess.run(["sbatch", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    whole = cablese(*line, "--out", tmp_path / "whole")
    merged = cablese(*line, "--out", "my runs")
    assert merged.code == 0 and "all runs are finished in my runs" in merged.err
    assert plain(merged.out) == plain(whole.out) and Path("my runs/plot.png").exists()
    assert len(names(Path("my runs"))) == 8 and names(Path("my runs")) == names(tmp_path / "whole")
    for name in names(Path("my runs")):
        assert told(Path("my runs") / name) == told(tmp_path / "whole" / name)
        assert output(Path("my runs") / name) == output(tmp_path / "whole" / name)


def test_a_part_does_its_share_and_goes_on(cablese: Any, tmp_path: Path) -> None:
    line = ("compare", "gd", "diana", "marina", *SMALL[:-1], "-k", 30, "--out", tmp_path / "out")
    cut = cablese(*line, "--part", "2/2", "--max-seconds", "1e-9")
    assert cut.code == 0 and names(tmp_path / "out") == ["diana"]
    assert (tmp_path / "out" / "diana" / "checkpoint.safetensors").exists()
    whole = cablese(*line, "--part", "2/2")
    assert whole.code == 0 and (tmp_path / "out" / "diana" / "output.safetensors").exists()
    assert cablese(*line, "--part", "1/2").code == 0
    assert (
        names(tmp_path / "out") == ["diana", "gd", "marina"] and not (tmp_path / "out" / "plot.png").exists()
    )
    assert cablese(*line, "--part", "5/5").code == 0  # more parts than runs


def test_parts_do_not_wait_for_one_another(cablese: Any, tmp_path: Path) -> None:
    """The folder of all is no one's; that of a run is."""
    from cablese.runtime.files.locks import LockedFolder

    line = ("compare", "gd", "diana", *SMALL, "-k", 10, "--out", tmp_path / "out", "--part", "1/2")
    assert cablese(*line).code == 0
    held = LockedFolder(tmp_path / "out")
    assert held.locked and cablese(*line).code == 0
    own = LockedFolder(tmp_path / "out" / "gd")
    ended = cablese(*line)
    assert ended.code == 2 and "is being written by another run" in ended.err
    own.release()
    held.release()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--slurm",), "give --out DIR"),
        (("--part", "1/2"), "give --out DIR"),
        (("--part", "3/2", "--out", "o"), "--part takes I/N"),
        (("--part", "x", "--out", "o"), "--part takes I/N"),
        (("--part", "1/2", "--out", "o", "--trace", "t.jsonl"), "leave --trace out"),
        (("--part", "1/2", "--out", "o", "--plot", "p.png"), "leave --plot out"),
        (("--part", "1/2", "--out", "o", "--report", "p.html"), "leave --report out"),
        (("--slurm", "--out", "o", "--plot", "p.png"), "give it to the line without --slurm"),
    ],
)
def test_mistakes_are_told(
    cablese: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cablese("compare", "gd", "diana", *SMALL, "-k", 5, *more)
    assert ended.code == 2 and re.search(re.escape(says), ended.err), ended.err
    assert not list(tmp_path.iterdir())
