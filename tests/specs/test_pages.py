"""Pages of error codes: one for each code, whose wrong example is told it, and whose right one is told nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cablese.dsl.catalogue import FAMILIES, PAGES
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import Diagnostic
from cablese.dsl.text.page import Example, Page
from cablese.dsl.text.render import render_all
from cablese.dsl.text.source import Source
from spec_tools import REGISTRY, diagnose

_EVERY = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


def _said(example: Example, *, pedantic: bool = True) -> list[Diagnostic]:
    data = example.text.encode(example.encoding)
    return diagnose("page.alg", data, example.settings, pedantic=pedantic)


def _codes(example: Example) -> list[str]:
    return [diagnostic.code for diagnostic in _said(example)]


def test_families_are_those_of_the_codes() -> None:
    assert list(dict.fromkeys(code[:2] for code in PAGES)) == list(FAMILIES)


@_EVERY
def test_the_wrong_example_is_told_just_this(page: Page) -> None:
    assert _codes(page.wrong) == [page.code]


def test_the_words_of_every_code(golden: Callable[[str, str], None]) -> None:
    golden("every_code.txt", "\n\n".join(render_all(_said(page.wrong)) for page in PAGES.values()) + "\n")


@_EVERY
def test_the_right_example_is_a_program(page: Page) -> None:
    compile_spec(Source("right.alg", page.right.text), REGISTRY, page.right.settings)
    doubtful = page.code.startswith("W4")
    if doubtful or page.code.startswith("E6"):
        assert _said(page.right, pedantic=doubtful) == []


@_EVERY
def test_the_right_example_is_in_canonical_form_and_differs_from_the_wrong_one(page: Page) -> None:
    assert page.wrong != page.right
    assert print_spec(read_spec(Source("right.alg", page.right.text))) == page.right.text


@_EVERY
def test_the_rule_has_two_to_six_sentences_and_the_title_none(page: Page) -> None:
    rule = re.sub(r"`[^`]*`", "code", " ".join(page.rule.split()))
    assert 2 <= len(re.findall(r"[.:?!)](?= [A-Z(]|$)|[.](?= code)", rule)) <= 6
    assert not page.title.endswith((".", ":"))
    assert len(page.title) <= 76
