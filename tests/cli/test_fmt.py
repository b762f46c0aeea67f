"""`cablese fmt` from outside: what it rewrites, what it leaves alone, and what it says."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from conftest import Command

SHIPPED = sorted((Path(__file__).parents[2] / "algorithms").glob("*/*.alg"))
CANONICAL = """\
# halves x
algorithm Half
problem minimize

param a       = 2    where a > 0
param longest = 3    where longest > a    # spare

init:
    all: x = x0

round:
    all: x = x / a    # the step

output x
"""
MESSY = """\
# halves x
algorithm Half
problem minimize

param a = 2 where a > 0
param longest=3   where longest>a # spare
init:
   all: x = x0
round:
   all:
      x = x/a   # the step
output x
"""
BROKEN = "algorithm X\nproblem minimize\n  param a = (\n"


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "half.alg"
    path.write_text(MESSY)
    return path


def test_shipped_specs_are_in_canonical_form(cablese: Command) -> None:
    ended = cablese("fmt", "--check", *SHIPPED)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert len(SHIPPED) >= 13


def test_a_file_is_rewritten_once_with_its_comments(cablese: Command, messy: Path) -> None:
    ended = cablese("fmt", messy)
    assert (ended.code, ended.out, ended.err) == (0, "", f"rewritten: {messy}\n")
    assert messy.read_text() == CANONICAL
    stamp = messy.stat().st_mtime_ns
    again = cablese("fmt", messy)
    assert (again.code, again.err) == (0, "1 spec is in canonical form already\n")
    assert messy.stat().st_mtime_ns == stamp
    assert os.listdir(messy.parent) == ["half.alg"]


def test_check_names_the_files_that_would_change(cablese: Command, messy: Path) -> None:
    fine = messy.with_name("fine.alg")
    fine.write_text(CANONICAL)
    ended = cablese("fmt", "--check", fine, messy)
    assert (ended.code, ended.out, ended.err) == (1, f"{messy}\n", "")
    assert messy.read_text() == MESSY
    assert cablese("fmt", "--check", fine).code == 0


def test_diff_shows_what_would_change_and_writes_nothing(cablese: Command, messy: Path) -> None:
    ended = cablese("fmt", "--diff", messy)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"--- {messy} (as it is)\n+++ {messy} (canonical)\n@@ ")
    assert "-      x = x/a   # the step\n" in ended.out
    assert "+    all: x = x / a    # the step\n" in ended.out
    assert messy.read_text() == MESSY
    both = cablese("fmt", "--diff", "--check", messy)
    assert (both.code, both.out) == (1, ended.out)


@pytest.mark.parametrize(
    "data",
    [CANONICAL.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + CANONICAL.encode(), CANONICAL[:-1].encode()],
    ids=["windows newlines", "byte order mark", "no last newline"],
)
def test_newlines_and_marks_are_part_of_the_form(cablese: Command, messy: Path, data: bytes) -> None:
    messy.write_bytes(data)
    assert cablese("fmt", "--diff", messy).out.count("\n+") > 0
    assert cablese("fmt", messy).code == 0
    assert messy.read_bytes() == CANONICAL.encode()


def test_standard_input_goes_to_standard_output(cablese: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MESSY.encode())))
    ended = cablese("fmt", "-")
    assert (ended.code, ended.out, ended.err) == (0, CANONICAL, "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MESSY.encode())))
    assert (cablese("fmt", "--check", "-").code, cablese("fmt", "--check", "-").out) == (1, "")


def test_a_file_with_mistakes_is_left_alone_and_the_others_are_not(cablese: Command, messy: Path) -> None:
    broken = messy.with_name("broken.alg")
    broken.write_text(BROKEN)
    ended = cablese("fmt", broken, messy)
    assert ended.code == 1
    assert f"{broken}:3:" in ended.err and "E107" in ended.err
    assert broken.read_text() == BROKEN
    assert messy.read_text() == CANONICAL


def test_mistakes_that_only_the_checker_sees_do_not_matter(cablese: Command, messy: Path) -> None:
    messy.write_text(CANONICAL.replace("x / a", "y / a"))
    assert cablese("fmt", "--check", messy).code == 0


def test_permissions_and_links_stay(cablese: Command, messy: Path) -> None:
    messy.chmod(0o640)
    link = messy.with_name("link.alg")
    link.symlink_to(messy.name)
    assert cablese("fmt", link).code == 0
    assert link.is_symlink() and link.read_text() == CANONICAL
    assert messy.stat().st_mode & 0o777 == 0o640


def test_a_failed_write_leaves_the_file_and_nothing_else(
    cablese: Command, messy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(28, "No space left on device", target)

    monkeypatch.setattr(os, "replace", refuse)
    ended = cablese("fmt", messy)
    assert ended.code == 3 and "No space left on device" in ended.err
    assert messy.read_text() == MESSY
    assert os.listdir(messy.parent) == ["half.alg"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("marina", "There is no file marina."), ("hal.alg", "Did you mean"), (".", "is a directory")],
)
def test_only_files_are_formatted(
    cablese: Command, messy: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(messy.parent)
    ended = cablese("fmt", name)
    assert ended.code == 1 and message in ended.err
