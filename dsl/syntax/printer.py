"""Nodes -> text in the one canonical form; formulas are left to `formulas.py`, comments to `writer.py`.

Four spaces indent; each statement has a line; a role's only assignment or draw stays behind the role while
it fits; neighbouring params are aligned; a blank line stays one, and stands around `init` and `round`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from ..text.source import Source, Span
from . import nodes
from .formulas import SUM, print_at, print_expression, print_keyword, print_text
from .writer import GAP, STEP, Writer

__all__ = ["print_expression", "print_spec", "print_statement"]

_WIDTH = 100
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def print_spec(spec: nodes.Spec) -> str:
    """A spec's text; parsing it gives equal nodes, printing that the same text."""
    writer = Writer(spec.comments, spec.span.source)
    aligned = _aligned_params(spec.lines)
    ends = [line.span.start for line in spec.lines[1:]] + [spec.span.end + 1]
    for line, limit in zip(spec.lines, ends, strict=False):
        _line(writer, line, limit, aligned)
    writer.comments_before(spec.span.end + 1, 0)
    return "\n".join(writer.rows) + "\n" if writer.rows else ""


def print_statement(statement: nodes.Stmt) -> str:
    """One statement's text without comments, as a diagnostic quotes it."""
    writer = Writer((), Source("", ""))
    _statement(writer, statement, 0, 0)
    return "\n".join(writer.rows)


# --- statements --------------------------------------------------------------------------------------------


def _block(writer: Writer, body: Sequence[nodes.Stmt], opener: Span, depth: int, limit: int) -> None:
    """The statements of a block and the comments that end it."""
    ends = [statement.span.start for statement in body[1:]] + [limit]
    for statement, end in zip(body, ends, strict=False):
        _statement(writer, statement, depth, end)
    writer.comments_before(limit, depth, deeper_than=writer.indent(opener.start))


def _statement(writer: Writer, statement: nodes.Stmt, depth: int, limit: int) -> None:
    writer.lead(statement.span, depth)
    if isinstance(statement, nodes.Simple):
        writer.close(_simple(statement), depth, statement.span, limit)
        return
    match statement:
        case nodes.Place():
            _place(writer, statement, depth, limit)
        case nodes.Message():
            _message(writer, statement, depth, limit)
        case nodes.If():
            _if(writer, statement, depth, limit)
        case nodes.Repeat():
            counter = f" as {statement.counter.id}" if statement.counter else ""
            header = f"repeat {print_expression(statement.count)}{counter}:"
            _opened(writer, header, statement.body, statement.span, depth, limit)
        case _:
            assert_never(statement)


def _opened(
    writer: Writer, header: str, body: Sequence[nodes.Stmt], span: Span, depth: int, limit: int
) -> None:
    writer.lift_allow(span, depth)
    writer.open(header, depth, span, body[0].span.start if body else limit)
    _block(writer, body, span, depth + 1, limit)


def _place(writer: Writer, place: nodes.Place, depth: int, limit: int) -> None:
    header = f"{_role(place.role)}:"
    first = place.body[0] if len(place.body) == 1 else None
    if isinstance(first, nodes.Simple):
        row = f"{header} {_simple(first)}"
        if _fits(row, depth) and not _holds_comments(writer, place.span, first.span, limit):
            writer.close(row, depth, place.span.to(first.span), limit)
            return
    _opened(writer, header, place.body, place.span, depth, limit)


def _message(writer: Writer, message: nodes.Message, depth: int, limit: int) -> None:
    header = f"{_role(message.sender)} -> {_role(message.receiver)}:"
    row = f"{header} {', '.join(_simple(item) for item in message.items)}".rstrip()
    last = message.items[-1].span if message.items else message.span
    if _fits(row, depth) and not _holds_comments(writer, message.span, last, limit):
        writer.close(row, depth, message.span.to(last), limit)
        return
    writer.open(header, depth, message.span, message.items[0].span.start if message.items else limit)
    ends = [item.span.start for item in message.items[1:]] + [limit]
    for item, end in zip(message.items, ends, strict=False):
        writer.lead(item.span, depth + 1)
        writer.close(_simple(item), depth + 1, item.span, end)
    writer.comments_before(limit, depth + 1, deeper_than=writer.indent(message.span.start))


def _if(writer: Writer, branch: nodes.If, depth: int, limit: int) -> None:
    middle = limit
    if branch.otherwise:
        after = branch.then[-1].span.end if branch.then else branch.span.start
        middle = writer.find_else(after, branch.otherwise[0].span.start)
    header = f"if {print_expression(branch.condition)}:"
    _opened(writer, header, branch.then, branch.span, depth, middle)
    if branch.otherwise:
        writer.comments_before(middle, depth)
        writer.gap = False
        _opened(writer, "else:", branch.otherwise, branch.span, depth, limit)


def _holds_comments(writer: Writer, whole: Span, last: Span, limit: int) -> bool:
    """True if comments stand inside a block that could otherwise go on its opener's line."""
    return writer.waits_between(whole.start, last.end) or writer.waits_below(whole, limit)


