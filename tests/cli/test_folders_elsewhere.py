"""Runs in folders are known again from every current folder, and through every name of the folders of their files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cablese as library
import numpy as np
import pytest
from cablese.runtime.report.labels import curves
from cablese.runtime.store import read_runs

DATA = 'least_squares(data = "data/d.csv")'


def told(folder: Path) -> list[dict[str, Any]]:
    """All records of a trace but for times, and the problem as it was written."""
    records = [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]
    for record in records:
        record.pop("seconds", None)
        record.pop("problem", None)
        record.get("last", {}).pop("seconds", None)
    return records


def rows(folder: Path, name: str = "d.csv", factor: int = 1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = (f"{i},{i * i % 7},{factor * i % 3}" for i in range(30))
    (folder / name).write_text("\n".join(lines) + "\n")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder whose data stand in a folder behind a link."""
    home = tmp_path / "home"
    rows(tmp_path / "real")
    home.mkdir()
    (home / "data").symlink_to(tmp_path / "real")
    monkeypatch.chdir(home)
    return home


LINE = ("run", "gd", "-n", "3", "-k", "40", "--every", "4")


def begun(cablese: Any, here: Path, problem: str = DATA, *words: str) -> Path:
    """A run that an exhausted time limit stopped, with a checkpoint."""
    ended = cablese(*LINE, "--quiet", "--problem", problem, *words, "--out", "r1", "--max-seconds", "1e-9")
    assert (ended.code, ended.err) == (0, "")
    config = here / "r1/run.toml"
    config.write_text("".join(line for line in config.open() if not line.startswith("max-seconds")))
    assert (here / "r1/checkpoint.safetensors").exists()
    return here / "r1"


@pytest.fixture
def whole(cablese: Any, here: Path) -> Path:
    """The same run, not stopped."""
    assert cablese(*LINE, "--quiet", "--problem", DATA, "--out", "whole").code == 0
    return here / "whole"


@pytest.mark.parametrize("place", [".", "r1", "/"])
def test_a_run_goes_on_from_any_folder(
    cablese: Any, here: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = begun(cablese, here)
    monkeypatch.chdir(place)
    ended = cablese("run", "--resume", "." if place == "r1" else folder, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert told(folder) == told(whole)


def test_a_run_goes_on_from_python_elsewhere(
    cablese: Any, here: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begun(cablese, here)
    monkeypatch.chdir(tmp_path)
    result = library.run(resume=folder)
    assert result.header.rounds == 40 and told(folder) == told(whole)


def test_a_finished_run_is_taken_from_any_folder(
    cablese: Any, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for data in ("real/d.csv", tmp_path / "real/d.csv"):
        ended = cablese(*LINE, "--out", whole, "--problem", f'least_squares(data = "{data}")')
        assert ended.code == 0 and "nothing is run" in ended.err, ended.err
    assert cablese("runs", whole, "--why", whole).out.startswith("nothing")


def test_a_cut_off_run_begins_anew_under_another_name_of_its_data(
    cablese: Any, here: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a checkpoint its spec and configuration are written again."""
    kept = told(whole)
    (whole / "output.safetensors").unlink()
    lines = (whole / "trace.jsonl").read_text().splitlines(keepends=True)
    (whole / "trace.jsonl").write_text("".join(lines[:4]))
    monkeypatch.chdir("/")
    ended = cablese(
        *LINE, "--quiet", "--out", whole, "--problem", f'least_squares(data = "{tmp_path}/real/d.csv")'
    )
    assert (ended.code, ended.err) == (0, "") and told(whole) == kept


def test_other_content_under_the_same_name_is_another_run(
    cablese: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begun(cablese, here)
    rows(tmp_path / "other", factor=2)
    ended = cablese("run", "--resume", folder, "--problem", 'least_squares(data = "../other/d.csv")')
    assert ended.code == 1 and "versions d.csv: sha256" in ended.err and "problem:" not in ended.err
    rows(tmp_path / "other", "e.csv")
    ended = cablese("run", "--resume", folder, "--problem", 'least_squares(data = "../other/e.csv")')
    assert ended.code == 1 and "problem:" in ended.err


@pytest.mark.parametrize("changed", ["start.npy", "groups.csv", "test/d.csv"])
def test_every_file_that_a_run_reads_is_known_by_its_content(
    cablese: Any, here: Path, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts, splits and test parts, too; two files of one name are told apart."""
    rows(Path("test"), factor=2)
    np.save("start.npy", np.zeros(2))
    Path("groups.csv").write_text("".join(f"{i % 3}\n" for i in range(30)))
    problem = 'logreg(data = "data/d.csv", test = "test/d.csv", x0 = "file:start.npy")'
    text = "".join(f"{i},{i * i % 7},{i % 2}\n" for i in range(30))
    Path("data/d.csv").write_text(text)
    Path("test/d.csv").write_text(text.replace("3", "4"))
    folder = begun(cablese, here, problem, "--split", "file:groups.csv")
    monkeypatch.chdir("/")
    file = here / changed
    kept = file.read_bytes()
    if changed == "start.npy":
        np.save(file, np.ones(2))
    else:
        file.write_text("".join(file.read_text().splitlines(keepends=True)[::-1]))
    ended = cablese("run", "--resume", folder, "--quiet")
    assert ended.code == 1 and f"versions {os.path.basename(changed)}" in ended.err, ended.err
    file.write_bytes(kept)
    ended = cablese("run", "--resume", folder, "--quiet")
    assert (ended.code, ended.err) == (0, "")


def test_a_graph_and_a_start_from_a_run_are_known_from_any_folder(
    cablese: Any, here: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("ring.txt").write_text("0 1\n1 2\n2 0\n")
    problem = 'least_squares(data = "data/d.csv", x0 = "run:whole")'
    line = ("run", "choco_sgd", "-n", "3", "-k", "12", "--quiet", "--graph", "ring.txt", "--problem", problem)
    assert cablese(*line, "--out", "graph").code == 0
    assert '"ring.txt": "sha256' in (here / "graph/trace.jsonl").read_text()
    for place in (here, here / "graph", whole):
        monkeypatch.chdir(place)
        ended = cablese("run", "--resume", here / "graph")
        assert ended.code == 0 and "nothing is run" in ended.err, ended.err


def test_a_comparison_goes_on_elsewhere(cablese: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ("compare", "gd", "diana", "-n", 3, "-k", 12, "--quiet")
    assert cablese(*line, "--problem", DATA, "--out", "both").code == 0
    monkeypatch.chdir("both")
    moved = DATA.replace("data/", "../data/")
    ended = cablese(*line[:-1], "--seeds", 2, "--problem", moved, "--resume", ".")
    assert ended.code == 0 and "2 of 4 runs are finished" in ended.err
    assert len(curves(list(read_runs(["."])))) == 2
