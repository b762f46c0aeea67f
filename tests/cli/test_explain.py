"""`cablese explain` and the line that points to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cablese.dsl.catalogue import PAGES
from conftest import Command


def test_a_page_as_it_is_shown(cablese: Command, golden: Callable[[str, str], None]) -> None:
    ended = cablese("explain", "E203")
    assert (ended.code, ended.err) == (0, "")
    golden("explain.txt", ended.out)


def test_what_a_text_does_not_show_is_said(cablese: Command) -> None:
    assert "Wrong, with --set 'gama = 0.1':" in cablese("explain", "E407").out
    assert "Wrong, saved as latin-1:" in cablese("explain", "E101").out


@pytest.mark.parametrize("code", PAGES)
def test_every_page_shows_its_own_diagnostic(cablese: Command, code: str) -> None:
    out = cablese("explain", code.lower()).out
    assert out.startswith(f"{code}: {PAGES[code].title}\n")
    heading = "warning" if code.startswith("W") else "error"
    assert out.count(f"{heading}[") == out.count(f"    {heading}[{code}]: ") == 1
    assert out.index("Wrong") < out.index(f"{heading}[") < out.index("Right")


def test_several_pages_at_once_and_each_once(cablese: Command) -> None:
    out = cablese("explain", "E203", "E204", "E203").out
    assert out.count("Wrong:") == 2


def test_without_a_code_all_are_listed(cablese: Command) -> None:
    out = cablese("explain").out
    for code, page in PAGES.items():
        assert f"  {code}  {page.title}\n" in out


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("E230", "Did you mean E203?"),
        ("E2O3", "Did you mean E203?"),
        ("help", "`cablese explain` lists them all."),
    ],
)
def test_a_code_that_does_not_exist(cablese: Command, code: str, hint: str) -> None:
    ended = cablese("explain", code)
    assert (ended.code, ended.out) == (2, "")
    assert f"There is no code {code}. {hint}" in ended.err


def test_mistakes_end_with_where_their_rules_are_explained(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.alg"
    path.write_text(
        "algorithm X\nproblem minimize\nround:\n    node: g = grad(x)\n    all: y = grad(g)\noutput y\n"
    )
    for command in ("check", "run"):
        ended = cablese(command, path)
        assert ended.code == 1
        assert ended.err.splitlines()[-1] == "2 mistakes; the rules, with examples: cablese explain E201 E204"
    path.write_text("output (\n")
    assert cablese("fmt", path).err.splitlines()[-1] == (
        "1 mistake; the rules, with examples: cablese explain E107"
    )
