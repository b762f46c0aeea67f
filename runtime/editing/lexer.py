"""The Pygments lexer of the language, made from the token table: for pages of Sphinx, notebooks and terminals."""

from __future__ import annotations

import re
from typing import ClassVar

from cablese.dsl.emit.token_table import TOKENS, Token
from pygments import token as pygments
from pygments.lexer import RegexLexer

_TOKENS = {
    Token.COMMENT: pygments.Comment.Single,
    Token.TEXT: pygments.String.Double,
    Token.HEADER: pygments.Keyword.Declaration,
    Token.WORD: pygments.Keyword,
    Token.ROLE: pygments.Keyword.Type,
    Token.TRUTH: pygments.Keyword.Constant,
    Token.FUNCTION: pygments.Name.Builtin,
    Token.CONSTANT: pygments.Name.Constant,
    Token.NUMBER: pygments.Number,
    Token.OPERATOR: pygments.Operator,
    Token.PUNCTUATION: pygments.Punctuation,
    Token.NAME: pygments.Name,
}


class AlgLexer(RegexLexer):
    """The lexer `alg`, which Pygments finds by its name once cablese is installed; not by a file's, since to Pygments `.alg`
    is Portugol."""

    name = "cablese"
    aliases: ClassVar = ["alg", "cablese"]
    url = "https://pypi.org/project/cablese/"
    flags = re.MULTILINE
    tokens: ClassVar = {
        "root": [*((rule.pattern, _TOKENS[rule.token]) for rule in TOKENS), (r"\s+", pygments.Whitespace)]
    }
