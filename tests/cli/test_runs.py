"""`cablese runs`: runs on disk are listed, chosen, told apart and deleted, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def store(cablese: Any, quick: tuple[str, ...], tmp_path: Path) -> Path:
    """Two finished runs, and one that was stopped."""
    folder = tmp_path / "store"
    for name, more in (("a", ()), ("b", ("--seed", 1)), ("c/deep", ("--max-seconds", "1e-9"))):
        ended = cablese("run", "diana", *quick, "--quiet", "--out", folder / name, *more)
        assert ended.code == 0, ended.err
    (folder / "notes.txt").write_text("mine")
    (folder / "b" / "mine.txt").write_text("mine")
    (folder / "d").mkdir()
    (folder / "d" / "trace.jsonl").write_text("no trace")
    return folder


def test_runs_are_listed_with_their_state(cablese: Any, store: Path) -> None:
    ended = cablese("runs", store)
    assert ended.code == 0
    [a, b, c] = [line for line in ended.out.splitlines() if "DIANA" in line]
    assert a.split()[0] == "a" and "20/20" in a and "finished" in a
    assert b.split()[0] == "b" and c.split()[0] == "c/deep"
    assert "stopped by --max-seconds, can go on" in ended.out.replace("\n", " ") or "can go on" in ended.out
    found = json.loads(cablese("runs", store, "--json").out)
    assert [each["run"] for each in found] == ["a", "b", "c/deep"]
    assert found[0]["done"] == 20 and found[0]["seed"] == 0 and "gamma" in found[0] and "Q" in found[0]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (("seed=1",), ["b"]),
        (("state=finished",), ["a", "b"]),
        (("algorithm=diana", "seed=0"), ["a", "c/deep"]),
        (("Q=rand_k",), ["a", "b", "c/deep"]),
        (("n=4",), []),
    ],
)
def test_runs_are_chosen_by_values(
    cablese: Any, store: Path, where: tuple[str, ...], names: list[str]
) -> None:
    flags = [part for each in where for part in ("--where", each)]
    found = json.loads(cablese("runs", store, "--json", *flags).out)
    assert [each["run"] for each in found] == names


def test_what_differs_is_told(cablese: Any, store: Path) -> None:
    assert cablese("runs", store / "a", "--why", store / "b").out.splitlines() == ["seed: 0, now 1"]
    assert "the same run" in cablese("runs", store / "a", "--why", store / "c" / "deep").out


def test_only_runs_are_deleted_and_only_those(cablese: Any, store: Path) -> None:
    asked = cablese("runs", store, "--where", "seed=1", "--delete")  # nobody answers
    assert asked.code != 0 and (store / "b" / "trace.jsonl").exists()
    assert cablese("runs", store, "--where", "seed=1", "--delete", "--yes").out == "deleted 1\n"
    assert [each.name for each in (store / "b").iterdir()] == ["mine.txt"]
    assert cablese("runs", store, "--delete", "--yes").out == "deleted 2\n"
    left = sorted(str(each.relative_to(store)) for each in store.rglob("*") if each.is_file())
    assert left == ["b/mine.txt", "d/trace.jsonl", "notes.txt"]


def test_mistakes_are_told(cablese: Any, store: Path, tmp_path: Path) -> None:
    assert "is no folder" in cablese("runs", tmp_path / "none").err
    assert "--where takes NAME=VALUE" in cablese("runs", store, "--where", "seed").err
    assert "no run here has `gama`; they have" in cablese("runs", store, "--where", "gama=1").err
    assert "no runs" in cablese("runs", store / "d").out
