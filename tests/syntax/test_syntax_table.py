"""The cached table of the grammar: kept in the user's own folder, never in the way."""

from __future__ import annotations

import json
import os
import pickle
from hashlib import sha256
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


def _signed(text: str) -> bytes:
    """A file's bytes with the digest that belongs to them."""
    return sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode()


def test_a_file_that_is_no_table_is_replaced(home: Path) -> None:
    """A program's own digest proves no more than that the file is whole."""
    first = _parsed()
    (kept,) = home.iterdir()
    whole = kept.read_bytes()
    text = whole.partition(b"\n")[2].decode()
    leads_nowhere = json.loads(text)
    rows = leads_nowhere["data"]["parser"]["parser"]["states"]
    next(iter(rows.values()))["0"] = [0, 10**6]
    lacks_rules = json.loads(text)
    lacks_rules["memo"].popitem()
    others = ("[]", "{}", "null", text.replace('"memo"', '"mem"'))
    odd = (*others, json.dumps(leads_nowhere), json.dumps(lacks_rules), text.replace('"lalr"', '"x"'))
    for other in odd:
        kept.write_bytes(_signed(other))
        assert _parsed() == first
        assert kept.read_bytes() != _signed(other)


def test_the_file_holds_no_code(home: Path) -> None:
    _parsed()
    (kept,) = home.iterdir()
    assert json.loads(kept.read_bytes().partition(b"\n")[2]).keys() == {"data", "memo"}
    body = pickle.dumps(_Bomb())
    kept.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
    assert _parsed().parts


class _Bomb:
    """An object that, read by pickle, ends the test."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("code has run",)


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
