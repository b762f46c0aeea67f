"""`--jobs J`: the files, tables and order of runs one by one; a run that fails or is killed loses nothing of the others."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from test_resuming import SMALL, output, told

RUNS = ("compare", "gd", "diana", "marina(p = 0.5)", "--seeds", "2", "--every", "5", "-k", "30")


def plain(text: str) -> str:
    """A table without its times and widths."""
    return re.sub(r"\s+", " ", re.sub(r"\d+\.\d+ s|─+", "", text))


@pytest.mark.parametrize(
    "jobs", ["3", pytest.param("auto", marks=pytest.mark.slow), pytest.param("100", marks=pytest.mark.slow)]
)
def test_results_are_those_of_runs_one_by_one(cablese: Any, tmp_path: Path, jobs: str) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    line = (*RUNS, *SMALL[:-1])
    first = cablese(*line, "--out", one, "--trace", tmp_path / "one.jsonl")
    second = cablese(*line, "--jobs", jobs, "--out", two, "--trace", tmp_path / "two.jsonl")
    assert first.code == second.code == 0 and plain(first.out) == plain(second.out)
    names = sorted(each.name for each in one.iterdir())
    assert names == sorted(each.name for each in two.iterdir()) and len(names) == 8
    for name in names[:-2]:
        if (one / name).is_dir():
            assert told(one / name) == told(two / name) and output(one / name) == output(two / name)
            assert sorted(os.listdir(one / name)) == sorted(os.listdir(two / name))
    traces = [(tmp_path / f"{name}.jsonl").read_text() for name in ("one", "two")]
    timeless = [re.sub(r'"seconds": [^,}]*', "", text) for text in traces]
    assert timeless[0] == timeless[1]


def test_json_is_in_order(cablese: Any) -> None:
    found = json.loads(cablese(*RUNS, *SMALL, "--jobs", 2, "--json").out)
    assert [(each["algorithm"], each["seed"]) for each in found] == [
        (name, seed) for name in ("GD", "DIANA", "MARINA") for seed in (0, 1)
    ]


def test_a_run_that_diverges_leaves_the_others_alone(cablese: Any, tmp_path: Path) -> None:
    line = ("compare", "gd(gamma = 1e30)", "gd", "diana", *SMALL[:-1], "-k", 30, "--jobs", 2)
    ended = cablese(*line, "--out", tmp_path / "out")
    assert ended.code == 3 and "failed in" in ended.out and ended.err.count("error:") == 1
    assert [told(tmp_path / "out" / name)[-1].get("failed") for name in ("gd-1", "gd-2", "diana")] == [
        True,
        None,
        None,
    ]


def test_what_cannot_be_run_at_once_is_refused(cablese: Any) -> None:
    for wrong in ("0", "x", "-1", "1.5"):
        ended = cablese(*RUNS, *SMALL, "--jobs", wrong)
        assert ended.code == 2 and "--jobs takes a whole number from 1, or auto" in ended.err
    ended = cablese(*RUNS, *SMALL, "--jobs", 2, "--max-memory", "1kB")
    assert ended.code == 1
    ended = cablese("run", "gd", *SMALL[:-1], "-k", 5, "--jobs", 2)
    assert ended.code == 0 and "warning: --jobs is of several runs" in ended.err


LONG = ("compare", "gd", "diana", "marina", *SMALL, "-k", "50000000", "--every", "1000", "--jobs", "2")


def begun(folder: Path, *words: object, runs: int = 2) -> tuple[subprocess.Popen[str], list[int]]:
    """A command that goes on, and the numbers of the processes of its runs."""
    line = [sys.executable, "-m", "cablese.cli.main", *map(str, words), "--out", str(folder)]
    started = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        measured = [trace for trace in folder.glob("*/trace.jsonl") if trace.read_text().count("\n") > 3]
        children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
        if len(measured) >= runs and len(children) == runs:
            return started, list(map(int, children))
        time.sleep(0.02)
    started.kill()
    raise AssertionError("the runs did not begin")


def gone(number: int) -> bool:
    for _ in range(100):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")


@pytest.mark.slow
def test_a_killed_run_is_told_and_goes_on_later(cablese: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    started, [first, _] = begun(folder, *LONG, "--checkpoint-every", "1000", "--max-seconds", "3")
    os.kill(first, signal.SIGKILL)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 3 and "its process was ended by SIGKILL" in said and "Traceback" not in said
    assert said.count("ended by") == 1
    states = {each["run"]: each["state"] for each in json.loads(cablese("runs", folder, "--json").out)}
    assert sorted(states) == ["diana", "gd", "marina"]
    assert sorted(state.partition(" ")[0] for state in states.values()) == ["cut", "stopped", "stopped"]
    assert all("can go on" in state for state in states.values())


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_signal_ends_all_after_their_rounds(cablese: Any, tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "out"
    started, children = begun(folder, *LONG)
    started.send_signal(number)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 128 + number and not said
    assert all(map(gone, children))
    states = {each["run"]: each["state"] for each in json.loads(cablese("runs", folder, "--json").out)}
    assert set(states.values()) == {f"stopped by {number.name}, can go on"} and len(states) == 2


@pytest.mark.slow
def test_two_signals_end_all_at_once(tmp_path: Path) -> None:
    started, children = begun(tmp_path / "out", *LONG)
    for child in children:
        os.kill(child, signal.SIGSTOP)  # so that none ends by the first
    for _ in range(2):
        started.send_signal(signal.SIGINT)
        time.sleep(0.8)
    started.communicate(timeout=20)
    assert started.returncode == 130 and all(map(gone, children))


@pytest.mark.slow
def test_nobody_outlives_a_killed_command(cablese: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    line = tuple("6000" if word == "50000000" else word for word in LONG)
    started, children = begun(folder, *line, "--checkpoint-every", "500")
    started.kill()
    started.communicate(timeout=20)
    assert all(map(gone, children))
    assert cablese(*line, "--resume", folder).code == 0
    assert cablese(*line, "--out", tmp_path / "whole").code == 0
    for name in ("gd", "diana", "marina"):
        assert told(folder / name) == told(tmp_path / "whole" / name)
        assert output(folder / name) == output(tmp_path / "whole" / name)


@pytest.mark.slow
def test_a_signal_for_a_point_reaches_all(tmp_path: Path) -> None:
    line = tuple("100000" if word == "1000" else word for word in LONG)
    folder = tmp_path / "out"
    words = [sys.executable, "-m", "cablese.cli.main", *line, "--out", str(folder)]
    started = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def rounds() -> list[int]:
        return [
            told(folder / name)[-1].get("round", 0)
            for name in ("gd", "diana")
            if (folder / name / "trace.jsonl").exists() and len(told(folder / name)) > 2
        ]

    deadline = time.monotonic() + 60
    while len(rounds()) < 2 and time.monotonic() < deadline:
        if all(
            (folder / name / "trace.jsonl").exists()
            and (folder / name / "trace.jsonl").read_text().count("\n") > 1
            for name in ("gd", "diana")
        ):
            started.send_signal(signal.SIGUSR1)
        time.sleep(0.2)
    assert len(rounds()) == 2
    started.terminate()
    assert started.wait(60) == 143


def test_runs_of_some_seconds_in_turn_tell_of_the_cores(
    cablese: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cablese.runtime.processes.cores", lambda: 4)
    line = ("run", "gd", *SMALL[:-1], "-k", 5, "--seeds", 3)
    assert "--jobs" not in cablese(*line).err  # over at once
    monkeypatch.setattr("cablese.cli.several._LONG", 0.0)
    assert cablese(*line).err.count("2 more runs, one by one on one of 4 cores; --jobs auto") == 1
    for other in (("--jobs", 2), ("--quiet",)):
        assert "cores" not in cablese(*line, *other).err
    monkeypatch.setattr("cablese.runtime.processes.cores", lambda: 1)
    assert "cores" not in cablese(*line).err
