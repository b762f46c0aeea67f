"""The words of the grammar are those that the checker reserves and that mistakes are explained with."""

from __future__ import annotations

import re
from pathlib import Path

from cablese.dsl.check.reserved import LANGUAGE_NAMES
from cablese.dsl.syntax import words

_TERMINALS = (Path(__file__).parents[2] / "grammar" / "terminals.lark").read_text(encoding="utf-8")
_OPENING, _WITHIN = (
    set(re.findall(r"/(\w+)\\b/", part))
    for part in _TERMINALS.partition("// words that open a line")[2].split("// words within a line")
)


def test_words_that_open_a_line_are_known_as_such():
    assert {*words.FIRST_WORDS} == _OPENING
    assert words.FORMS.keys() >= _OPENING


def test_no_word_of_the_grammar_and_no_role_can_be_bound():
    assert len(_WITHIN) > 10
    assert {*_OPENING, *_WITHIN, *words.ROLES} <= LANGUAGE_NAMES.keys()
