"""Colours of specs for editors with tree-sitter: the query `highlights.scm`, made from the token table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import cablese.grammar

from ..syntax.words import HEADERS, ROLES
from .token_table import BOUND, CALLED, KINDS, Token

CAPTURES = {
    Token.COMMENT: "@comment",
    Token.TEXT: "@string",
    Token.HEADER: "@keyword.directive",
    Token.WORD: "@keyword",
    Token.ROLE: "@type.builtin",
    Token.TRUTH: "@boolean",
    Token.FUNCTION: "@function.builtin",
    Token.CONSTANT: "@constant.builtin",
    Token.NUMBER: "@number",
    Token.OPERATOR: "@operator",
    Token.PUNCTUATION: "@punctuation.delimiter",
}
"""Captures by the sort of token, under the names that editors have styles for. Names of the spec have none."""

_PUNCTUATION = "()[],:;"


def emit_highlights() -> str:
    """The query; no two of its patterns match the same token, so that their order does not matter."""
    table = json.loads((Path(cablese.grammar.__path__[0]) / "automaton.json").read_bytes())
    words, signs = set(table["words"]), set(table["signs"])
    patterns = {
        "(comment)": Token.COMMENT,
        "(string)": Token.TEXT,
        "(number)": Token.NUMBER,
        "(boolean)": Token.TRUTH,
        _any(words & {*HEADERS}): Token.HEADER,
        _any(words - {*HEADERS, "true", "false"}): Token.WORD,
        _any(signs - {*_PUNCTUATION}): Token.OPERATOR,
        _any(signs & {*_PUNCTUATION}): Token.PUNCTUATION,
    }
    named = {
        "(problem (name) {})": (Token.WORD, KINDS),
        "(compressor (name) {})": (Token.WORD, KINDS),
        "(role . (name) {})": (Token.ROLE, ROLES),
        "(call . (name) {})": (Token.FUNCTION, CALLED),
        "((name) {})": (Token.CONSTANT, BOUND),
    }
    lines = [f"{pattern} {CAPTURES[token]}" for pattern, token in patterns.items()]
    for pattern, (token, names) in named.items():
        capture = CAPTURES[token]
        condition = f"(#any-of? {capture} {' '.join(json.dumps(name) for name in sorted(names))})"
        lines.append(f"{pattern.format(f'{capture} {condition}')}")
    return "; made by `python -m cablese.dsl.emit.tree_sitter`\n\n" + "\n".join(lines) + "\n"


def _any(texts: Iterable[str]) -> str:
    return f"[{' '.join(json.dumps(text) for text in sorted(texts))}]"