def _fits(row: str, depth: int) -> bool:
    return len(STEP) * depth + len(row) <= _WIDTH


def _simple(part: nodes.Simple | nodes.Item) -> str:
    match part:
        case nodes.Assign():
            targets = ", ".join(target.id for target in part.targets)
            return f"{targets} = {', '.join(print_expression(value) for value in part.values)}"
        case nodes.Event():
            return f"event {part.target.id} ~ {print_expression(part.distribution)}"
        case nodes.Item():
            return part.target.id + _optional(" = ", part.value)
        case _:
            assert_never(part)


def _role(role: nodes.Role) -> str:
    return role.name.id + _optional(" in ", role.members) + _optional(" when ", role.condition)


def _optional(sign: str, expr: nodes.Expr | None) -> str:
    return "" if expr is None else sign + print_expression(expr)


# --- a spec's lines ----------------------------------------------------------------------------------------


def _line(writer: Writer, line: nodes.Line, limit: int, aligned: dict[int, str]) -> None:
    if isinstance(line, nodes.Init | nodes.Round):
        writer.gap = True
        writer.lead(line.span, 0)
        _opened(writer, _block_header(line), line.body, line.span, 0, limit)
        writer.gap = True
        return
    writer.lead(line.span, 0)
    writer.close(aligned.get(id(line)) or _header(line), 0, line.span, limit)


def _block_header(line: nodes.Init | nodes.Round) -> str:
    if isinstance(line, nodes.Init):
        return "init:"
    return f"round {line.counter.id}:" if line.counter else "round:"


def _header(line: nodes.Line) -> str:
    """A line that opens no block."""
    match line:
        case nodes.Algorithm():
            return f"algorithm {line.name.id}" + (f": {print_text(line.source)}" if line.source else "")
        case nodes.Problem():
            sort = "" if line.sort is None else f"{line.sort.id} "
            return f"problem {line.kind.id}" + (f" on {sort}graph" if line.on_graph else "")
        case nodes.Compressor():
            return f"compressor {line.name.id}: {line.contract.id}" + _optional(" = ", line.default)
        case nodes.Param():
            return _param(line, len(line.name.id)) + _optional(" where ", line.condition)
        case nodes.Require():
            return f"require {print_expression(line.condition)}"
        case nodes.Output():
            return f"output {print_expression(line.value)}"
        case nodes.Invariant():
            return f"invariant {print_at(line.left, SUM)} == {print_at(line.right, SUM)}"
        case nodes.Guarantee():
            return _guarantee(line)
        case nodes.Equals():
            return _equals(line)
        case nodes.Init() | nodes.Round():
            return _block_header(line)
        case _:
            assert_never(line)


def _guarantee(line: nodes.Guarantee) -> str:
    classes = ", ".join(name.id for name in line.classes)
    head = f"guarantee {print_text(line.title)} for {classes}{_optional(' when ', line.condition)}"
    return f"{head}: {print_at(line.left, SUM)} <= {print_at(line.right, SUM)}"


def _equals(line: nodes.Equals) -> str:
    text = f"equals {line.other.id}"
    if line.arguments:
        text += f"({', '.join(print_keyword(argument) for argument in line.arguments)})"
    for word, bindings in (("when", line.bindings), ("drawing", line.drawing)):
        if bindings:
            text += f" {word} {', '.join(print_keyword(binding, SUM) for binding in bindings)}"
    return text + _optional(" at rounds = ", line.rounds)


# --- params, aligned ---------------------------------------------------------------------------------------


def _aligned_params(lines: Sequence[nodes.Line]) -> dict[int, str]:
    """Texts of the params, by identity, with `=` and `where` in one column within each group."""
    texts: dict[int, str] = {}
    for group in _param_groups(lines):
        names = max(len(param.name.id) for param in group)
        lefts = [_param(param, names) for param in group]
        rights = [_optional("where ", param.condition) for param in group]
        room = _WIDTH - len(GAP) - max(len(right) for right in rights)
        sided = [len(left) for left, right in zip(lefts, rights, strict=True) if right]
        column = max((length for length in sided if length <= room), default=0)
        for param, left, right in zip(group, lefts, rights, strict=True):
            texts[id(param)] = f"{left:<{column}}{GAP}{right}".rstrip()
    return texts


def _param_groups(lines: Sequence[nodes.Line]) -> list[list[nodes.Param]]:
    """Params that follow each other without a blank line."""
    groups: list[list[nodes.Param]] = []
    before: nodes.Line | None = None
    for line in lines:
        if isinstance(line, nodes.Param):
            if not (isinstance(before, nodes.Param) and _adjacent(before.span, line.span)):
                groups.append([])
            groups[-1].append(line)
        before = line
    return groups


def _adjacent(upper: Span, lower: Span) -> bool:
    return not _BLANK_LINE.search(upper.source.text, upper.end, lower.start)


def _param(param: nodes.Param, width: int) -> str:
    """A param up to its condition, the name padded to a width."""
    return f"param {param.name.id:<{width}}{_optional(' = ', param.default)}".rstrip()
