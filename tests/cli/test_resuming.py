"""`--checkpoint-every` and `--resume`: runs and sweeps that were cut off go on as if they had not been."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cablese.runtime.report.machine import launcher

PROBLEM = ("--problem", "bilinear_saddle(d = 4, lam = 0.2)", "-n", "4", "--quiet")


def told(folder: Path) -> list[dict[str, Any]]:
    """All records of a trace but for times and ranks."""
    records = [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]
    for record in records:
        record.pop("seconds", None)
        record.pop("ranks", None)
        record.get("last", {}).pop("seconds", None)
    return records


def output(folder: Path) -> bytes:
    return (folder / "output.safetensors").read_bytes()


def cut(folder: Path, points: int) -> None:
    """The trace as a kill after so many points leaves it, with half a line behind."""
    lines = (folder / "trace.jsonl").read_text().splitlines(keepends=True)
    (folder / "trace.jsonl").write_text("".join(lines[: points + 1]) + '{"type": "po')


@pytest.fixture
def begun(cablese: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was ended by a signal after some rounds, and its checkpoint."""
    from cablese.runtime.execute.loop import Loop

    keep = Loop._keep

    def kept(self: Loop, states: Any, *, measured: bool) -> None:
        keep(self, states, measured=measured)
        if self.done == 60:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Loop, "_keep", kept)
        command = ("run", "masha1", *PROBLEM, "-k", 100, "--every", 7, "--out", tmp_path / "cut")
        assert cablese(*command, "--checkpoint-every", 20).code == 143
    assert (tmp_path / "cut" / "checkpoint.safetensors").exists()
    return tmp_path / "cut"


@pytest.fixture
def whole_long(cablese: Any, tmp_path: Path) -> Path:
    """The run that is killed, without a kill."""
    assert cablese(*LONG, "--out", tmp_path / "long").code == 0
    return tmp_path / "long"


@pytest.fixture
def whole(cablese: Any, tmp_path: Path) -> Path:
    assert cablese("run", "masha1", *PROBLEM, "-k", 100, "--every", 7, "--out", tmp_path / "whole").code == 0
    return tmp_path / "whole"


@pytest.mark.slow
def test_a_run_goes_on_after_a_signal(cablese: Any, begun: Path, whole: Path) -> None:
    assert not (begun / "output.safetensors").exists()
    assert cablese("run", "--resume", begun, "--quiet").code == 0
    assert told(begun) == told(whole) and output(begun) == output(whole)
    assert not (begun / "checkpoint.safetensors").exists()


def test_what_a_kill_leaves_is_enough(cablese: Any, begun: Path, whole: Path) -> None:
    cut(begun, 9)
    assert cablese("run", "masha1", *PROBLEM, "-k", 100, "--every", 7, "--resume", begun).code == 0
    assert told(begun) == told(whole)


def test_a_finished_run_is_not_run_again(cablese: Any, whole: Path) -> None:
    before = (whole / "trace.jsonl").read_bytes()
    ended = cablese("run", "--resume", whole, "--json")
    assert ended.code == 0 and "nothing is run" in ended.err
    assert json.loads(ended.out)["algorithm"] == "MASHA1"
    assert (whole / "trace.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--seed", "3"), ["it cannot go on", "seed: 0, now 3"]),
        (("--set", "tau=0.5"), ["params tau: "]),
        (("-k", "200"), ["rounds: 100, now 200", "-k 200 --out OTHER` runs it with others, from its start"]),
        (("--output", "average(z)"), ["output: z, now average(z)"]),
        (("--problem", "bilinear_saddle(d = 4, lam = 0.3)"), ["problem: bilinear_saddle(d = 4, lam = 0.2"]),
        (("--trace", "t.jsonl"), ["leave --trace out"]),
        (("--out", "elsewhere"), ["--out elsewhere is another"]),
    ],
)
def test_a_change_is_refused_and_told(
    cablese: Any, begun: Path, more: tuple[str, ...], says: list[str]
) -> None:
    before = (begun / "checkpoint.safetensors").read_bytes(), (begun / "trace.jsonl").read_bytes()
    ended = cablese("run", "--resume", begun, *more)
    assert ended.code in (1, 2) and all(part in ended.err for part in says), ended.err
    assert before == ((begun / "checkpoint.safetensors").read_bytes(), (begun / "trace.jsonl").read_bytes())


def test_another_spec_is_refused(cablese: Any, begun: Path) -> None:
    ended = cablese("run", "extragradient", *PROBLEM, "-k", 100, "--every", 7, "--resume", begun)
    assert ended.code == 1 and "spec hash" in ended.err


