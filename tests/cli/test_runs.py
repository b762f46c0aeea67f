"""`cablese runs`: runs on disk are listed, chosen, told apart and deleted, and nothing else is."""

from __future__ import annotations

import json
import shlex
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cablese.cli.main import app
from cablese.runtime.files.safetensors import unpacked
from cablese.runtime.folders.wanted import hostless

QUICK = ("--problem", "quadratic(d = 6, mu = 0.5, L = 2)", "-n", "3", "-k", "20", "--every", "5")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs, one that was stopped, and what is no run; and a run by itself. Made once, and copied."""
    home = tmp_path_factory.mktemp("made")
    folder = home / "store"
    for name, more in (("a", ()), ("b", ("--seed", "1")), ("c/deep", ("--max-seconds", "1e-9"))):
        run("diana", *QUICK, "--quiet", "--out", str(folder / name), *more)
    run("gd", *QUICK, "--quiet", "--out", str(home / "alone" / "a"))
    (folder / "notes.txt").write_text("mine")
    (folder / "b" / "mine.txt").write_text("mine")
    (folder / "d").mkdir()
    (folder / "d" / "trace.jsonl").write_text("no trace")
    return home


def run(*words: str) -> None:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), pytest.raises(SystemExit) as ended:
        app(args=["run", *words], prog_name="cablese")
    assert not ended.value.code


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "store", tmp_path / "store"))


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


def test_runs_stand_side_by_side(cablese: Any, made: Path) -> None:
    """Settings that differ and no other; metrics and costs of the last points, as traces have them."""
    here = made / "store"
    found = json.loads(cablese("runs", here, made / "alone", "--compare", "--json").out)
    assert [Path(name).name for name in found["runs"]] == ["a", "b", "deep", "a"]
    settings = found["settings"]
    assert settings["algorithm"] == ["DIANA", "DIANA", "DIANA", "GD"] and settings["seed"] == [0, 1, 0, 0]
    assert settings["alpha"][3] is None and settings["Q"] == [settings["Q"][0]] * 3 + [None]
    assert not settings.keys() & {"problem", "n", "rounds", "spec text", "samples", "constants"}
    last = json.loads((here / "b" / "trace.jsonl").read_text().splitlines()[-1])["last"]
    assert {name: found["ends"][name][1] for name in ("bits_up", "bits_down", "loss", "seconds")} == {
        name: last[name] for name in ("bits_up", "bits_down", "loss", "seconds")
    }
    assert found["ends"]["rounds"][:2] == [20, 20]
    shown = cablese("runs", here, "--where", "state=finished", "--compare").out.splitlines()
    assert [line.split() for line in shown[2:3]] == [["seed", "0", "1"]]
    up = next(line for line in shown if line.startswith("up/node")).split()
    assert up[3:] == [str(last["bits_up"] // 3), "bit"]


def test_equal_names_of_other_specs_are_told_apart(cablese: Any, made: Path, tmp_path: Path) -> None:
    spec = tmp_path / "mine.alg"
    spec.write_text(
        (made / "alone" / "a" / "spec.alg").read_text().replace("x - gamma * g", "x - gamma * g / 2")
    )
    run(str(spec), *QUICK, "--quiet", "--out", str(tmp_path / "b"))
    found = json.loads(cablese("runs", made / "alone", tmp_path, "--compare", "--json").out)
    assert list(found["settings"]) == ["spec text"]


def test_a_run_keeps_the_line_that_made_it(
    cablese: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a form for others: no place of this machine; another line for the same run is no other run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cablese.runtime.folders.pictures.draw_runs", lambda *_: [])
    away = Path("/elsewhere/deep/t.jsonl")
    out = tmp_path / "a b"
    run("gd(gamma = 1 / (2 * L) / 3)", *QUICK, "--quiet", "--out", str(out), "--plot", "p.png")
    [line] = [each for each in (out / "run.toml").read_text().splitlines() if each.startswith("# made by: ")]
    assert line == (
        "# made by: cablese run 'gd(gamma = 1 / (2 * L) / 3)' --problem 'quadratic(d = 6, mu = 0.5, L = 2)' -n 3 -k 20 "
        "--every 5 --quiet --out 'a b' --plot p.png"
    )
    run("gd(gamma = 1 / (2 * L) / 3)", *QUICK, "--quiet", "--out", str(out), "--again")
    assert "--again" in (out / "run.toml").read_text()
    text = hostless(["cablese", "--trace", str(away), "--problem", f"x = 'run:{away}', a/b, [1/4, 1/8/9]"])
    assert shlex.split(text)[2:] == ["…/t.jsonl", "--problem", "x = 'run:…/t.jsonl', a/b, [1/4, 1/8/9]"]


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


# --- runs that are done ------------------------------------------------------------------------------------------


def times(folder: Path) -> dict[str, int]:
    return {str(each): each.stat().st_mtime_ns for each in folder.rglob("trace.jsonl")}


def test_a_run_that_is_done_is_not_done_again(cablese: Any, quick: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "store"
    first = cablese("compare", "gd", "diana(gamma = 0.1)", *quick, "--out", folder)
    assert first.code == 0
    before = times(folder)
    trace = tmp_path / "t.jsonl"
    again = cablese("compare", "gd", "diana(gamma = 0.1)", *quick, "--out", folder, "--trace", trace)
    assert again.code == 0 and again.out == first.out and times(folder) == before
    assert "all runs are finished in" in again.err and "--again runs them again" in again.err
    kept = [(folder / name / "trace.jsonl").read_text() for name in ("gd", "diana")]
    assert trace.read_text() == "".join(kept)
    more = cablese("compare", "gd", "diana(gamma = 0.1)", "marina", *quick, "--out", folder, "--jobs", 2)
    assert more.code == 0 and "2 of 3 runs are finished in" in more.err
    assert before.items() <= times(folder).items() and len(times(folder)) == 3
    forced = cablese("compare", "gd", "diana(gamma = 0.1)", *quick, "--out", folder, "--again")
    assert forced.code == 0 and "finished" not in forced.err and times(folder).items() != before.items()


def test_it_is_found_wherever_it_lies_in_the_store(
    cablese: Any, quick: tuple[str, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    line = ("compare", "gd(gamma = 0.1)", "gd(gamma = 0.2)", *quick, "--quiet", "--out", folder)
    assert cablese(*line).code == 0
    ended = cablese(
        "run", "gd", "--set", "gamma=0.2", *quick, "--out", folder, "--save", tmp_path / "p.safetensors"
    )
    assert ended.code == 0 and f"{folder}/gd-2 holds this run, finished" in ended.err
    [saved] = unpacked((tmp_path / "p.safetensors").read_bytes())[0].values()
    assert saved.shape == (6,) and not (folder / "trace.jsonl").exists()


@pytest.mark.parametrize(
    "more",
    [
        ("--seed", 1),
        ("-k", 21),
        ("--set", "gamma=0.1"),
        ("--stop", "grad_norm2 <= 1e-1"),
        ("--max-bits", "1e3"),
        ("--metrics", "dist2"),
        ("--thin", "loss=2"),
        ("--every", 4),
        ("--wire", "float64"),
    ],
)
def test_another_run_is_not_taken_for_it(
    cablese: Any, made: Path, quick: tuple[str, ...], tmp_path: Path, more: tuple[object, ...]
) -> None:
    """A rule that ends a run makes another, too."""
    folder, line = tmp_path / "store", ("gd", *quick, "--quiet")
    shutil.copytree(made / "alone", folder)
    words = [each for each in line[:-1] if each not in ("-k", "20", "--every", "5")]
    own = (*words, "-k", "20", "--every", "5") if more[0] not in ("-k", "--every") else words
    rest = (
        () if more[0] not in ("-k", "--every") else ("-k", "20") if more[0] == "--every" else ("--every", "5")
    )
    ended = cablese("run", *own, *rest, *more, "--out", folder / "b")
    assert ended.code == 0 and (folder / "b" / "trace.jsonl").exists()
    ended = cablese("run", *own, *rest, *more, "--out", folder)
    assert ended.code == 0 and not (folder / "trace.jsonl").exists()
    assert "holds this run" in ended.err and f"{folder}/b" in ended.err
