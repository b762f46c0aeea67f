"""The lint of messages that are made of what a compressor returned, and are sent entry by entry."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import program as core
from ..check.kinds import Kind
from ..check.traverse import EXPRESSIONS, STATEMENTS
from ..text.diagnostics import Diagnostic
from . import doubts as say


def sent_dense(program: core.Program) -> Iterator[Diagnostic]:
    """Message items whose value applies a compressor and then does something else with what it returned."""
    for statement in STATEMENTS.walk(program):
        if not isinstance(statement, core.Message):
            continue
        for item in statement.items:
            if item.target.kind is Kind.VECTOR and not isinstance(item.value, core.Compress):
                found = next(_compressions(item.value), None)
                if found is not None:
                    yield say.sent_dense(found.compressor.name, item.target.symbol.name, item.span)


def _compressions(value: core.Expr) -> Iterator[core.Compress]:
    """The applications of compressors in an expression, but for those inside of oracles' points and of aggregates."""
    match value:
        case core.Compress():
            yield value
        case core.Oracle() | core.Aggregate():
            return
        case _:
            for part in EXPRESSIONS.children(value):
                yield from _compressions(part)