def test_nothing_to_go_on_from(cablese: Any, begun: Path, tmp_path: Path) -> None:
    assert "there is no such folder" in cablese("run", "gd", "--resume", tmp_path / "none").err
    (tmp_path / "empty").mkdir()
    assert "there is no run in it" in cablese("run", "--resume", tmp_path / "empty").err
    assert "give --out DIR too" in cablese("run", "gd", "--checkpoint-every", 5).err
    anew = cablese("run", "masha1", *PROBLEM, "-k", 100, "--every", 7, "--out", begun)
    assert anew.code == 2 and "go on with --resume" in anew.err
    (begun / "checkpoint.safetensors").write_bytes(b"no checkpoint")
    assert "is damaged" in cablese("run", "--resume", begun).err
    (begun / "checkpoint.safetensors").unlink()
    assert cablese("run", "--resume", begun, "--quiet").code == 0  # from its beginning


def test_runs_of_another_line_are_named_where_nothing_goes_on(
    cablese: Any, quick: Any, tmp_path: Path
) -> None:
    many, one = tmp_path / "many", tmp_path / "one"
    assert cablese("compare", "gd", "gd(gamma = 0.1)", *quick, "--out", many).code == 0
    assert cablese("run", "gd", *quick, "--out", one).code == 0
    before = sorted(many.rglob("*")), sorted(one.rglob("*"))
    ended = cablese("run", "diana", *quick, "--resume", many)
    assert ended.code == 2 and "nothing of this command was begun in it" in ended.err
    assert f"It holds {many}/gd-1, {many}/gd-2: go on" in ended.err
    ended = cablese("run", "--resume", many)
    assert ended.code == 2 and f"name one of {many}/gd-1, {many}/gd-2." in ended.err
    ended = cablese("compare", "diana", "marina", *quick, "--resume", one)
    assert ended.code == 2 and f"It holds {one}: go on" in ended.err
    assert (sorted(many.rglob("*")), sorted(one.rglob("*"))) == before
    assert "nothing is run" in cablese("run", "gd", *quick, "--resume", many).err  # gd-1 is the same run


def test_a_trace_that_lost_points_is_told(cablese: Any, begun: Path) -> None:
    cut(begun, 3)
    ended = cablese("run", "--resume", begun)
    assert ended.code == 1 and "its checkpoint tells of 9" in ended.err


def test_changed_data_is_noticed(cablese: Any, tmp_path: Path) -> None:
    data, folder = tmp_path / "d.csv", tmp_path / "run"
    data.write_text("\n".join(f"{i},{i * i % 7},{i % 3}" for i in range(30)))
    command = ("run", "gd", "--problem", f'least_squares(data = "{data}")', "-n", 3, "-k", 20, "--quiet")
    assert cablese(*command, "--out", folder).code == 0
    config = (folder / "run.toml").read_text()
    assert "# made with cablese 0.1.0, " in config and "# read d.csv: sha256 " in config
    assert cablese("run", folder / "spec.alg", "--config", folder / "run.toml", "--quiet").code == 0
    data.write_text(data.read_text().replace("3,2", "3,4"))
    ended = cablese(*command, "--resume", folder)
    assert ended.code == 1 and "versions d.csv: sha256" in ended.err


def test_a_summary_without_an_output_is_no_end(cablese: Any, begun: Path, whole: Path) -> None:
    """Killed between the two, a run goes on from its checkpoint."""
    checkpoint = (begun / "checkpoint.safetensors").read_bytes()
    assert cablese("run", "--resume", begun, "--quiet").code == 0
    (begun / "output.safetensors").unlink()
    (begun / "checkpoint.safetensors").write_bytes(checkpoint)
    assert cablese("run", "--resume", begun, "--quiet").code == 0
    assert told(begun) == told(whole) and output(begun) == output(whole)


def test_a_start_at_the_output_of_a_run(cablese: Any, whole: Path, tmp_path: Path) -> None:
    command = (
        "run",
        "extragradient",
        "-n",
        4,
        "-k",
        1,
        "--quiet",
        "--metrics",
        "dist2",
        "--out",
        tmp_path / "next",
    )
    problem = f'bilinear_saddle(d = 4, lam = 0.2, x0 = "run:{whole}")'
    assert cablese(*command, "--problem", problem).code == 0
    last, first = told(whole)[-2], told(tmp_path / "next")[1]
    assert first["residual2"] == pytest.approx(last["residual2"], rel=1e-9)
    ended = cablese(*command, "--force", "--problem", problem.replace("whole", "nowhere"))
    assert ended.code == 1 and "there is no output.safetensors" in ended.err


