"""`cablese diff`: the five answers, what they exit with, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path

import cablese as package
import pytest
from conftest import Command

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


def test_names_are_told_and_a_scaled_message_is_another(cablese: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine.alg"
    mine.write_text(RENAMED)
    found = cablese("diff", "gd", str(mine), "--under", "prox=none")
    assert "the same path, other messages" in found.out
    assert "step is gamma" in found.out
    assert "y_B = x_A" in found.out


def test_methods_that_no_run_could_compare(cablese: Command) -> None:
    for one, other, words in (("gd", "extragradient", "different kinds"), ("gd", "dpsgd", "on a graph")):
        found = cablese("diff", one, other)
        assert found.code == 1
        assert words in found.err


def test_from_python() -> None:
    found = package.diff("diana", "sgd", under={"Q": "identity()"})
    assert (found.same, found.answer) == (False, "the same path, other messages")
    assert "h_A = mean(h_i_A)" in found.relations
    assert repr(found).startswith("DIANA -> SGD: the same path, other messages")
