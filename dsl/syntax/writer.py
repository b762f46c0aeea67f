"""Rows of a spec's text, comments and blank lines in their places; callers give the text of each row."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from ..text.source import Source, Span
from . import nodes
from .allow import read_allow

STEP = "    "
"""The indentation of a block."""

GAP = "    "
"""The blanks between a line and the comment behind it, or the condition of a param."""

_ELSE = re.compile(r"^[ \t]*(else)\b", re.MULTILINE)


class Writer:
    """Rows written so far, and the comments that still wait for their place in the text."""

    def __init__(self, comments: Sequence[nodes.Comment], source: Source) -> None:
        self.rows: list[str] = []
        self.gap = False
        self._opened = True
        self._source = source
        self._waiting = deque(sorted(comments, key=lambda comment: comment.span.start))

    def open(self, text: str, depth: int, span: Span, body: int) -> None:
        """Write a line that opens a block whose first statement starts at offset `body`."""
        self._push(text + self._trailing(body), depth, opens=True)

    def close(self, text: str, depth: int, span: Span, limit: int) -> None:
        """Write a line that holds all of `span`; the next one starts at offset `limit`."""
        self.comments_before(span.end, depth)
        behind = self._source.text.find("\n", span.end)
        self._push(text + self._trailing(min(limit, behind if behind >= 0 else limit)), depth, opens=False)

    def lead(self, span: Span, depth: int) -> None:
        """Write the comments above a line, and a blank line where the author left one."""
        self.comments_before(span.start, depth)
        self.gap |= self._blank_above(span.start)

    def lift_allow(self, span: Span, depth: int) -> None:
        """Write an `# allow` behind a construct's one line above it, as the construct becomes several lines."""
        if not self._waiting or self._waiting[0].alone or read_allow(self._waiting[0]) is None:
            return
        lines = {self._source.line_column(at)[0] for at in (span.start, span.end)}
        if lines == {self._waiting[0].span.line}:
            self._push(self._waiting.popleft().text, depth, opens=False)

    def comments_before(self, offset: int, depth: int, deeper_than: int = -1) -> None:
        """Write the waiting comments before an offset on lines of their own, while they stand deep enough."""
        while self._waiting and self._waiting[0].span.start < offset:
            comment = self._waiting[0]
            if self.indent(comment.span.start) <= deeper_than:
                return
            self.gap |= comment.alone and self._blank_above(comment.span.start)
            self._push(comment.text, depth, opens=False)
            self._waiting.popleft()

    def waits_between(self, start: int, end: int) -> bool:
        """True if a waiting comment stands between two offsets."""
        return any(start <= comment.span.start < end for comment in self._waiting)

    def waits_below(self, span: Span, limit: int) -> bool:
        """True if the first comment below a line, before `limit` and on a line of its own, stands deeper."""
        below = (c for c in self._waiting if c.alone and span.end <= c.span.start < limit)
        first = next(below, None)
        return first is not None and self.indent(first.span.start) > self.indent(span.start)

    def indent(self, offset: int) -> int:
        """The indentation of the line that holds an offset."""
        text = self._source.line_text(self._source.line_column(offset)[0])
        return len(text) - len(text.lstrip())

    def find_else(self, start: int, end: int) -> int:
        """The offset of the `else` between two offsets; `end` if the source has none."""
        found = _ELSE.search(self._source.text, start, end)
        return found.start(1) if found else end

    def _trailing(self, end: int) -> str:
        """The next comment, if it stands behind text on its line and before an offset."""
        if not self._waiting or self._waiting[0].alone or self._waiting[0].span.start >= end:
            return ""
        return GAP + self._waiting.popleft().text

    def _blank_above(self, offset: int) -> bool:
        """True if an offset begins a line that stands below a blank one."""
        row, column = self._source.line_column(offset)
        begins = not self._source.line_text(row)[: column - 1].strip()
        return begins and row > 1 and not self._source.line_text(row - 1).strip()

    def _push(self, text: str, depth: int, opens: bool) -> None:
        if self.gap and not self._opened:
            self.rows.append("")
        self.rows.append(STEP * depth + text)
        self.gap, self._opened = False, opens
