"""The cached table of the grammar: kept in the user's own folder, never in the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cablese.dsl.syntax import table
from cablese.dsl.text.source import Source, Span

_LINE = Span(Source("t", "x = a + 1"), 0, 9)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "cablese"


def _parsed() -> Any:
    return table.LineParser().parse(_LINE, "", "line")


def test_the_table_is_written_once_and_read_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _parsed()
    (kept,) = home.iterdir()
    assert kept.stat().st_size > 1000
    monkeypatch.setattr("lark.lark.load_grammar", lambda *_: pytest.fail("built anew"))
    assert list(home.iterdir()) == [kept]
    assert _parsed() == first


def test_a_damaged_table_is_replaced(home: Path) -> None:
    first = _parsed()
    (kept,) = home.iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", whole[:500], whole[:-100] + bytes(100), b"\n"):
        kept.write_bytes(damaged)
        assert _parsed() == first
        assert len(kept.read_bytes()) > 1000


def test_another_grammar_has_another_table(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _parsed()
    grammar = table._grammar()
    monkeypatch.setattr(table, "_grammar", lambda: grammar + "\n// changed\n")
    _parsed()
    assert len(list(home.iterdir())) == 2


def test_without_a_folder_the_table_is_built_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert _parsed().parts


def test_a_folder_that_others_may_write_is_not_trusted(home: Path) -> None:
    home.mkdir()
    os.chmod(home, 0o777)
    assert _parsed().parts
    assert list(home.iterdir()) == []


def test_a_failed_move_leaves_nothing_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "replace", refuse)
    assert _parsed().parts
    assert list(home.iterdir()) == []
