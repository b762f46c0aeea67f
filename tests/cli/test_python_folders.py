"""`out`, `checkpoint_every` and `resume` from Python: the folders, refusals and results of the command line."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.errors import OutputFailed, UsageError
from cablese.runtime.execute.oracles import CountedOracle
from test_resuming import output, told

LINE = ("--problem", "quadratic(d = 6, mu = 0.5, L = 2)", "-n", "3", "-k", "20", "--every", "5")
QUICK: dict[str, Any] = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 20, "every": 5}


@pytest.fixture
def command(request: pytest.FixtureRequest) -> Any:
    """A command line: the package has its name here."""
    return request.getfixturevalue("cablese")


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file for each picture, which would take as long as all the rest."""

    def written(recordings: Sequence[Any], view: Any, paths: Sequence[Path]) -> list[OutputFailed]:
        assert recordings
        for path in paths:
            path.touch()
        return []

    monkeypatch.setattr("cablese.runtime.folders.pictures.draw_runs", written)


def interrupted_in(monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    """Ctrl-C in that round, once."""
    begin, left = CountedOracle.begin, [rounds]

    def begin_and_raise(oracle: CountedOracle, round: int) -> None:
        begin(oracle, round)
        if round in left:
            left.clear()
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(CountedOracle, "begin", begin_and_raise)


def no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run may begin from here on."""

    def begin(oracle: CountedOracle, round: int) -> None:
        raise AssertionError("a run began")

    monkeypatch.setattr(CountedOracle, "begin", begin)


def test_a_run_has_the_folder_of_the_command_line(command: Any, tmp_path: Path) -> None:
    result = cablese.run("diana", **QUICK, out=tmp_path / "python")
    assert command("run", "diana", *LINE, "--quiet", "--out", tmp_path / "line").code == 0
    names = sorted(each.name for each in (tmp_path / "python").iterdir())
    assert names == sorted(each.name for each in (tmp_path / "line").iterdir()) and "plot.png" in names
    assert told(tmp_path / "python") == told(tmp_path / "line")
    assert output(tmp_path / "python") == output(tmp_path / "line")
    assert cablese.load(tmp_path / "python" / "trace.jsonl") == result


def test_a_finished_run_is_taken_whoever_ran_it(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("run", "diana", *LINE, "--quiet", "--out", tmp_path / "a").code == 0
    whole = cablese.run("diana", **QUICK)
    with monkeypatch.context() as patch:
        no_round(patch)
        for taken in (
            cablese.run("diana", **QUICK, out=tmp_path / "a"),
            cablese.run("diana", **QUICK, out=tmp_path),  # anywhere below
            cablese.run(resume=tmp_path / "a"),
        ):
            assert taken.trace.keys() == whole.trace.keys() and np.array_equal(taken.output, whole.output)
            assert np.array_equal(taken.trace.grad_norm2, whole.trace.grad_norm2)
        with pytest.raises(AssertionError, match="a run began"):
            cablese.run("diana", **QUICK, out=tmp_path / "a", again=True)


@pytest.mark.parametrize("rounds", [7, 12])
def test_a_run_goes_on_after_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    whole = cablese.run("pp_marina", **QUICK, out=tmp_path / "whole")
    cut = {**QUICK, "out": tmp_path / "cut", "checkpoint_every": 10}
    with monkeypatch.context() as patch:
        interrupted_in(patch, rounds)
        with pytest.raises(cablese.Interrupted) as caught:
            cablese.run("pp_marina", **cut)
    reached = caught.value.result.points[-1].round
    assert rounds < reached < 20
    told_now: list[int] = []
    with pytest.raises(
        cablese.SetupError, match=r"go on with resume='.*/cut', or begin anew with force=True"
    ):
        cablese.run("pp_marina", **QUICK, out=tmp_path / "cut")
    with pytest.raises(cablese.SetupError, match=r"it cannot go on:\n  seed: 0, now 3"):
        cablese.run(resume=tmp_path / "cut", seed=3)
    with pytest.raises(cablese.SetupError, match="spec hash"):
        cablese.run("gd", **QUICK, resume=tmp_path / "cut")
    result = cablese.run(resume=tmp_path / "cut", on_point=lambda _, point: told_now.append(point.round))
    assert [point.round for point in result.points] == [0, 5, 10, 15, 20]
    assert told_now == [k for k in (0, 5, 10, 15, 20) if k >= reached]
    assert told(tmp_path / "cut") == told(tmp_path / "whole")
    assert (
        np.array_equal(result.output, whole.output)
        and result.trace.loss.tolist() == whole.trace.loss.tolist()
    )


def test_a_comparison_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run is finished, one was cut off, one not begun."""
    methods = ["gd", "diana", "marina(p = 0.5)"]
    whole = cablese.compare(methods, **QUICK)
    cut = {**QUICK, "out": tmp_path, "checkpoint_every": 5}
    begin, ended = CountedOracle.begin, []

    def second_is_interrupted(oracle: CountedOracle, round: int) -> None:
        begin(oracle, round)
        ended.append(round)
        if ended.count(7) == 2 and round == 7:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(CountedOracle, "begin", second_is_interrupted)
        with pytest.raises(cablese.Interrupted) as caught:
            cablese.compare(methods, **cut)
    assert [(run.header.algorithm, run.stopped) for run in caught.value.result] == [
        ("GD", ""),
        ("DIANA", "SIGINT"),
    ]
    result = cablese.compare(methods, **QUICK, resume=tmp_path, jobs=2)
    assert [run.trace.loss.tolist() for run in result] == [run.trace.loss.tolist() for run in whole]
    for taken, run in zip(result, whole, strict=True):
        assert np.array_equal(taken.output, run.output)
    with pytest.raises(cablese.SetupError, match="wire: float32, now float64"):
        cablese.compare(methods, **QUICK, resume=tmp_path, wire="float64")


def test_a_full_disk_leaves_the_results_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: object) -> None:
        if path.parent.name == "diana":
            raise OutputFailed("the disk is full")

    monkeypatch.setattr("cablese.runtime.checkpoint_files.write_output", full)
    with pytest.raises(cablese.RunFailed, match="the disk is full") as caught:
        cablese.compare(["gd", "diana", "marina"], **QUICK, out=tmp_path)
    assert [(run.header.algorithm, run.points[-1].round) for run in caught.value.result] == [
        ("GD", 20),
        ("DIANA", 20),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"spec": "gd", "checkpoint_every": 5}, "checkpoint_every writes into .* give out='DIR' too"),
        ({"spec": "gd", "out": "a", "checkpoint_every": 0}, "--checkpoint-every must be at least 1"),
        ({}, "give a spec, or resume='DIR'"),
        ({"spec": "gd", "resume": "none"}, "none: there is no such folder"),
        ({"resume": "."}, "there is no run in it"),
        (
            {"spec": "gd", "out": "a", "resume": "."},
            r"resume='\.' goes on in that folder, and out='a' is another",
        ),
        ({"spec": "gd", "out": "mine.txt"}, "mine.txt is a file"),
    ],
)
def test_mistakes_are_told_in_words_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=message):
        cablese.run(**{**QUICK, **given})
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_an_objective_of_the_program_has_no_folder(tmp_path: Path) -> None:
    """No file could tell that its functions are the same another time."""
    objective = cablese.Objective(lambda x, i: float(x @ x), lambda x, i: 2 * x, 3)
    with pytest.raises(UsageError, match=r"python\(file = .mine.py.\)"):
        cablese.run("gd", nodes=2, problem=objective, out=tmp_path / "a")
    assert not (tmp_path / "a").exists()
