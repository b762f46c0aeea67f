"""Parsed lines -> blocks by indentation; how a single line parses is left to the function handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias, cast

from ..text.diagnostics import Bag, Diagnostic
from ..text.records import record
from ..text.source import Source, Span
from . import nodes, text_errors
from .build import Otherwise, Run
from .lines import LogicalLine
from .salvage import binds_nameless, intended_block, intended_statement, may_bind
from .traverse import STATEMENTS

MAX_BLOCKS = 40
"""Blocks may stand this deep in each other."""

MAX_LOOPS = 16
"""Loops may stand this deep in each other; Python's limit is 20."""

ParseLine: TypeAlias = Callable[[LogicalLine, str], Any]
"""A line and the grammar's start rule for it -> nodes, or None for a line with an error (which was reported)."""

Opener: TypeAlias = (
    nodes.Place | nodes.Message | nodes.If | nodes.Repeat | nodes.Init | nodes.Round | Otherwise
)


@record
class _Lost:
    """A line that did not parse; the block below it is lost too."""

    span: Span


class Assembler:
    """Assembles logical lines into the lines of a spec, blocks by indentation.

    `unparsed_names` are the names that lines which did not parse may have bound; `binds_unknown`: some line binds
    names that are not known.
    """

    def __init__(self, source: Source, lines: tuple[LogicalLine, ...], parse: ParseLine, bag: Bag) -> None:
        self._source, self._lines, self._parse, self._bag = source, lines, parse, bag
        self._next = 0
        self.unparsed_names: set[str] = set()
        self.binds_unknown = False

    def spec_lines(self) -> tuple[nodes.Line, ...]:
        """The lines of the spec; statements at the top are reported and left out."""
        found: list[nodes.Line] = []
        for part in self._block(-1, "line", 0):
            if isinstance(part, nodes.Line):
                found.append(part)
            elif found and _is_empty(found[-1]):  # the empty block `found[-1]` was reported
                self._lose(part.span)
            else:
                self._misplaced(part, text_errors.statement_outside_block)
        return tuple(found)

    # --- blocks ---------------------------------------------------------------------------------------------

    def _block(self, outside: int, rule: str, depth: int) -> list[Any]:
        """The lines that stand deeper than `outside`, each with the block below it."""
        parts: list[Any] = []
        indent = self._lines[self._next].indent if self._next < len(self._lines) else 0
        indent = 0 if outside < 0 else indent
        while self._next < len(self._lines) and self._lines[self._next].indent > outside:
            line = self._lines[self._next]
            if line.indent > indent:
                self._unexpected_indent(line, parts, rule, depth)
                continue
            if line.indent < indent:
                self._bag.add(text_errors.inconsistent_dedent(self._margin(line)))
                indent = line.indent
            self._next += 1
            parts.extend(self._parts_of(line, rule, depth))
        return self._join_branches(parts)

    def _unexpected_indent(self, line: LogicalLine, parts: list[Any], rule: str, depth: int) -> None:
        """Report deeper lines below one that opens no block; they are lost, as their opener is not known."""
        below_lost = parts and isinstance(parts[-1], _Lost)
        if not below_lost and not any(_is_empty(part) for part in parts[-2:]):
            self._bag.add(text_errors.unexpected_indent(self._margin(line)))
        for part in self._deeper(line.indent - 1, rule, depth):
            self._lose(part.span)

    def _deeper(self, outside: int, rule: str, depth: int) -> list[Any]:
        """A block one level down; past the limit its lines are passed over."""
        if depth < MAX_BLOCKS:
            return self._block(outside, rule, depth + 1)
        line = self._lines[self._next]
        self._bag.add(text_errors.blocks_too_deep(self._span(line), MAX_BLOCKS))
        while self._next < len(self._lines) and self._lines[self._next].indent > outside:
            self._lose(self._span(self._lines[self._next]))
            self._next += 1
        return []

    def _parts_of(self, line: LogicalLine, rule: str, depth: int) -> list[Any]:
        """The nodes of one line, with the block below it if it opens one."""
        parsed = None if line.broken else self._parse(line, rule)
        if parsed is None:
            return [self._lost_line(line, rule, depth)]
        if isinstance(parsed, Run):
            return list(parsed.parts)
        if isinstance(parsed, Opener) and not _body(parsed):
            return [self._with_block(parsed, line, depth)]
        return [parsed]

    def _lost_line(self, line: LogicalLine, rule: str, depth: int) -> Any:
        """The opener that a line which did not parse was meant to be. Without one, the block below is read for its
        mistakes alone."""
        span = self._span(line)
        self._lose(span)
        self.binds_unknown |= binds_nameless(span.text)
        if not self._below(line):
            return _Lost(span)
        opener = (intended_statement if depth else intended_block)(span)
        if opener is not None and rule == "line":
            return self._with_block(opener, line, depth)
        for part in self._deeper(line.indent, "line", depth):
            self._lose(part.span)
        return _Lost(span)

    def _with_block(self, opener: Opener, line: LogicalLine, depth: int) -> Opener:
        if not self._below(line):
            self._bag.add(text_errors.empty_block(self._span(line)))
            self.binds_unknown = True
            return opener
        rule = "items" if isinstance(opener, nodes.Message) else "line"
        body = tuple(part for part in self._deeper(line.indent, rule, depth) if self._may_stand(part))
        if not body:
            return opener
        if isinstance(opener, nodes.Repeat) and _loops_deep(body) == MAX_LOOPS:
            self._bag.add(text_errors.loops_too_deep(opener.span, MAX_LOOPS))
        return _with_body(opener, body, opener.span.to(body[-1].span))

    def _below(self, line: LogicalLine) -> bool:
        return self._next < len(self._lines) and self._lines[self._next].indent > line.indent

    def _may_stand(self, part: Any) -> bool:
        """True for a part that may stand in a block; reports a spec's own lines."""
        if isinstance(part, nodes.Line):
            self._misplaced(part, text_errors.line_inside_block)
        return not isinstance(part, nodes.Line | _Lost)

    # --- if and else ----------------------------------------------------------------------------------------

    def _join_branches(self, parts: list[Any]) -> list[Any]:
        joined: list[Any] = []
        for part in parts:
            before = joined[-1] if joined else None
            if not isinstance(part, Otherwise):
                joined.append(part)
            elif isinstance(before, nodes.If) and not before.otherwise:
                joined[-1] = replace(before, otherwise=part.body, span=before.span.to(part.span))
            elif isinstance(before, _Lost) or any(
                isinstance(other, nodes.If) and _is_empty(other) for other in joined
            ):
                self._lose(part.span)
            else:
                self._misplaced(part, text_errors.else_without_if)
        return joined

    # --- lost lines -----------------------------------------------------------------------------------------

    def _misplaced(self, part: Any, say: Callable[[Span], Diagnostic]) -> None:
        if not isinstance(part, _Lost):
            self._bag.add(say(part.span))
        self._lose(part.span)

    def _lose(self, span: Span) -> None:
        self.unparsed_names |= may_bind(span.text)

    def _span(self, line: LogicalLine) -> Span:
        return Span(self._source, line.start, line.end)

    def _margin(self, line: LogicalLine) -> Span:
        """The indentation of a line."""
        row, column = self._source.line_column(line.start)
        del row
        return Span(self._source, line.start - column + 1, line.start)


def _is_empty(part: Any) -> bool:
    """True for an empty block: its lines may stand beside it."""
    return isinstance(part, Opener) and not _body(part)


def _body(opener: Opener) -> tuple[Any, ...]:
    match opener:
        case nodes.Message():
            return opener.items
        case nodes.If():
            return opener.then
        case nodes.Place() | nodes.Repeat() | nodes.Init() | nodes.Round() | Otherwise():
            return opener.body


def _with_body(opener: Opener, body: tuple[Any, ...], span: Span) -> Opener:
    match opener:
        case nodes.Message():
            return replace(opener, items=body, span=span)
        case nodes.If():
            return replace(opener, then=body, span=span)
        case nodes.Place() | nodes.Repeat() | nodes.Init() | nodes.Round() | Otherwise():
            return cast(Opener, replace(opener, body=body, span=span))


def _loops_deep(body: Iterable[nodes.Stmt]) -> int:
    """The depth to which loops stand in each other."""
    return max(
        (isinstance(part, nodes.Repeat) + _loops_deep(STATEMENTS.children(part)) for part in body), default=0
    )
