"""Source -> nodes as written: the entry points of the front end. Nothing raises: mistakes go to the bag."""

from __future__ import annotations

from typing import Any

from ..text.diagnostics import Bag, Diagnostic
from ..text.source import Source, Span
from . import nodes, text_errors
from .automaton import Unexpected, line_parser
from .blocks import Assembler
from .build import Refused
from .depth import MAX_DEPTH, MAX_TERMS, make_room, too_deep
from .lines import LogicalLine, scan


def parse(source: Source, bag: Bag) -> nodes.Spec:
    """The spec that a text holds, without the statements that `bag` then has errors for."""
    scanned = scan(source, bag)
    if scanned.tabs:
        bag.add(text_errors.tab_in_indentation(scanned.tabs))
    if not scanned.lines and not bag:
        bag.add(text_errors.empty(Span(source, 0, 0)))

    def parse_line(line: LogicalLine, rule: str) -> Any:
        return _parse_stretch(source, line.start, line.end, rule, bag)

    assembler = Assembler(source, scanned.lines, parse_line, bag)
    lines = assembler.spec_lines()
    whole = Span(source, 0, len(source.text))
    return nodes.Spec(
        lines, scanned.comments, whole, frozenset(assembler.unparsed_names), assembler.binds_unknown
    )


def parse_expression(source: Source, bag: Bag) -> nodes.Expr | None:
    """The one expression that a text holds, such as the value of `--problem`; None for any other text."""
    parsed: nodes.Expr | None = _parse_whole(source, "lone", bag)
    return parsed


def parse_setting(source: Source, bag: Bag) -> nodes.Keyword | None:
    """`NAME = EXPR`, the value of `--set`; None for any other text."""
    parsed: nodes.Keyword | None = _parse_whole(source, "setting", bag)
    return parsed


def _parse_whole(source: Source, rule: str, bag: Bag) -> Any:
    """The nodes of a text that is one logical line, or None; the reason goes to the bag."""
    lines = scan(source, bag).lines
    if not lines:
        bag.add(text_errors.no_expression(Span(source, 0, len(source.text))))
        return None
    if len(lines) > 1:
        bag.add(text_errors.several_lines(Span(source, lines[1].start, lines[1].end)))
        return None
    line = lines[0]
    return None if line.broken else _parse_stretch(source, line.start, line.end, rule, bag)


def _parse_stretch(source: Source, start: int, end: int, rule: str, bag: Bag) -> Any:
    """Nodes of one logical line, or None; the reason goes to the bag."""
    parsed, problem = _attempt(Span(source, start, end), rule, "")
    if problem is not None:
        bag.add(problem)
        if problem.code == text_errors.E113.code and problem.span.start == end:
            # only the colon at the end is missing: read on as if it stood there
            parsed, _ = _attempt(Span(source, start, end), rule, ":")
    return parsed


def _attempt(line: Span, rule: str, tail: str) -> tuple[Any, Diagnostic | None]:
    """Nodes of a line with `tail` behind it, or its diagnostic."""
    try:
        parsed = line_parser().parse(line, tail, rule)
    except Unexpected as error:
        from .explain import explain

        return None, explain(line, rule, error)
    except Refused as error:
        return None, error.diagnostic
    if line.end - line.start > MAX_DEPTH:
        if too_deep(parsed):
            return None, text_errors.nested_too_deeply(line, MAX_DEPTH, MAX_TERMS)
        make_room()
    return parsed, None
