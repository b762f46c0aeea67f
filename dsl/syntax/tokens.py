"""The tokens of a line that the parser refused, foreign signs included; valid lines never come here."""

from __future__ import annotations

import re

from ..text.records import record
from ..text.source import Span

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*) | (?P<blank>[ \t\r\n\f]+)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*) | (?P<number>([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<sign>===|-->|==>|->|<-|<=|>=|==|!=|:=|\+=|-=|\*=|/=|\*\*|//|&&|\|\||<>|=<|=>|.)""",
    re.VERBOSE | re.DOTALL,
)


@record
class Token:
    """A word, number, text or sign of a line."""

    kind: str
    text: str
    span: Span

    @property
    def ends_operand(self) -> bool:
        """True if an expression may end with this token."""
        return self.kind in ("word", "number", "text") or self.text in (")", "]")

    @property
    def starts_operand(self) -> bool:
        """True if an expression may start with this token, signs aside."""
        return self.kind in ("word", "number", "text") or self.text == "("


def split(line: Span) -> tuple[Token, ...]:
    """The tokens of a line, without comments and blanks."""
    return tuple(
        Token(match.lastgroup or "", match.group(), Span(line.source, match.start(), match.end()))
        for match in _TOKEN.finditer(line.source.text, line.start, line.end)
        if match.lastgroup not in ("comment", "blank")
    )
