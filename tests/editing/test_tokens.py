"""Colours of specs: every character of every spec has a token, names and words those that the compiler gives them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cablese.dsl.emit.textmate import emit_textmate
from cablese.dsl.emit.token_table import TOKENS, Token
from cablese.dsl.pipeline import read_spec
from cablese.runtime.editing.names import places
from cablese.runtime.library import find_spec, shipped_specs
from library_tiers import specs_by_tier
from pygments import token as pygments
from pygments.lexers import get_lexer_by_name

GRAMMAR = Path(__file__).parents[2] / "grammar" / "alg.tmLanguage.json"


def test_the_published_grammar_is_that_of_the_table() -> None:
    assert GRAMMAR.read_text(encoding="utf-8") == emit_textmate(), (
        "python -m cablese.dsl.emit.textmate writes it"
    )
    assert [rule["match"] for rule in json.loads(emit_textmate())["patterns"]] == [r.pattern for r in TOKENS]


def tokens(text: str) -> list[tuple[int, object, str]]:
    return list(get_lexer_by_name("alg", stripnl=False, ensurenl=False).get_tokens_unprocessed(text))


def test_pygments_finds_the_lexer_by_its_names() -> None:
    assert {get_lexer_by_name(name).name for name in ("alg", "cablese")} == {"cablese"}


@pytest.mark.parametrize("name", specs_by_tier())
def test_every_spec_is_coloured(name: str) -> None:
    source = find_spec(name)
    found = tokens(source.text)
    assert "".join(text for _, _, text in found) == source.text
    assert [text for _, token, text in found if token is pygments.Error] == []
    at = {start: token for start, token, _ in found}
    own = {place.span.start: place for place in places(read_spec(source))}
    assert {place.name for start, place in own.items() if at[start] is not pygments.Name} == set()


def test_words_have_their_sorts() -> None:
    text = "param p = 1 / d\nround:\n    node in S -> server: m = Q(grad(x))    # up\n    if c:\n"
    text += "    node when norm(g) > 0 -> server: w = 'w.csv'\n    all_of_it = all(1)\n"
    sorts = {part: token for _, token, part in tokens(text) if part.strip()}
    assert sorts["param"] is pygments.Keyword.Declaration
    roles = [part for _, token, part in tokens(text) if token is pygments.Keyword.Type]
    assert roles == ["node", "server", "node", "server"]
    assert sorts["in"] is sorts["if"] is sorts["round"] is pygments.Keyword
    assert sorts["grad"] is pygments.Name.Builtin and sorts["d"] is pygments.Name.Constant
    assert sorts["Q"] is sorts["m"] is sorts["S"] is pygments.Name
    assert sorts["'w.csv'"] is pygments.String.Double
    assert sorts["# up"] is pygments.Comment.Single and sorts["->"] is pygments.Operator


@pytest.mark.parametrize(
    ("line", "is_condition"),
    [
        ("param p = 1 where (p > 0) and p < 2", True),
        ("param p = f(1) where(p > 0)", True),
        ("param p = 1    where (p > 0)", True),
        ("param p = 1 where p > 0", True),
        ("param p = where(n > 2, 1, 0)", False),
        ("param p = where (n > 2, 1, 0)", False),
        ("    if where(k > 2, 1, 0) > 0 and where(k > 2, c, b):", False),
        ("    node: x = 2 * where (h > 0, h, x)", False),
        ("require where(n > 2, 1, 0) > 0", False),
    ],
)
def test_conditions_of_params_are_no_calls(line: str, is_condition: bool) -> None:
    sorts = {token for _, token, part in tokens(line) if part == "where"}
    assert sorts == {pygments.Keyword if is_condition else pygments.Name.Builtin}


def test_blanks_may_stand_before_a_parenthesis() -> None:
    assert [token for _, token, part in tokens("    node: g = grad (x)") if part == "grad"] == [
        pygments.Name.Builtin
    ]


def test_every_word_of_the_language_is_in_the_table() -> None:
    from cablese.dsl.check.guarantees import METRICS, POINT_METRICS
    from cablese.dsl.check.operators import FIGURES, ORACLES
    from cablese.dsl.check.reserved import LANGUAGE_NAMES
    from cablese.dsl.syntax.words import ROLES
    from cablese.runtime.editing import grammar_words, words

    coloured = [rule for rule in TOKENS if rule.token is not Token.NAME]

    def is_coloured(word: str) -> bool:
        return any(
            re.match(rule.pattern, line, re.MULTILINE)
            for rule in coloured
            for line in (word, f"{word}(x)", f"{word}: x = 1", f"{word} = 3")
        )

    assert [word for word in LANGUAGE_NAMES if not is_coloured(word)] == []
    assert {*ORACLES, *FIGURES} == {*words.ORACLES, *words.FIGURES}
    assert {*METRICS, *POINT_METRICS} <= {*grammar_words.FIGURES_OF_RUNS} and {*words.distributions()}
    assert {*ROLES} == {*grammar_words.ROLES}
    assert len(shipped_specs()) > 100
