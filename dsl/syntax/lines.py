"""Text -> logical lines: indentation, comments, parentheses; the automaton parses the lines."""

from __future__ import annotations

import re

from ..text.diagnostics import Bag, Diagnostic
from ..text.records import record
from ..text.source import Source, Span
from . import text_errors
from .nodes import Comment
from .words import FIRST_WORDS, ROLES

MAX_PARENTHESES = 60
"""Parentheses may stand this deep in each other, which no formula of a paper reaches."""

_TAB = 4
_INDENT = re.compile(r"[ \t\f]*")
_MARK = re.compile(r""""[^"\n]*"|'[^'\n]*'|[()"'#]""")
_BARE = ("init", "else")  # only a colon follows
_FOLLOWED = "|".join(word for word in FIRST_WORDS if word not in _BARE)
_BEFORE_SIGN = "|".join((*_BARE, "round", *ROLES))
# No expression holds one of these, so a line that opens so is a statement even inside parentheses.
_OPENS_STATEMENT = re.compile(
    rf"""({_FOLLOWED})
        [ ]+ (?!(and|or|of|in|as|where|when)\b) [A-Za-z_"']
      | ({_BEFORE_SIGN}) [ ]* (:|->)
      | (server|node|link) [ ]+ (in|when) [ ]""",
    re.VERBOSE,
)


@record
class LogicalLine:
    """A logical line, characters `start` to `end` of the text; `broken` if an error was reported there."""

    indent: int
    start: int
    end: int
    broken: bool


@record
class Lines:
    """A text's logical lines, its comments apart, and the first tab of each indentation that has one."""

    lines: tuple[LogicalLine, ...]
    comments: tuple[Comment, ...]
    tabs: tuple[Span, ...]


def scan(source: Source, bag: Bag) -> Lines:
    """Split a text; lexical mistakes go to `bag` and break only the line they stand on."""
    return _Scanner(source, bag).run()


class _Scanner:
    """Walks over the physical lines once; `careful` once parentheses turned out to be unbalanced."""

    def __init__(self, source: Source, bag: Bag) -> None:
        self._source, self._bag, self._text = source, bag, source.text
        self._starts = source.line_starts
        self._row = 0
        self._lines: list[LogicalLine] = []
        self._comments: list[Comment] = []
        self._open: list[int] = []
        self._broken = False
        self._careful = False
        self._tabs: list[Span] = []

    def run(self) -> Lines:
        """All logical lines of the text."""
        while self._row < len(self._starts):
            self._logical_line()
        return Lines(tuple(self._lines), tuple(self._comments), tuple(self._tabs))

    def _logical_line(self) -> None:
        row, start, indent = self._row, *self._indentation(self._row)
        self._open, self._broken = [], False
        comments = len(self._comments)
        end = self._physical_line(start)
        if end == start:
            return
        self._note_tab(row, start)
        while self._open and self._goes_on(indent, end):
            begin = self._indentation(self._row)[0]
            stop = self._physical_line(begin)
            end = stop if stop > begin else end
        if self._open and not self._careful:
            self._careful, self._row = True, row
            del self._comments[comments:]
            return
        if self._open:
            self._report(text_errors.unclosed_parenthesis(self._span(self._open[-1], self._open[-1] + 1)))
        self._lines.append(LogicalLine(indent, start, end, self._broken))

    def _indentation(self, row: int) -> tuple[int, int]:
        """The offset at which the content of a physical line starts, and its column with tabs widened."""
        match = _INDENT.match(self._text, self._starts[row])
        assert match is not None
        return match.end(), len(match.group().expandtabs(_TAB))

    def _note_tab(self, row: int, start: int) -> None:
        tab = self._text.find("\t", self._starts[row], start)
        if tab >= 0:
            self._tabs.append(self._span(tab, tab + 1))

    def _goes_on(self, indent: int, end: int) -> bool:
        """True if the open parenthesis reaches into the next physical line; False if it was forgotten."""
        if self._row >= len(self._starts):
            return False
        start, column = self._indentation(self._row)
        if self._text[end - 1] == ":" or _OPENS_STATEMENT.match(self._text, start):
            return self._give_up()
        return not (
            self._careful and column <= indent and self._text[start : start + 1] not in (")", "\n", "#")
        )

    def _give_up(self) -> bool:
        """Take the open parenthesis for a forgotten one, without looking further."""
        self._careful = True
        return False

    def _physical_line(self, start: int) -> int:
        """The end of the content of the physical line from `start`; moves to the next row."""
        self._row += 1
        stop = self._starts[self._row] - 1 if self._row < len(self._starts) else len(self._text)
        for match in _MARK.finditer(self._text, start, stop):
            at, sign = match.start(), match.group()
            if sign == "#":
                self._comments.append(
                    Comment(self._text[at:stop].rstrip(), at == start, self._span(at, stop))
                )
                stop = at
                break
            if sign in "\"'":
                self._report(text_errors.unterminated_string(self._span(at, stop)))
                break
            self._parenthesis(sign, at)
        return start + len(self._text[start:stop].rstrip())

    def _parenthesis(self, sign: str, at: int) -> None:
        if sign == "(":
            self._open.append(at)
            if len(self._open) == MAX_PARENTHESES + 1:
                self._report(text_errors.nested_too_deeply(self._span(at, at + 1), MAX_PARENTHESES))
        elif sign == ")" and self._open:
            self._open.pop()
        elif sign == ")":
            self._report(text_errors.unopened_parenthesis(self._span(at, at + 1)))

    def _report(self, diagnostic: Diagnostic) -> None:
        """Report the first mistake of a logical line, and none that may follow from it."""
        if not self._broken:
            self._bag.add(diagnostic)
        self._broken = True

    def _span(self, start: int, end: int) -> Span:
        return Span(self._source, start, end)
