from __future__ import annotations

import os
from pathlib import Path

import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.runtime.library import SpecNotFound, find_spec, shipped_specs


def test_shipped_specs_are_found_by_name_in_any_case() -> None:
    assert find_spec("MARINA") == find_spec("marina")
    assert find_spec("marina").name == "marina.alg"
    assert "algorithm MARINA" in find_spec("marina").text


def test_every_shipped_spec_says_its_name_and_source() -> None:
    for spec in shipped_specs():
        assert spec.name == spec.title.lower(), "files are named like their algorithm"
        assert spec.source


def test_a_file_wins_over_a_shipped_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("marina").write_text("mine")
    assert find_spec("marina").text == "mine"


def test_newlines_and_byte_order_marks_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.alg"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo")
    assert find_spec(str(path)).text == "one\ntwo"


def test_bytes_that_are_not_utf_8_are_a_diagnostic(tmp_path: Path) -> None:
    path = tmp_path / "a.alg"
    path.write_bytes(b"algorithm \xff")
    with pytest.raises(SpecError, match="not UTF-8"):
        find_spec(str(path))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("marinna", "and no file of that name is here. Did you mean `marina`?"),
        ("xyzzy", "`cablese list algorithms` names them all."),
        ("methods.algo", "Did you mean `methods.alg`?"),
        ("methods", "Did you mean `methods.alg`?"),
        ("method.alg", "There is no file method.alg. Did you mean methods.alg?"),
        ("folder/", "folder is a directory; name a spec in it, such as folder/method.alg."),
        ("a/b.alg", "There is no file a/b.alg."),
    ],
)
def test_what_is_not_there_is_named_with_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("methods.alg").write_text("")
    with pytest.raises(SpecNotFound) as caught:
        find_spec(spec)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.alg"
    path.write_text("")
    path.chmod(0)
    with pytest.raises(SpecNotFound, match="cannot be read: Permission denied"):
        find_spec(str(path))
