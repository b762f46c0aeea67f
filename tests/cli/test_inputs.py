"""Files that commands read: what is no file is refused at once, what is no text of theirs is not shown."""

from __future__ import annotations

import os
from pathlib import Path

import cablese as api
import pytest
from cablese.runtime.errors import SetupError
from conftest import Command

Quick = tuple[str, ...]


@pytest.mark.parametrize(
    "words",
    [
        ("check", "PATH"),
        ("fmt", "PATH"),
        ("show", "PATH"),
        ("run", "PATH"),
        ("compare", "gd", "PATH"),
        ("run", "gd", "--config", "PATH"),
        ("run", "dpsgd", "--graph", "PATH"),
        ("run", "dpsgd", "--graph", "PATH.gml"),
        ("run", "gd", "--problem", 'logreg(data = "PATH")'),
    ],
    ids=" ".join,
)
def test_pipes_and_devices_are_refused_at_once(cablese: Command, tmp_path: Path, words: Quick) -> None:
    name = next(word for word in words if "PATH" in word)
    pipe, device = tmp_path / "pipe.alg", tmp_path / "zero.alg"
    for path in (pipe, device) if ".gml" not in name else (Path(f"{pipe}.gml"), Path(f"{device}.gml")):
        os.mkfifo(path) if "pipe" in path.name else path.symlink_to("/dev/zero")
    for path, what in ((pipe, "a named pipe"), (device, "a device")):
        ended = cablese(*(word.replace("PATH", str(path)) for word in words))
        assert ended.code in (1, 2) and ended.out == ""
        assert f"it is {what}, not a file" in ended.err or "networkx" in ended.err


def test_a_trace_in_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.jsonl")
    with pytest.raises(SetupError, match="it is a named pipe, not a file"):
        api.load(tmp_path / "t.jsonl")


def test_a_pipe_of_the_shell_is_read(cablese: Command) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"algorithm A\n")
    os.close(writing)
    ended = cablese("check", f"/dev/fd/{reading}")
    os.close(reading)
    assert ended.code == 1 and "error[E" in ended.err


def test_a_spec_that_never_ends_is_refused(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "long.alg"
    with path.open("wb") as stream:
        stream.truncate(2**40)  # sparse: it takes no space
    ended = cablese("check", path)
    assert ended.code == 1 and "it holds more than 16 MiB, the limit for such a file" in ended.err


def test_what_stands_in_a_graphs_file_is_not_shown(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "edges"
    path.write_text("0 1\nroot:$6$secret:19000\n")
    ended = cablese("run", "dpsgd", "--graph", path)
    assert ended.code == 1 and f"{path}:2: this line is no edge" in ended.err and "secret" not in ended.err


def test_the_file_that_standard_output_goes_to_is_not_read(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spec.alg"
    path.write_text("")
    with path.open("a") as stream:
        monkeypatch.setattr("cablese.runtime.files.reading.output_descriptor", stream.fileno)
        ended = cablese("fmt", path)
    assert ended.code == 1 and "standard output goes to the same file" in ended.err


def test_a_folder_of_a_run_repeats_it_from_anywhere(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data and graph are named from the run's own folder."""
    here, elsewhere = tmp_path / "he re", tmp_path / "else where"
    here.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(here)
    Path("rows").write_text("1 1:1\n-1 1:2\n1 1:3\n-1 1:1\n")
    Path("edges").write_text("0 1\n1 2\n")
    words = ("--problem", 'logreg(data = "rows", l2 = 1)', "-n", "3", "-k", "4", "--graph", "edges")
    assert cablese("run", "dpsgd", *words, "--out", "o ut").code == 0
    monkeypatch.chdir(elsewhere)
    folder = os.path.relpath(here / "o ut")
    repeated = ("run", f"{folder}/spec.alg", "--config", f"{folder}/run.toml")
    assert cablese(*repeated, "--trace", "again.jsonl").code == 0
    assert (
        api.load("again.jsonl").trace.loss.tolist()
        == api.load(here / "o ut" / "trace.jsonl").trace.loss.tolist()
    )
    monkeypatch.chdir(here / "o ut")
    Path("run.toml").write_bytes(b"\xef\xbb\xbf" + Path("run.toml").read_bytes())
    first = Path("run.toml").read_text(encoding="utf-8-sig").splitlines()[0]
    assert first == "# in this folder: cablese run spec.alg --config run.toml"
    assert cablese("run", "spec.alg", "--config", "run.toml").code == 0