SWEEP = (
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
SMALL = ("--problem", "quadratic(d = 6, mu = 0.5, L = 2)", "-n", "3", "--quiet")


@pytest.mark.slow
def test_a_sweep_goes_on(cablese: Any, tmp_path: Path) -> None:
    """One run is finished, one stopped, one cut before its checkpoint, the others not begun."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        assert cablese(*SWEEP, *SMALL, "--out", folder).code == 0
    names = sorted(each.name for each in two.iterdir() if each.is_dir())
    assert len(names) == 8
    kept = (two / names[0] / "trace.jsonl").stat().st_mtime_ns
    for name in names[1:]:
        (two / name / "output.safetensors").unlink()
    cut(two / names[1], 4)
    for name in names[2:]:
        (two / name / "trace.jsonl").unlink()
    assert cablese(*SWEEP, *SMALL, "--resume", two).code == 0
    for name in names:
        assert told(one / name) == told(two / name) and output(one / name) == output(two / name)
    assert (two / names[0] / "trace.jsonl").stat().st_mtime_ns == kept
    ended = cablese(*SWEEP, *SMALL, "--wire", "float64", "--resume", two)
    assert ended.code == 1 and "wire: float32, now float64" in ended.err


# --- kills -------------------------------------------------------------------------------------------------------


def started(folder: Path, *words: object, ranks: int = 0) -> subprocess.Popen[bytes]:
    start = [str(launcher()), "-n", str(ranks)] if ranks else []
    line = [*start, sys.executable, "-m", "cablese.cli.main", *map(str, words)]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


LONG = ("run", "masha1", *PROBLEM, "-k", "3000", "--every", "250", "--checkpoint-every", "40")


def forked(*words: object) -> int:
    """A process of its own that runs a command line; its id."""
    from cablese.cli.main import app

    child = os.fork()
    if child:
        return child
    code: object = 70
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        app(args=[str(word) for word in words], prog_name="cablese")
    except SystemExit as ended:
        code = ended.code
    finally:
        os._exit(int(code or 0) if isinstance(code, int) else 71)


def looks(folder: Path) -> list[tuple[int, int]]:
    """Sizes and times of what a run writes while it goes on."""
    found = [folder / name for name in ("trace.jsonl", "checkpoint.safetensors")]
    return [(each.stat().st_size, each.stat().st_mtime_ns) for each in found if each.exists()]


def killed_and_resumed(folder: Path, chance: random.Random, wait: float) -> int:
    """Kill a run with -9 some time after it got on, again and again until it is done; the number of kills. It gets longer
    after a kill that left no new checkpoint: on a busy machine a fixed time may never be enough for one."""
    kills = 0
    while True:
        begun = (folder / "spec.alg").exists() and (folder / "run.toml").exists()
        before, kept = looks(folder), looks(folder)[1:]
        child = forked(*LONG, "--resume" if begun else "--out", folder)
        deadline = time.monotonic() + 60
        blindly = chance.random() < 0.2  # as it starts, reads or cuts its trace
        while not blindly and looks(folder) == before and time.monotonic() < deadline:
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.002)
        time.sleep(chance.random() * wait)
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            return kills
        assert status == -signal.SIGKILL and kills < 2000
        kills += 1
        wait *= 1.2 if looks(folder)[1:] == kept else 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=pytest.mark.exhaustive) for s in range(1, 8))])
def test_kills_at_any_moment_change_nothing(tmp_path: Path, whole_long: Path, seed: int) -> None:
    assert killed_and_resumed(tmp_path / "cut", random.Random(seed), 0.1) > 3
    assert told(tmp_path / "cut") == told(whole_long)
    assert output(tmp_path / "cut") == output(whole_long)


@pytest.mark.mpi
@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "first", "then"),
    [("masha1", 3, 0), ("rand_mcm_g", 0, 3), ("choco_sgd", 3, 0), ("pp_marina", 0, 2)],
)
def test_another_number_of_ranks_goes_on(
    cablese: Any, tmp_path: Path, spec: str, first: int, then: int
) -> None:
    problem = "bilinear_saddle(d = 4, lam = 0.2)" if spec == "masha1" else "quadratic(d = 9, mu = 0.2, L = 2)"
    groups = ("--groups", "2") if spec == "rand_mcm_g" else ()
    line = ("run", spec, "--problem", problem, "-n", 4, "-k", 200, "--every", 30, "--quiet", *groups)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert cablese(*line, "--out", whole).code == 0
    assert started(cut, *line, "--out", cut, "--max-seconds", "1e-9", ranks=first).wait() == 0
    assert (cut / "checkpoint.safetensors").exists()
    text = (cut / "run.toml").read_text().replace("max-seconds = 1e-09\n", "")
    (cut / "run.toml").write_text(text)
    assert started(cut, "run", "--resume", cut, "--quiet", ranks=then).wait() == 0
    assert told(cut)[1:] == told(whole)[1:] and output(cut) == output(whole)


def test_a_folder_keeps_the_output_that_was_asked_for(cablese: Any, tmp_path: Path) -> None:
    command = ("run", "masha1", *PROBLEM, "-k", 20, "--every", 5, "--output", "average(z)")
    assert cablese(*command, "--out", tmp_path / "one", "--checkpoint-every", 5).code == 0
    assert told(tmp_path / "one")[0]["output"] == "average(z)"
    assert cablese("run", "--resume", tmp_path / "one").code == 0
    assert cablese(*command, "--out", tmp_path / "two", "--sweep", "tau = [0.2, 0.5]").code == 0
