"""Runs in progress: lists call them running, and nothing deletes them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def held(path: Path) -> Iterator[None]:
    """A lock of another open file is as good as one of another process."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@pytest.fixture
def store(cablese: Any, quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two finished runs, and one whose trace has no end yet."""
    assert cablese("compare", "gd", *quick, "--seeds", 3, "--quiet", "--out", tmp_path / "store").code == 0
    trace = tmp_path / "store/gd-seed-2/trace.jsonl"
    trace.write_text("".join(trace.read_text().splitlines(keepends=True)[:3]))
    monkeypatch.chdir(tmp_path)
    return Path("store")


def states(cablese: Any, store: Path, *more: str) -> list[str]:
    return [each["state"] for each in json.loads(cablese("runs", store, "--json", *more).out)]


def test_a_run_in_progress_is_called_running(cablese: Any, store: Path) -> None:
    trace = store / "gd-seed-2/trace.jsonl"
    assert states(cablese, store) == ["finished", "finished", "cut off"]
    with held(trace):
        assert states(cablese, store) == ["finished", "finished", "running"]
        assert states(cablese, store, "--where", "state=running") == ["running"]
        assert (
            "running" in cablese("runs", store).out and "running" in cablese("runs", store, "--compare").out
        )
    assert states(cablese, store) == ["finished", "finished", "cut off"]


def test_a_finished_run_that_a_command_still_holds_is_finished_unless_it_is_run_again(
    cablese: Any, store: Path
) -> None:
    with held(store / "gd-seed-0/trace.jsonl"):
        assert states(cablese, store)[0] == "finished"
        (store / "gd-seed-0/.trace.jsonl.12ab").touch()
        assert states(cablese, store)[0] == "running"


@pytest.mark.parametrize("locked", ["gd-seed-2/trace.jsonl", "gd-seed-2"])
def test_a_run_in_progress_is_not_deleted_and_the_others_are(cablese: Any, store: Path, locked: str) -> None:
    kept = (store / "gd-seed-2/trace.jsonl").read_text()
    with held(store / locked):
        ended = cablese("runs", store, "--delete", "--yes")
        assert ended.code == 2 and ended.out == "deleted 2\n"
        assert "store/gd-seed-2: a command that still runs writes there, so it was not deleted" in ended.err
        assert (store / "gd-seed-2/trace.jsonl").read_text() == kept
        assert [each.name for each in store.iterdir() if each.is_dir()] == ["gd-seed-2"]
    assert cablese("runs", store, "--delete", "--yes").out == "deleted 1\n"
    assert not (store / "gd-seed-2").exists()


def test_a_run_tells_of_itself_that_it_is_running(cablese: Any, quick: Any, tmp_path: Path) -> None:
    """The lock of a run, not one that a test takes."""
    import cablese as library
    from cablese.runtime.store import delete, stored_runs

    seen = []

    def look(*_: Any) -> None:
        for run in stored_runs(tmp_path):
            seen.append((run.state, delete(run)))

    library.run("gd", problem="quadratic(d = 6, mu = 0.5, L = 2)", rounds=20, out=tmp_path, on_point=look)
    assert {*seen} == {("running", False)}
    assert [run.state for run in stored_runs(tmp_path)] == ["finished"]
