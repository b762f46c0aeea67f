"""`check`, `show`, `list`, `doctor` from outside."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cablese.runtime.registry import plugins
from conftest import Command

BROKEN = """\
algorithm X
problem minimize

param gamma = 1 / L where gamma > 0

init:
    all: x = x0

round:
    server: g = mean(grad(x))
    all: x = x - gama * x

output x
"""


def test_checked_specs_without_mistakes(cablese: Command) -> None:
    assert cablese("check", "marina").out == "no mistakes found\n"
    assert cablese("check", "marina", "gd").out == "no mistakes found in 2 specs\n"


def test_every_mistake_is_shown_and_counted(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.alg"
    path.write_text(BROKEN)
    ended = cablese("check", path, "gd")
    assert (ended.code, ended.out) == (1, "")
    assert f"{path}:10:" in ended.err and f"{path}:11:" in ended.err
    assert ended.err.endswith("\n2 mistakes; the rules, with examples: cablese explain E201 E204\n")


def test_mistakes_for_editors(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.alg"
    path.write_text(BROKEN)
    ended = cablese("check", "--json", path)
    found = json.loads(ended.out)
    assert (ended.code, ended.err) == (1, "")
    assert [(d["file"], d["line"]) for d in found] == [(str(path), 10), (str(path), 11)]
    assert (found[1]["column"], found[1]["end_line"], found[1]["end_column"]) == (18, 11, 22)
    assert "gamma" in found[1]["help"] + found[1]["message"]
    assert json.loads(cablese("check", "--json", "gd").out) == []


def test_a_mistake_for_editors_is_complete(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.alg"
    path.write_text(
        "algorithm X\nproblem minimize\nround:\n    node: m = grad(x0)\n    server: g = mean(m)\noutput g\n"
    )
    assert json.loads(cablese("check", "--json", path).out) == [
        {
            "severity": "error",
            "code": "E203",
            "message": "`m` lives on each node; the server cannot read it",
            "file": str(path),
            "line": 5,
            "column": 22,
            "end_line": 5,
            "end_column": 23,
            "note": "read here by the server",
            "labels": [
                {
                    "file": str(path),
                    "line": 4,
                    "column": 11,
                    "end_line": 4,
                    "end_column": 12,
                    "note": "one value per node, known only there",
                }
            ],
            "help": "send it first: `node -> server: m`",
            "fix": [],
        }
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there is no algorithm in this text"),
        (b"algorithm \xff\n", "not UTF-8"),
        (b"algorithm X\ninit:\n\tall: x = x0\n", "tab"),
    ],
)
def test_files_that_are_no_specs(cablese: Command, tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.alg"
    path.write_bytes(data)
    for command in ("check", "run"):
        ended = cablese(command, path)
        assert ended.code == 1 and message in ended.err and "Traceback" not in ended.err


@pytest.mark.parametrize("form", ["python", "plan", "server", "node", "json", "tex"])
def test_what_the_compiler_made_of_a_spec(cablese: Command, tmp_path: Path, form: str) -> None:
    ended = cablese("show", "marina", "--as", form)
    assert (ended.code, ended.err) == (0, "")
    assert "bernoulli" in ended.out or form == "node"
    written = cablese("show", "marina", "--as", form, "--out", tmp_path / "shown.txt")
    assert (written.code, written.out, written.err) == (0, "", "")
    assert (tmp_path / "shown.txt").read_text(encoding="utf-8") == ended.out


def test_what_is_shown_cannot_be_written(cablese: Command, tmp_path: Path) -> None:
    for form, name in (("tex", "box.tex"), ("graph", "round.svg")):
        ended = cablese("show", "marina", "--as", form, "--out", tmp_path / "no" / name)
        assert ended.code == 2 and name in ended.err and "cannot be written" in ended.err


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_round_as_a_picture(cablese: Command, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"round{suffix}"
    ended = cablese("show", "marina", "--as", "graph", "-o", path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize("out", [(), ("--out", "round.gif")])
def test_a_picture_needs_a_file(cablese: Command, out: tuple[str, ...]) -> None:
    ended = cablese("show", "marina", "--as", "graph", *out)
    assert ended.code == 2 and "that ends in .png, .pdf, .svg or .pgf" in ended.err


def test_the_shown_python_is_python(cablese: Command) -> None:
    compile(cablese("show", "pp_marina").out, "shown", "exec")


def test_a_form_that_does_not_exist(cablese: Command) -> None:
    ended = cablese("show", "marina", "--as", "pythn")
    assert (
        ended.code == 2
        and "--as takes python, plan, server, node, json, tex, graph or spec, not pythn." in ended.err
    )


def test_the_lists_name_what_there_is(cablese: Command) -> None:
    from cablese.runtime.problems.registry import DEFAULTS

    everything = cablese("list").out
    for section, name in (
        ("algorithms", "pp_marina"),
        ("compressors", "rand_k"),
        ("problems", "quadratic"),
        ("data", "wine"),
        ("graphs", "torus"),
    ):
        listed = cablese("list", section)
        assert (listed.code, listed.err) == (0, "")
        assert any(line.startswith(name) for line in listed.out.splitlines())
        assert f"{section}:\n  " in everything
    problems = cablese("list", "problems").out
    assert all(text in problems for text in DEFAULTS.values())
    assert cablese("list", "compresors").err.strip().endswith("Did you mean compressors?")


@pytest.mark.parametrize("section", ["compressors", "problems"])
def test_what_is_installed_and_broken_is_noted_beside_the_list(
    section: str, cablese: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = metadata.EntryPoint("lost", "no_such_module:Lost", f"cablese.{section}")
    installed = metadata.EntryPoints([lost])
    monkeypatch.setattr(metadata, "entry_points", lambda **selection: installed.select(**selection))
    known: Any = getattr(plugins(), section)
    monkeypatch.setattr(known, "_searched", False)
    monkeypatch.setattr(known, "_broken", {})
    result = cablese("list", section)
    assert (result.code, "lost" in result.out, len(result.out.splitlines()) > 5) == (0, False, True)
    assert result.err.startswith("note: the p") and "No module named 'no_such_module'" in result.err


def test_the_listed_graphs_are_those_that_can_be_made() -> None:
    from cablese.cli.listing import GRAPHS
    from cablese.runtime.graphs.changing import CHANGING
    from cablese.runtime.graphs.families import FAMILIES, is_erdos_renyi
    from cablese.runtime.graphs.files import READERS

    *named, (_, files) = GRAPHS
    random = [name for name, _ in named if is_erdos_renyi(name)]
    assert [name for name, _ in named if name not in random] == [*FAMILIES, *CHANGING]
    assert len(random) == 2
    listed = [word.strip(",") for word in files.split() if word.startswith(".")]
    assert set(listed) == set(READERS) - {".g6", ".s6"}


def test_a_method_on_a_graph_has_no_server_to_show(cablese: Command) -> None:
    assert "neighbors: x_hat" in cablese("show", "choco_sgd", "--as", "node").out
    ended = cablese("show", "choco_sgd", "--as", "server")
    assert ended.code == 2 and "CHOCO_SGD is a method on a graph and has no server" in ended.err


def test_the_listed_sizes_of_bundled_sets_are_theirs() -> None:
    import numpy as np
    from cablese.cli.listing import BUNDLED
    from cablese.runtime.data import bundled

    assert tuple(name for name, _ in BUNDLED) == bundled.BUNDLED
    for name, text in BUNDLED:
        samples, targets = bundled.load_bundled(name)
        kinds = len(np.unique(targets))
        ending = f"{kinds} classes" if kinds <= 10 else "real targets"
        assert text == f"{samples.shape[0]} x {samples.shape[1]}, {ending}"


def test_the_doctor_never_fails(cablese: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from cablese.runtime.report import machine

    monkeypatch.setattr(machine, "launcher", lambda: None)
    ended = cablese("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert "--  MPI: no mpiexec and no mpirun\n    pip install mpich" in ended.out
    assert "ok  packages: numpy" in ended.out


@pytest.mark.parametrize(
    ("script", "state"),
    [
        ("sleep 60", "two ranks did not start in 1 s"),
        ("echo sum 1 of 1; echo sum 1 of 1", "two processes that do not see each other"),
        ("echo --allow-run-as-root >&2; exit 1", "refuses to run as root"),
        ("echo broken >&2; exit 7", "exit 7: broken"),
        ("echo sum 3 of 2; echo sum 3 of 2", "two ranks added their numbers"),
    ],
)
def test_the_doctor_judges_a_launcher(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, state: str
) -> None:
    from cablese.runtime.report import machine

    fake = tmp_path / "mpiexec"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(machine, "launcher", lambda: fake)
    monkeypatch.setattr(machine, "PROBE_SECONDS", 1)
    finding = machine.mpi()
    assert state in finding.state
    assert finding.works is ("added" in state) and bool(finding.remedy) is not finding.works


@pytest.mark.mpi
def test_the_doctor_starts_two_real_ranks() -> None:
    from cablese.runtime.report import machine

    finding = machine.mpi()
    assert finding.works, finding
    assert re.search(r"between ranks: \d+\.\d us a message, \d+\.\d GB/s$", finding.state), finding.state


def test_the_version(cablese: Command) -> None:
    import cablese as package

    assert cablese("--version").out == f"cablese {package.__version__}\n"
    assert sys.version_info >= (3, 11)


@pytest.mark.parametrize("name", ["PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"])
def test_a_launcher_silences_no_command(
    cablese: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    bad = tmp_path / "bad.alg"
    bad.write_text("algorithm A\nround:\n    all: x = y\n")
    found = cablese("check", bad)
    assert found.code == 1 and "error[" in found.err
    assert cablese("fmt", tmp_path / "absent.alg").err
    assert "quadratic" in cablese("list", "problems").out
    assert "E203" in cablese("explain", "E203").out
    assert "def program" in cablese("show", "gd").out


@pytest.mark.parametrize("width", [120, 80, 60])
def test_lists_that_are_piped_have_lines_as_long_as_columns_says(
    cablese: Command, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.delenv("COLUMNS")
    whole = cablese("list").out
    assert max(map(len, whole.splitlines())) > 120
    monkeypatch.setenv("COLUMNS", str(width))
    fitted = cablese("list").out
    assert fitted.split() == whole.split()
    assert max(map(len, fitted.splitlines())) <= width


def test_tables_that_are_piped_are_whole_unless_columns_says_how_wide(
    cablese: Command, monkeypatch: pytest.MonkeyPatch, quick: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    narrow = cablese("compare", "gd", "marina", *quick).out
    assert "left out at this width" in narrow
    assert max(map(len, narrow.splitlines())) <= 60
    for unset in ("", "0", "wide"):
        monkeypatch.setenv("COLUMNS", unset)
        assert "left out" not in cablese("compare", "gd", "marina", *quick).out
