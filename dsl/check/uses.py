"""Uses in a checked program: of groups, of params and compressors, of names, of routes."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import assert_never

from ..syntax import nodes
from . import program as core
from .desugar import names_in
from .kinds import Placement
from .traverse import EXPRESSIONS, STATEMENTS


def has_groups(program: core.Program) -> bool:
    """True if groups of nodes compute or are sent something: `--groups` says how many there are."""
    return any(_of_groups(statement) for statement in STATEMENTS.walk(program))


def has_prox(program: core.Program) -> bool:
    """True if a statement applies the regulariser's `prox`."""
    return any(
        isinstance(part, core.Oracle) and part.operator == "prox"
        for statement in STATEMENTS.walk(program)
        for part in EXPRESSIONS.walk(statement)
    )


def _of_groups(statement: core.Stmt) -> bool:
    if isinstance(statement, core.Message):
        return statement.route is core.Route.SERVER_TO_GROUP
    return statement.at is not None and statement.at.placement is Placement.GROUP


def blocks_named(program: core.Program) -> Iterator[core.BlockMask]:
    """The blocks of the model that a method names; where it is run there must be such blocks."""
    for statement in (*STATEMENTS.walk(program), program):
        for part in EXPRESSIONS.walk(statement):
            if isinstance(part, core.BlockMask):
                yield part


def compressors_at(program: core.Program, *placements: Placement) -> frozenset[str]:
    """The compressors that are applied at these placements."""
    parts = (part for statement in STATEMENTS.walk(program) for part in EXPRESSIONS.walk(statement))
    return frozenset(
        part.compressor.name
        for part in parts
        if isinstance(part, core.Compress) and part.where.placement in placements
    )


# --- declarations that are read ------------------------------------------------------------------------------

METHOD = ""
"""The method as a reader of params and compressors: its rounds, output, `require`s and claims."""


def readings(program: core.Program) -> dict[str, set[str]]:
    """The params and compressors read by each of them, a param's own `where` aside, and by the method."""
    found = {q.symbol.name: _names(q) - {q.symbol.name} for q in program.params}
    found |= {declared.symbol.name: _names(declared) for declared in program.compressors}
    found[METHOD] = set(_guaranteed(program)).union(*map(_names, _of_method(program)))
    return found


def in_use(program: core.Program, given: Set[str] = frozenset()) -> set[str]:
    """The params and compressors on which something depends, if only through defaults of others that are not `given`."""
    reads, used, ahead = readings(program), set[str](), [METHOD]
    while ahead:
        fresh = reads.get(ahead.pop(), set()) - used
        used |= fresh
        ahead += fresh - given
    return used


def _of_method(program: core.Program) -> Iterator[core.Stmt | core.Require | core.Invariant | core.Output]:
    """The statements and lines that are the method's own."""
    yield from STATEMENTS.walk(program)
    yield from program.requires
    yield from program.invariants
    yield program.output


def _guaranteed(program: core.Program) -> Iterator[str]:
    """The names in guarantees: a bound may read params that no step needs. Laws only name the params that they fix."""
    for claim in program.claims:
        if isinstance(claim, nodes.Guarantee):
            for side in (claim.condition, claim.left, claim.right):
                yield from (name.id for name in (() if side is None else names_in(side)))


def _names(
    of: core.Stmt | core.Param | core.Compressor | core.Require | core.Invariant | core.Output,
) -> set[str]:
    """The params and compressors that a statement or declaration reads itself."""
    found: set[str] = set()
    for part in EXPRESSIONS.walk(of):
        match part:
            case core.ParamRead():
                found.add(part.symbol.name)
            case core.Figure() | core.Compress():
                found.add(part.compressor.name)
            case _:
                continue
    return found


# --- bindings ------------------------------------------------------------------------------------------------


def counters_of(program: core.Program) -> Iterator[core.Symbol]:
    """The counters of the rounds and of repetitions, where they have a name."""
    loops = (part.counter for part in STATEMENTS.walk(program) if isinstance(part, core.Repeat))
    yield from (counter for counter in (program.counter, *loops) if counter is not None)


def targets_in(of: core.Program | core.Block) -> Iterator[core.Target]:
    """The bindings of a program, or of a block at any depth, in the order of the text."""
    return (target for statement in STATEMENTS.walk(of) for target, _ in bindings_of(statement))


def bindings_of(statement: core.Stmt) -> Iterator[tuple[core.Target, tuple[core.Expr, ...]]]:
    """The bindings of a statement itself, each with the expressions that the value comes from."""
    match statement:
        case core.Assign():
            yield from ((t, (v,)) for t, v in zip(statement.targets, statement.values, strict=True))
        case core.Draw():
            yield statement.target, (*statement.arguments, *(value for _, value in statement.settings))
        case core.Message():
            yield from ((item.target, (item.value,)) for item in statement.items)
        case core.Branch() | core.Repeat():
            return
        case _:
            assert_never(statement)


def names_read(expr: core.Expr) -> set[str]:
    """The variables that an expression reads."""
    return {part.symbol.name for part in EXPRESSIONS.walk(expr) if isinstance(part, core.Read)}


# --- messages ------------------------------------------------------------------------------------------------


def sender_of(route: core.Route) -> Placement:
    """The placement at which a route's items are evaluated."""
    match route:
        case core.Route.NODE_TO_SERVER | core.Route.NODE_TO_NEIGHBORS | core.Route.NODE_TO_ALL:
            return Placement.NODE
        case core.Route.SERVER_TO_ALL | core.Route.SERVER_TO_NODE | core.Route.SERVER_TO_GROUP:
            return Placement.SERVER
