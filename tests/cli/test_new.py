"""`cablese new`: specs that check clean and run, and never replace a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import diagnose, find_spec, shipped_specs
from cablese.runtime.new_specs import renamed_copy, template
from conftest import Command


def test_a_template_is_clean_canonical_and_runs(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cablese("new", "mine")
    path = tmp_path / "mine.alg"
    assert (ended.code, "wrote mine.alg" in ended.err) == (0, True)
    text = path.read_text(encoding="utf-8")
    source = Source("mine.alg", text)
    assert diagnose(source, pedantic=True) == () and print_spec(read_spec(source)) == text
    problem = "quadratic(d = 20, mu = 0.1, L = 1)"
    assert cablese("run", path, "-n", 3, "-k", 5, "--problem", problem).code == 0


def test_a_copy_bears_the_new_name(cablese: Command, tmp_path: Path) -> None:
    assert cablese("new", tmp_path / "my_marina.alg", "--from", "marina").code == 0
    text = (tmp_path / "my_marina.alg").read_text(encoding="utf-8")
    assert 'algorithm my_marina: "after MARINA: Gorbunov' in text
    assert text.splitlines()[2:] == find_spec("marina").text.splitlines()[2:]
    assert cablese("check", tmp_path / "my_marina.alg", "--pedantic", "--strict").code == 0
    assert "the same method" in cablese("diff", "marina", tmp_path / "my_marina.alg").out


@pytest.mark.parametrize("name", [spec.name for spec in shipped_specs()])
@pytest.mark.slow
def test_a_copy_of_every_shipped_spec_is_clean(name: str) -> None:
    source = Source("mine.alg", renamed_copy(find_spec(name), "mine"))
    assert diagnose(source, pedantic=True) == () and "algorithm mine" in source.text


def test_a_copy_of_one_without_a_source() -> None:
    text = template("First").replace(': "authors (venue year), Algorithm 1"', "")
    assert renamed_copy(Source("x.alg", text), "Second") == text.replace("First", "Second")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("two words",), "letters, digits and _"),
        (("1st",), "begins with a letter"),
        (("a/b/c",), "there is no directory"),
        (("mine", "--from", "marinna"), "Did you mean `marina`?"),
    ],
)
def test_what_cannot_be_made_is_refused(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cablese("new", *words)
    assert ended.code in (1, 2) and told in ended.err and list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(cablese: Command, tmp_path: Path) -> None:
    path = tmp_path / "mine.alg"
    path.write_text("")
    ended = cablese("new", path)
    assert (ended.code, "is there already" in ended.err, path.read_text()) == (2, True, "")


def test_lists_as_json(cablese: Command) -> None:
    found = json.loads(cablese("list", "algorithms", "--json").out)
    marina = next(row for row in found if row["name"] == "marina")
    assert (marina["family"], marina["title"]) == ("unidirectional", "MARINA") and "ICML 2021" in marina[
        "source"
    ]
    everything = json.loads(cablese("list", "--json").out)
    assert everything["algorithms"] == found and {"name", "about"} == set(everything["graphs"][0])
