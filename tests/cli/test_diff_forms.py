"""Forms of `cablese diff`: JSON by its schema, LaTeX, HTML, literal comparisons, colours, Python's views."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import cablese as package
import jsonschema
import pytest
from cablese.runtime.execute.difference import difference
from cablese.runtime.library import find_spec
from cablese.runtime.report.difference import account_of
from cablese.runtime.report.difference_lines import coloured_lines, plain_lines
from cablese.runtime.report.listing import rows
from conftest import Command

SCHEMA = Path(__file__).parents[2] / "grammar" / "diff.schema.json"
PAIRS = (("ef_sgd", "ef21"), ("artemis", "mcm"), ("dpsgd", "choco_sgd"), ("gd", "gd"))
VOID = {"meta", "link"}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_json_is_as_its_schema_says(one: str, other: str, cablese: Command) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json.loads(cablese("diff", one, other, "--quick", "--json").out)
    jsonschema.validate(found, schema)
    assert len(found["costs"]) == 2
    assert {edit["edit"] for edit in found["edits"]} == {"kept"} or one != other
    lines = find_spec(other).text.splitlines()
    for edit in found["edits"]:
        if edit["edit"] == "gained" and edit["kind"] == "state":
            assert any(edit["part"].removesuffix("_B") in lines[line - 1] for line in edit["lines"])


def test_json_of_a_run_has_the_witness(cablese: Command) -> None:
    found = json.loads(cablese("diff", "gd", "sign_sgd_mv", "--json").out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert found["answer"] == "different"
    assert found["witness"]["gap"] > 1e-6


class Tags(HTMLParser):
    """Tags that are open, and whatever a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.foreign += [str(at) for name, at in attrs if name in ("src", "href") and str(at)[:1] != "#"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_html_is_whole_and_needs_nothing(one: str, other: str, cablese: Command) -> None:
    page = cablese("diff", one, other, "--quick", "--html").out
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert (tags.open, tags.foreign) == ([], ["data:,"])
    assert (page.startswith("<!DOCTYPE html>") and "gamma" in page) or one == other


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_figure_is_balanced(one: str, other: str, cablese: Command) -> None:
    lines = cablese("diff", one, other, "--quick", "--tex").out.splitlines()
    text = "\n".join(lines)
    for name in ("figure*", "minipage", "algorithmic"):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}") > 0
    for line in lines:
        assert line.count("{") == line.count("}") and line.replace("\\$", "").count("$") % 2 == 0, line
    assert ("\\color{red}" in text) is (one != other)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs LaTeX")
def test_latex_takes_the_figure(cablese: Command, tmp_path: Path) -> None:
    text = cablese("diff", "ef_sgd", "ef21", "--quick", "--tex").out
    packages = text.splitlines()[0].removeprefix("% ")
    page = f"\\documentclass{{article}}{packages}\\begin{{document}}{text}\\end{{document}}"
    (tmp_path / "page.tex").write_text(page)
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_names_count_where_asked(cablese: Command, tmp_path: Path) -> None:
    text = find_spec("gd").text
    copy, noted, renamed = tmp_path / "copy.alg", tmp_path / "noted.alg", tmp_path / "renamed.alg"
    copy.write_text(text)
    noted.write_text(re.sub(r"^guarantee.*$", "", text, flags=re.MULTILINE).replace("init:", "# a\ninit:"))
    renamed.write_text(text.replace("m = grad", "sent = grad").replace("mean(m)", "mean(sent)"))
    for path in (copy, noted):
        found = cablese("diff", "gd", str(path), "--names")
        assert (found.code, found.out) == (0, "GD (A) -> GD (B): the same to the letter\n")
    found = cablese("diff", "gd", str(renamed), "--names")
    assert found.code == 1
    assert found.out.startswith("GD (A) -> GD (B): different to the letter")
    assert "sent = grad(x)" in found.out
    assert cablese("diff", "gd", str(renamed), "--under", "prox=none").code == 0


def test_terminals_have_colours_in_the_place_of_carets() -> None:
    account = account_of(difference((find_spec("ef_sgd"), find_spec("ef21")), (), quick=True))
    plain, coloured = list(plain_lines(account, 100)), list(coloured_lines(account, 100))
    without_carets = [line for line in plain if set(line) - set("^ ") or not line]
    assert [text.plain for text in coloured] == without_carets
    assert any("bold red" in str(span.style) for text in coloured for span in text.spans)
    assert all(len(line) <= 100 for line in plain)


def test_marks_stand_below_what_differs() -> None:
    (row,) = rows(["    server: h = h + alpha * m"], ["    server: h = h + m"])
    assert row.left is not None and row.right is not None
    assert [row.left.text[i:j] for i, j in row.left.changed] == ["alpha *"]
    assert row.right.changed == ()


def test_python_has_edits_sentences_and_a_page() -> None:
    found = package.diff("ef_sgd", "ef21", quick=True)
    assert {edit.kind.value for edit in found.edits} >= {"gained", "lost", "changed"}
    assert "down: g in place of mean(m), dense" in found.sentences
    assert repr(found).startswith("EF_SGD -> EF21: not proven")
    assert "<mark>" in found._repr_html_()
    assert found.record["methods"] == ["EF_SGD", "EF21"]
    assert package.diff("gd", "gd").edits == ()
