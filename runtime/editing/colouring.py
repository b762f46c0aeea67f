"""Tokens of a text for an editor that has no grammar of the language: by the table that all grammars are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cablese.dsl.emit.token_table import TOKENS, Token
from cablese.dsl.text.source import Source, Span

_PATTERN = re.compile("|".join(f"({rule.pattern})" for rule in TOKENS), re.MULTILINE)


def tokens_of(source: Source) -> Iterator[tuple[Span, Token]]:
    """The tokens in the order of the text, none over the end of a line."""
    for found in _PATTERN.finditer(source.text):
        assert found.lastindex is not None  # the patterns have no groups of their own
        yield Span(source, *found.span()), TOKENS[found.lastindex - 1].token
