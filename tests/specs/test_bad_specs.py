"""Wrong specs: `# error: LINE:COLUMN [CODE]` says what is expected and where its caret stands, `# warning: …` likewise.

Nothing else may be said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cablese.dsl.catalogue import PAGES
from cablese.dsl.text.render import render_all
from spec_tools import (
    BAD,
    HERE,
    diagnose,
    diagnose_bad,
    diagnose_text,
    edited,
    expectations,
    place_of,
    without_notes,
)

RENDERED = (
    "unknown_names",
    "not_bound",
    "unreadable",
    "oracles_need_data",
    "conditions",
    "state_at_home",
    "state_over_subset",
    "domains",
    "members",
    "graph",
    "kinds",
    "reserved_names",
    "compressors",
    "params",
    "statements",
    "claims",
)
WARNED = ("unread_declarations", "error_feedback_gone_wrong", "rounds_and_rounding", "comments_that_allow")


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_mistake_is_reported_where_it_stands_and_nothing_else(path: Path) -> None:
    wanted = expectations(path)
    said = diagnose_bad(path)
    assert wanted, f"{path.name} announces no error"
    assert sorted(map(place_of, said)) == wanted
    places = [d.span.start for d in said if d.span.source.name == path.name]
    assert places == sorted(places), "they come in the order of the text"
    for diagnostic in said:
        text = diagnostic.span.source.text
        assert diagnostic.message and 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.span.text == diagnostic.span.text.strip() or not diagnostic.span.text.strip()
        assert all(label.span != diagnostic.span for label in diagnostic.labels)


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_fix_mends_its_mistake(path: Path) -> None:
    for diagnostic in diagnose_bad(path):
        assert diagnostic.fix or "did you mean" not in diagnostic.help
        if diagnostic.fix and not diagnostic.fix[0].span.source.is_option:
            mended = edited(diagnostic.fix[0].span.source.text, diagnostic.fix)
            left = diagnose_text(path, mended.encode())
            assert place_of(diagnostic) not in map(place_of, left), mended


@pytest.mark.parametrize("stem", RENDERED)
def test_the_words_of_each_family_of_errors(stem: str, golden: Callable[[str, str], None]) -> None:
    text = without_notes((HERE / "bad" / "rules" / f"{stem}.alg").read_text(encoding="utf-8"))
    golden(f"{stem}.txt", render_all(diagnose(f"{stem}.alg", text.encode())) + "\n")


@pytest.mark.parametrize("stem", WARNED)
def test_the_words_of_each_family_of_warnings(stem: str, golden: Callable[[str, str], None]) -> None:
    text = without_notes((HERE / "bad" / "lints" / f"{stem}.alg").read_text(encoding="utf-8"))
    golden(f"{stem}.txt", render_all(diagnose(f"{stem}.alg", text.encode())) + "\n")


def test_every_code_is_shown_by_three_specs() -> None:
    shown = Counter(code for path in BAD for code in {code for _, _, code in expectations(path)})
    assert {code: shown[code] for code in PAGES if shown[code] < 3} == {}
    assert set(shown) <= set(PAGES)


def test_there_are_hundreds_and_many_hold_several_mistakes() -> None:
    assert len(BAD) >= 200
    assert sum(len(expectations(path)) > 1 for path in BAD) >= 40
