"""`cablese diff`: the five answers, what they exit with, and what cannot be compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import cablese as package
import pytest
from conftest import Command

DOCS = Path(__file__).parents[2] / "docs" / "diff.md"
CABLESE = (sys.executable, "-m", "cablese")
RENAMED = """\
algorithm Mine
problem minimize
param step = 1 / L where step > 0
init:
    all: y = x0
round:
    node -> server: u = -step * grad(y)
    server -> all: v = mean(u)
    all: y = v + y
output y
"""


@pytest.mark.parametrize(
    ("words", "answer", "code"),
    [
        (("marina", "marina"), "the same method", 0),
        (("artemis", "diana", "--under", "C_dwn=identity()", "--under", "prox=none"), "the same method", 0),
        (("dist_ef_block_sgd", "sgd", "--quick"), "not proven", 1),
        (
            ("ef21", "gd", "--under", "C=identity()", "--under", "prox=none"),
            "the same path, other messages",
            1,
        ),
        (("gd", "diana"), "different (runs part by", 1),
        (("diana", "ef21", "--quick"), "not proven", 1),
    ],
)
def test_answers(cablese: Command, words: tuple[str, ...], answer: str, code: int) -> None:
    found = cablese("diff", *words)
    assert found.code == code
    assert answer in found.out.splitlines()[0]


def test_names_are_told_and_messages_up_to_scale_are_the_same(cablese: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine.alg"
    mine.write_text(RENAMED)
    found = cablese("diff", "gd", str(mine), "--under", "prox=none")
    assert "equal by algebra" in found.out
    assert "messages  u_B = -gamma * m_A (lines" in found.out
    assert "step is gamma" in found.out
    assert "y_B = x_A" in found.out


def test_methods_that_no_run_could_compare(cablese: Command) -> None:
    for one, other, words in (("gd", "extragradient", "different kinds"), ("gd", "dpsgd", "on a graph")):
        found = cablese("diff", one, other)
        assert found.code == 2
        assert words in found.err


def test_trouble(cablese: Command, tmp_path: Path) -> None:
    wrong, empty = tmp_path / "wrong.alg", tmp_path / "empty.alg"
    wrong.write_text(RENAMED.replace("mean(u)", "mean(w)"))
    empty.write_text("")
    for words, said in (
        (("gd", wrong), "error[E201]"),
        ((empty, "gd"), "error[E"),
        (("gd", "no_such"), "No spec called `no_such`"),
        (("gd", f"HEAD:{wrong}"), "git does not find it"),
        (("gd", "gd", "--under", "rho=2"), "--> --under:1:1"),
        (("-", "-"), "standard input holds one text"),
    ):
        found = cablese("diff", *words)
        assert (found.code, found.out) == (2, "")
        assert said in found.err


def test_standard_input(cablese: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(RENAMED.encode())))
    assert "equal by algebra" in cablese("diff", "-", "gd", "--under", "prox=none").out


def test_the_driver_of_git_diff(tmp_path: Path) -> None:
    """As docs/diff.md shows it, in a repository; a spec of an old revision by its name."""
    (driver,) = re.findall(r"^ *git config (diff\.alg\.command) '(.*)'$", DOCS.read_text(), re.MULTILINE)
    git("init", "-q", at=tmp_path)
    git("config", driver[0], driver[1], at=tmp_path)
    (tmp_path / ".gitattributes").write_text("*.alg diff=alg\n")
    (tmp_path / "mine.alg").write_text(RENAMED)
    git("add", ".", at=tmp_path)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one", at=tmp_path)
    (tmp_path / "mine.alg").write_text(RENAMED.replace("u = -step", "u = -2 * step"))
    told = git("diff", at=tmp_path)
    assert told.startswith("Mine (A) -> Mine (B): different (runs part by")
    assert "u = -2 * step * grad(y)" in told
    words = [*CABLESE, "diff", "HEAD:mine.alg", "mine.alg", "--quick"]
    found = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.startswith("Mine (A) -> Mine (B): not proven")


def git(*words: str, at: Path) -> str:
    bin = str(Path(sys.executable).parent)
    env = os.environ | {"PATH": os.pathsep.join((bin, os.environ["PATH"])), "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(["git", *words], cwd=at, env=env, capture_output=True, text=True, check=True).stdout


def test_a_method_and_itself_from_python() -> None:
    found = package.diff("marina", "marina")
    assert (found.same, found.answer, found.relations) == (True, "the same method", ())


def test_from_python() -> None:
    found = package.diff("diana", "sgd", under={"Q": "identity()"})
    assert (found.same, found.answer) == (False, "the same path, other messages")
    assert "h_A = mean(h_i_A)" in found.relations
    assert repr(found).startswith("DIANA -> SGD: the same path, other messages")
