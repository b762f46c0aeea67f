"""The tokens of the language for the colours of editors and pages: one table, from which their grammars are made.

Patterns are those that Python's `re` and Oniguruma read alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from ..check.constants import CONSTANTS
from ..check.distributions import DISTRIBUTIONS
from ..check.operators import AGGREGATES, FIGURES, FUNCTIONS, ORACLES
from ..syntax.words import HEADERS, ROLES
from ..text.records import record


class Token(Enum):
    """A sort of token: its scope in TextMate grammars."""

    COMMENT = "comment.line.number-sign"
    TEXT = "string.quoted.double"
    HEADER = "keyword.declaration"
    WORD = "keyword.control"
    ROLE = "storage.type.role"
    TRUTH = "constant.language"
    FUNCTION = "support.function"
    CONSTANT = "support.constant"
    NUMBER = "constant.numeric"
    OPERATOR = "keyword.operator"
    PUNCTUATION = "punctuation"
    NAME = "variable.other"


@record
class Rule:
    """A sort of token and its pattern."""

    token: Token
    pattern: str


def _words(words: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(sorted(words))})\b"


KINDS = ("minimize", "vi", "saddle", "variational_inequality", "unbiased", "contractive", "any", "collective")
"""Names of the kinds of problems and classes of compressors."""

_WITHIN = (
    *("init", "round", "if", "else", "repeat", "event", "in", "as", "when", "where", "for", "over", "of"),
    *("and", "or", "not", "on", "graph", "at", "rounds(?= *=)", "drawing"),
)

_CALLED_WORDS = ("average", "uniform", "prev", "who", "block", "epoch", "last")
CALLED = (*FUNCTIONS, *AGGREGATES, *ORACLES, *FIGURES, *DISTRIBUTIONS, *_CALLED_WORDS)
"""Names that are functions where a parenthesis follows."""

BOUND = (*CONSTANTS, "everyone")
"""Names that are bound without a declaration."""

_BEHIND_VALUE = r"(?<=[\w)\]] )" + "".join(
    rf"(?<!\b{word} )" for word in ("and", "or", "not", "if", "when", "over", "repeat", *HEADERS)
)
"""A place behind a value, where a condition may stand; behind these words an expression begins."""

TOKENS = (
    Rule(Token.COMMENT, r"#.*"),
    Rule(Token.TEXT, r""""[^"\n]*"|'[^'\n]*'"""),
    Rule(Token.HEADER, rf"^{_words(HEADERS)}"),
    Rule(Token.ROLE, rf"{_words(ROLES)}(?= *(?:->|:)| +(?:in|when)\b)"),
    Rule(Token.WORD, rf"{_BEHIND_VALUE}where\b"),
    Rule(Token.FUNCTION, r"\bwhere(?=\()|(?<=[-+*/^%<>=(,\[:] )where(?= +\()"),
    Rule(Token.FUNCTION, rf"{_words({*CALLED} - {'where'})}(?= *\()"),
    Rule(Token.WORD, _words((*_WITHIN, *KINDS))),
    Rule(Token.TRUTH, _words(("true", "false"))),
    Rule(Token.CONSTANT, _words(BOUND)),
    Rule(Token.NUMBER, r"\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b"),
    Rule(Token.OPERATOR, r"->|==|!=|<=|>=|[-+*/^%<>=~]"),
    Rule(Token.PUNCTUATION, r"[()\[\],:;.]"),
    Rule(Token.NAME, r"[^\W\d]\w*"),
)
"""The table: at a place the first rule whose pattern matches there."""
