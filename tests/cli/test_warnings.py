"""What is surely not meant is said by `check`, `run` and `compare`, and from Python; `--strict` makes it an error."""

from __future__ import annotations

import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import cablese as api
import pytest
from conftest import Command

Quick = tuple[str, ...]

UNUSED = """\
algorithm Unused
problem minimize

param gamma = 1 / L
param beta  = 0.9

init:
    all: x = x0

round:
    node -> server: m = grad(x), z = grad(x)
    server -> all: g = mean(m)
    all: x = x - beta * g / L

output x
"""
BOTH = "\n2 warnings; the rules, with examples: cablese explain W101 W103\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "unused.alg"
    path.write_text(UNUSED)
    return path


def test_check_tells_warnings_and_ends_with_0(cablese: Command, spec: Path) -> None:
    ended = cablese("check", spec, "gd")
    assert (ended.code, ended.out) == (0, "no mistakes, 2 warnings in 2 specs\n")
    assert "warning[W101]: param `gamma`" in ended.err and "warning[W103]: `z`" in ended.err
    assert ended.err.endswith(BOTH)


def test_strict_checks_end_with_1(cablese: Command, spec: Path) -> None:
    ended = cablese("check", "--strict", spec)
    assert (ended.code, ended.out) == (1, "") and "error[W101]" in ended.err and "2 mistakes" in ended.err
    assert cablese("check", "--strict", "gd", "marina").code == 0


@pytest.mark.parametrize(("flags", "severity", "code"), [((), "warning", 0), (("--strict",), "error", 1)])
def test_editors_are_told_the_severity(
    cablese: Command, spec: Path, flags: Quick, severity: str, code: int
) -> None:
    ended = cablese("check", "--json", *flags, spec)
    told = [(d["severity"], d["code"], d["line"]) for d in json.loads(ended.out)]
    assert (ended.code, told) == (code, [(severity, "W101", 4), (severity, "W103", 11)])


def test_errors_are_told_alone(cablese: Command, spec: Path) -> None:
    spec.write_text(UNUSED.replace("mean(m)", "mean(n_)"))
    ended = cablese("check", spec)
    assert ended.code == 1 and "1 mistake; " in ended.err and "warning" not in ended.err


@pytest.mark.parametrize("command", ["run", "compare"])
def test_runs_tell_warnings_once(cablese: Command, quick: Quick, spec: Path, command: str) -> None:
    specs = (spec, spec) if command == "compare" else (spec,)
    ended = cablese(command, *specs, *quick)
    assert ended.code == 0 and "Unused" in ended.out and ended.err.endswith(BOTH)
    told = cablese(command, *specs, *quick, "--json")
    assert json.loads(told.out) and told.err == ended.err
    assert cablese(command, *specs, *quick, "--quiet").err == ""
    assert cablese(command, *specs, *quick, "--dry").err == ended.err


@pytest.mark.parametrize("flags", [("--strict",), ("--strict", "--quiet"), ("--strict", "--dry")])
def test_strict_runs_do_not_start(
    cablese: Command, quick: Quick, spec: Path, tmp_path: Path, flags: Quick
) -> None:
    ended = cablese("run", spec, *quick, *flags, "--trace", tmp_path / "t.jsonl")
    assert (ended.code, ended.out) == (1, "") and "error[W101]" in ended.err
    assert not (tmp_path / "t.jsonl").exists()
    config = tmp_path / "c.toml"
    config.write_text("strict = true\n")
    assert cablese("run", spec, *quick, "--config", config).code == 1


def test_what_is_only_read_by_a_default_that_was_replaced_is_no_warning(
    cablese: Command, quick: Quick
) -> None:
    ended = cablese("run", "choco_sgd", *quick, "--set", "gamma=0.2")
    assert (ended.code, ended.err) == (0, "")


def test_a_setting_that_changes_nothing_is_refused(cablese: Command, quick: Quick, spec: Path) -> None:
    ended = cablese("run", spec, *quick, "--set", "gamma=100")
    assert ended.code == 1 and "error[E418]: `gamma` is set, but nothing in Unused depends on it" in ended.err
    assert "warning" not in ended.err
    assert cablese("run", spec, *quick, "--set", "beta=0.5").code == 0


# --- from Python ----------------------------------------------------------------------------------------------

QUICK: dict[str, Any] = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 2}


def test_python_users_get_warnings_at_their_line() -> None:
    with pytest.warns(api.SpecWarning) as told:
        result = api.run(UNUSED, **QUICK)
    assert [w.filename for w in told] == [__file__] * 2
    assert [d.code for d in result.warnings] == ["W101", "W103"]
    with pytest.warns(api.SpecWarning):
        assert len(api.compare([UNUSED, "gd"], **QUICK)) == 2


def test_python_users_may_take_them_for_errors() -> None:
    with pytest.raises(api.SpecError, match=r"error\[W103\]"):
        api.run(UNUSED, strict=True, **QUICK)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert api.run("gd", strict=True, **QUICK).warnings == ()


def test_python_users_see_the_severity_of_what_check_finds() -> None:
    assert [(d.severity.value, d.code) for d in api.check(UNUSED)] == [
        ("warning", "W101"),
        ("warning", "W103"),
    ]
    assert [d.severity.value for d in api.check("algorithm X\n")][:1] == ["error"]


def test_errors_and_warnings_go_from_process_to_process() -> None:
    error = api.SpecError(api.check(UNUSED))
    for told in (error, api.SpecWarning(error.diagnostics[0])):
        again = pickle.loads(pickle.dumps(told))
        assert type(again) is type(told) and str(again) == str(told)


def test_a_saved_run_knows_its_warnings(tmp_path: Path) -> None:
    with pytest.warns(api.SpecWarning):
        api.run(UNUSED, **QUICK).save(tmp_path / "t.jsonl")
    assert [d.code for d in api.load(tmp_path / "t.jsonl").warnings] == ["W101", "W103"]


def test_doubts_are_told_by_their_flag_alone(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "dcgd.alg"
    text = cablese("show", "gd", "--as", "spec").out.replace("m = grad(x)", "m = C(grad(x))")
    path.write_text(text.replace("\ninit:", "\ncompressor C: contractive = top_k(k = 1)\n\ninit:", 1))
    plain, pedantic = cablese("check", path), cablese("check", path, "--pedantic")
    assert (plain.code, pedantic.code, "W403" in plain.err, "W403" in pedantic.err) == (0, 0, False, True)
    assert cablese("check", path, "--pedantic", "--strict").code == 1
