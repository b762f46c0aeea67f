"""What of the language and of its own declarations a checked program makes use of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from ..syntax import nodes as n
from . import program as p
from .core import names_in
from .kinds import Placement
from .parts import parts
from .schedules import values_of_call


def has_groups(program: p.Program) -> bool:
    """Whether groups of nodes compute or are sent something: `--groups` says how many there are."""
    return any(_of_groups(statement) for statement in flat((*program.init, *program.round)))


def _of_groups(statement: p.Stmt) -> bool:
    if isinstance(statement, p.Message):
        return statement.route is p.Route.SERVER_TO_GROUP
    return statement.at is not None and statement.at.placement is Placement.GROUP


# --- declarations that are read ------------------------------------------------------------------------------

METHOD = ""
"""The reader of params and compressors that is none of them: rounds, output, and what is required or claimed."""


def readings(program: p.Program) -> dict[str, set[str]]:
    """The params and compressors that each of them reads, its own `where` aside, and those that the method reads."""
    found = {q.symbol.name: _names(_of_param(q)) - {q.symbol.name} for q in program.params}
    for declared in program.compressors:
        call = declared.default
        found[declared.symbol.name] = set() if call is None else _names(values_of_call(call))
    found[METHOD] = _names(_of_method(program)) | set(_guaranteed(program))
    return found


def in_use(program: p.Program) -> set[str]:
    """The params and compressors on which something depends, if only through others."""
    reads, used, ahead = readings(program), set[str](), [METHOD]
    while ahead:
        fresh = reads.get(ahead.pop(), set()) - used
        used |= fresh
        ahead += fresh
    return used


def _of_param(param: p.Param) -> Iterator[p.Expr]:
    return (expr for expr in (param.value, param.condition) if expr is not None)


def _of_method(program: p.Program) -> Iterator[p.Expr]:
    for statement in flat((*program.init, *program.round)):
        yield from values_of(statement)
    for requirement in program.requires:
        yield requirement.condition
    for invariant in program.invariants:
        yield from (invariant.left, invariant.right)
    if program.output.weight is not None:
        yield program.output.weight


def _guaranteed(program: p.Program) -> Iterator[str]:
    """The names in guarantees: a bound may speak of what no step needs. Laws only name what they fix."""
    for claim in program.claims:
        if isinstance(claim, n.Guarantee):
            for side in (claim.condition, claim.left, claim.right):
                yield from (name.id for name in (() if side is None else names_in(side)))


def _names(exprs: Iterable[p.Expr]) -> set[str]:
    found: set[str] = set()
    for part in (part for expr in exprs for part in parts(expr)):
        match part:
            case p.ParamRead():
                found.add(part.symbol.name)
            case p.Figure() | p.Compress():
                found.add(part.compressor.name)
            case _:
                continue
    return found


# --- walking -------------------------------------------------------------------------------------------------


def flat(block: p.Block) -> Iterator[p.Stmt]:
    """Statements at any depth, in the order of the text."""
    for statement in block:
        yield statement
        if isinstance(statement, p.Branch):
            yield from flat((*statement.then, *statement.otherwise))
        if isinstance(statement, p.Repeat):
            yield from flat(statement.body)


def bindings_of(statement: p.Stmt) -> Iterator[tuple[p.Target, tuple[p.Expr, ...]]]:
    """What a statement itself binds, each with the expressions that the value comes from."""
    match statement:
        case p.Assign():
            yield from ((t, (v,)) for t, v in zip(statement.targets, statement.values, strict=True))
        case p.Draw():
            yield statement.target, (*statement.arguments, *(value for _, value in statement.settings))
        case p.Message():
            yield from ((item.target, (item.value,)) for item in statement.items)
        case p.Branch() | p.Repeat():
            return
        case _:
            assert_never(statement)


def values_of(statement: p.Stmt) -> Iterator[p.Expr]:
    """The expressions that a statement evaluates itself, not those of the statements in it."""
    match statement:
        case p.Assign():
            yield from _members(statement.at)
            yield from statement.values
        case p.Draw():
            yield from _members(statement.at)
            yield from statement.arguments
            yield from (value for _, value in statement.settings)
        case p.Message():
            yield from (expr for expr in (statement.members, statement.condition) if expr is not None)
            yield from (item.value for item in statement.items)
        case p.Branch():
            yield statement.condition
        case p.Repeat():
            yield statement.count
        case _:
            assert_never(statement)


def _members(at: p.At) -> Iterator[p.Expr]:
    return iter(() if at.members is None else (at.members,))
