"""Bindings under which a method may be another: identities, ends of ranges, certain draws, by a spec's declarations."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import program as core
from ..check.contracts import Contract
from ..check.kinds import Kind
from ..check.traverse import EXPRESSIONS, STATEMENTS

IDENTITY_CALL, ALL_SAMPLES, EVERYONE = "identity()", "max(samples_i)", "everyone"


def candidates(program: core.Program) -> list[str]:
    """Texts `NAME = EXPR` that bind one name each."""
    return [f"{name} = {value}" for name, value in dict.fromkeys(_bindings(program))]


def _bindings(program: core.Program) -> Iterator[tuple[str, str]]:
    for compressor in program.compressors:
        if compressor.contract is not Contract.COLLECTIVE:
            yield compressor.symbol.name, IDENTITY_CALL
    sizes, counts, read = _sizes(program), _counts(program), _read(program)
    for param in program.params:
        name = param.symbol.name
        if param.schedule or name not in read:
            continue
        if name in sizes:
            yield name, ALL_SAMPLES
        elif name in counts:
            yield name, "1"
        else:
            yield from ((name, end) for end in _ends(param.condition, name))
    for statement in STATEMENTS.walk(program.round):
        if isinstance(statement, core.Draw) and statement.target.kind is Kind.NODES:
            yield statement.target.symbol.name, EVERYONE


def _ends(condition: core.Expr | None, name: str) -> Iterator[str]:
    """The ends 0 and 1 that `where` admits."""
    for part in _joined(condition):
        for bound, operator, other in (
            (part.arguments[0], part.operator, part.arguments[1]),
            (part.arguments[1], _TURNED.get(part.operator, ""), part.arguments[0]),
        ):
            is_end = isinstance(bound, core.Literal) and bound.value in (0, 1) and operator in ("<=", ">=")
            if is_end and isinstance(other, core.ParamRead) and other.symbol.name == name:
                yield str(bound.value)  # type: ignore[union-attr]


_TURNED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}


def _joined(condition: core.Expr | None) -> Iterator[core.Apply]:
    if isinstance(condition, core.Apply):
        if condition.operator == "and":
            for part in condition.arguments:
                yield from _joined(part)
        elif len(condition.arguments) == 2:
            yield condition


def _read(program: core.Program) -> set[str]:
    """Params that rounds read."""
    return _params_in(program.init) | _params_in(program.round)


def _sizes(program: core.Program) -> set[str]:
    """Params that are the size of a minibatch."""
    draws = (s for s in STATEMENTS.walk(program.round) if isinstance(s, core.Draw))
    return set().union(*(_params_in(s) for s in draws if s.distribution == "minibatch"))


def _counts(program: core.Program) -> set[str]:
    """Params that say how often a block is repeated."""
    loops = (s for s in STATEMENTS.walk(program.round) if isinstance(s, core.Repeat))
    return set().union(
        *({e.symbol.name for e in EXPRESSIONS.walk(s.count) if isinstance(e, core.ParamRead)} for s in loops)
    )


def _params_in(part: core.Stmt | core.Block) -> set[str]:
    statements = STATEMENTS.walk(part)
    return {e.symbol.name for s in statements for e in EXPRESSIONS.walk(s) if isinstance(e, core.ParamRead)}
