"""The one renderer of diagnostics: the place, the lines with the culprit underlined, the remedy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from .diagnostics import Diagnostic, Severity
from .printable import SUBSTITUTE, printable
from .records import record
from .source import Source, Span

_TAB = 4
_WIDEST = 120
_LEAD = 40
_RED, _YELLOW, _BLUE, _CYAN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1;36m"
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_INKS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW}


@record
class _Mark:
    """A mark: cells `start` to `end` (from 0) of a line as it is shown, to be underlined."""

    line: int
    start: int
    end: int
    sign: str
    note: str
    ink: str


class _Row:
    """A row of the terminal, one ink per cell."""

    def __init__(self) -> None:
        self._cells: list[tuple[str, str]] = []

    def put(self, at: int, text: str, ink: str = "") -> _Row:
        """Write over the cells from `at` on; returns the row."""
        self._cells.extend([(" ", "")] * (at + len(text) - len(self._cells)))
        self._cells[at : at + len(text)] = [(char, ink) for char in printable(text)]
        return self

    def add(self, text: str, ink: str = "") -> _Row:
        """Write behind the last cell; returns the row."""
        return self.put(len(self._cells), text, ink)

    def join(self, other: _Row) -> _Row:
        """Append another row's cells; returns the row."""
        self._cells += other._cells
        return self

    def text(self, color: bool) -> str:
        """The row as a line, without blanks at its end."""
        if not color:
            return "".join(char for char, _ in self._cells).rstrip()
        parts = [(ink, "".join(char for char, _ in run)) for ink, run in groupby(self._cells, lambda c: c[1])]
        return "".join(
            f"{ink}{part}{_PLAIN}" if ink and part.strip() else part for ink, part in parts
        ).rstrip()


def render(diagnostic: Diagnostic, *, color: bool = False) -> str:
    """One diagnostic as several lines, without a last newline; `color` adds ANSI codes."""
    main = diagnostic.span.source
    marks = _marks(diagnostic)
    width = max(len(str(mark.line)) for group in marks.values() for mark in group)
    heading = f"{diagnostic.severity.value}[{diagnostic.code}]"
    rows = [_Row().add(heading, _INKS[diagnostic.severity]).add(f": {diagnostic.message}", _BOLD)]
    rows.append(_Row().add(" " * width).add("-->", _BLUE).add(" " + _where(diagnostic.span)))
    rows += _snippet(main, marks.pop(main), width)
    for label in diagnostic.labels:
        if (group := marks.pop(label.span.source, None)) is not None:
            rows.append(_Row().add(" " * width).add(":::", _BLUE).add(" " + _where(label.span)))
            rows += _snippet(label.span.source, group, width)
    rows += _help(diagnostic.help, width)
    return "\n".join(row.text(color) for row in rows)


def render_all(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """Several diagnostics in the order given, a blank line between two."""
    return "\n\n".join(render(diagnostic, color=color) for diagnostic in diagnostics)


def _where(span: Span) -> str:
    return f"{span.source.name}:{span.line}:{span.column}"


def _help(text: str, width: int) -> list[_Row]:
    first, *rest = text.split("\n")
    if not text:
        return []
    rows = [_Row().add(" " * (width + 1)).add("=", _BLUE).add(" ").add("help:", _CYAN).add(" " + first)]
    return rows + [_Row().add(" " * (width + 9) + line) for line in rest]


# --- marks ------------------------------------------------------------------------------------------------


def _marks(diagnostic: Diagnostic) -> dict[Source, list[_Mark]]:
    """The marks by source, the diagnostic's own source first."""
    culprit = _mark(diagnostic.span, "^", diagnostic.note, _INKS[diagnostic.severity])
    marks = {diagnostic.span.source: [culprit]}
    for label in diagnostic.labels:
        marks.setdefault(label.span.source, []).append(_mark(label.span, "-", label.note, _BLUE))
    return marks


def _mark(span: Span, sign: str, note: str, ink: str) -> _Mark:
    """The mark of a span; one that covers several lines is underlined on its first."""
    line, column = span.source.line_column(span.start)
    text = span.source.line_text(line)
    start = len(_cells(text[: column - 1]))
    end = len(_cells(text[: column - 1 + span.end - span.start]))
    return _Mark(line, start, max(end, start + 1), sign, note, ink)


def _cells(text: str) -> list[str]:
    """A line as shown, by columns: tabs widened, fillers behind wide letters, nothing unprintable."""
    cells: list[str] = []
    for char in text:
        if char == "\t":
            cells.extend(" " * (_TAB - len(cells) % _TAB))
        elif unicodedata.combining(char) and cells:
            cells[-1] += char
        elif not char.isprintable():
            cells.append(SUBSTITUTE)
        elif unicodedata.east_asian_width(char) in "WF":
            cells.extend((char, ""))
        else:
            cells.append(char)
    return cells


# --- a snippet --------------------------------------------------------------------------------------------


def _snippet(source: Source, marks: list[_Mark], width: int) -> list[_Row]:
    """The lines that carry marks, each with its marks below."""
    if not source.text:
        return []
    rows = [_gutter("", width)]
    ordered = sorted(marks, key=lambda mark: (mark.line, mark.start, mark.end))
    for line, group in groupby(ordered, lambda mark: mark.line):
        cells, placed = _window(_cells(source.line_text(line)), list(group))
        shown = _gutter(str(line), width)
        rows.append(shown.add(" ").join(_plain(cells)) if cells else shown)
        rows += [_gutter("", width).add(" ").join(row) for row in _underlines(placed)]
    return rows


def _gutter(number: str, width: int) -> _Row:
    return _Row().add(f"{number:>{width}} |", _BLUE)


def _plain(cells: list[str]) -> _Row:
    row = _Row()
    row._cells = [(cell, "") for cell in cells]
    return row


def _window(cells: list[str], marks: list[_Mark]) -> tuple[list[str], list[_Mark]]:
    """The stretch of an overlong line around its first mark, with the marks moved along."""
    cells = cells + [" "] * (max(mark.end for mark in marks) - len(cells))
    if len(cells) <= _WIDEST:
        return cells, marks
    first = next((mark for mark in marks if mark.sign == "^"), marks[0])
    begin = max(0, min(first.start - _LEAD, len(cells) - _WIDEST))
    stop = begin + _WIDEST
    shown = cells[begin:stop]
    if begin:
        shown[0] = "…"
    if stop < len(cells):
        shown[-1] = "…"
    moved = [
        replace(mark, start=max(mark.start - begin, 0), end=max(min(mark.end - begin, _WIDEST), 1))
        for mark in marks
        if mark.start < stop and mark.end > begin
    ]
    return shown, moved


def _underlines(marks: list[_Mark]) -> list[_Row]:
    """The signs in one row with the last note behind them, the other notes hung below from right to left."""
    signs = _Row()
    for mark in sorted(marks, key=lambda mark: mark.sign == "^"):
        signs.put(mark.start, mark.sign * (mark.end - mark.start), mark.ink)
    last = marks[-1]
    if last.note:
        signs.add(" ").add(last.note, last.ink)
    hanging = [mark for mark in marks[:-1] if mark.note]
    rows = [signs] + ([_bars(hanging)] if hanging else [])
    while hanging:
        mark = hanging.pop()
        rows.append(_bars(hanging).put(mark.start, mark.note, mark.ink))
    return rows


def _bars(marks: list[_Mark]) -> _Row:
    row = _Row()
    for mark in marks:
        row.put(mark.start, "|", mark.ink)
    return row
