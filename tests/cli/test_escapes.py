"""Texts of users on a terminal: whatever a spec, a file's name or a trace holds, no command passes an escape on."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import cablese as api
import pytest
from cablese.cli.guard import say
from conftest import Command, Ended

EVIL = "\x1b]0;title\x07\x1b[31m\x9b2J\u202eder\x7f\r\x08"
"""A window's title, colours (8 bits, too), text from right to left, and ways back over what is written."""

NAME = f"{EVIL}\udcff"
"""A file may be called so; the last of it is a byte that is no UTF-8."""

SPEC = f"""algorithm Mine: "{EVIL.replace(chr(13), "")}"
problem minimize

init:
    all: x = x0  # {EVIL.replace(chr(13), "")}

round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g

output x
"""
WRONG = SPEC.replace("mean(m)", 'mean(y, "\x1b[31m")')


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, data and a wrong spec of odd names, looked at on a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cablese.cli.guard.on_terminal", lambda: True)
    Path(f"{NAME}.alg").write_text(SPEC)
    Path(f"{NAME}2.alg").write_text(SPEC)
    Path(f"wrong{NAME}.alg").write_text(WRONG)
    Path("rows\x1b[31m\x9b").write_text("1 1:1\n-1 1:2\n1 1:3\n-1 1:1\n")
    return tmp_path


def check_harmless(ended: Ended) -> None:
    for char in ended.out + ended.err:
        assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs"), ended
    assert "bug" not in ended.err


DATA = ("--problem", 'logreg(data = "rows\x1b[31m\x9b", l2 = 1)', "-n", "2", "-k", "2")
COMMANDS = [
    ("check", f"wrong{NAME}.alg"),
    ("check", f"no{NAME}.alg"),
    ("check", f"wrong{NAME}.alg", "--json"),
    ("fmt", f"wrong{NAME}.alg"),
    ("fmt", "--diff", f"{NAME}.alg"),
    ("fmt", "--check", f"{NAME}.alg"),
    ("fmt", f"{NAME}.alg"),
    *(("show", f"{NAME}.alg", "--as", form) for form in ("python", "plan", "server", "node", "json", "tex")),
    ("run", f"{NAME}.alg", *DATA),
    ("run", f"{NAME}.alg", *DATA, "--json"),
    ("run", f"{NAME}.alg", *DATA, "--dry"),
    ("run", f"{NAME}.alg", *DATA, "--dry", "--json"),
    ("compare", f"{NAME}.alg", f"{NAME}2.alg", *DATA, "--plot", "p.svg"),
    ("run", "gd", "--trace", f"no{NAME}/t"),
    ("run", "gd", "--plot", f"no{NAME}"),
    ("run", "gd", "--config", f"no{NAME}"),
    ("run", "gd", "--set", f"a{EVIL}"),
    ("run", "gd", "--set", f"gamma=a{EVIL}"),
    ("run", "gd", "--split", EVIL),
    ("run", "dpsgd", "--graph", NAME),
    ("run", "gd", "--problem", f'logreg(data = "{EVIL}")'.replace("\r", "")),
    ("run", "gd", f"--{EVIL}"),
    (NAME,),
    ("explain", EVIL),
    ("list", EVIL),
    ("lab", EVIL),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[:50])
def test_no_escape_reaches_the_terminal(cablese: Command, evil: Path, words: tuple[str, ...]) -> None:
    ended = cablese(*words)
    check_harmless(ended)
    if "--json" in words:
        json.loads(ended.out)


def test_into_a_file_a_spec_goes_as_it_is(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "spec.alg"
    path.write_text(SPEC)
    assert EVIL.replace("\r", "") in cablese("show", path, "--as", "server").out


def test_messages_keep_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\n\ttwo\x1b[31m")
    assert capsys.readouterr().err == "one\n\ttwo\N{REPLACEMENT CHARACTER}[31m\n"


def test_a_result_in_a_notebook_is_harmless(evil: Path) -> None:
    result = api.run(Path(f"{NAME}.alg"), nodes=2, rounds=2, problem=DATA[1])
    assert "\x1b" not in repr(result) and "\x9b" not in repr(result)


def test_names_with_dollars_are_no_formulas(cablese: Command, evil: Path) -> None:
    Path("a$x^$_{").write_text(Path("rows\x1b[31m\x9b").read_text())
    words = ("--problem", 'logreg(data = "a$x^$_{", l2 = 1)', "-n", "2", "-k", "2", "--plot", "p.svg")
    for command in (("run", f"{NAME}.alg"), ("compare", f"{NAME}.alg", f"{NAME}2.alg")):
        assert cablese(*command, *words).code == 0
        assert "a$x^$_{" in Path("p.svg").read_text()
