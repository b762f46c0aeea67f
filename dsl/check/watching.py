"""Names that claims look at after every round: a program that keeps them as states, so that a run can be asked for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from . import program as core
from .guarantees import NO_BINDING
from .kinds import EVERYONE, KNOWN_TO_ALL, Kind
from .traverse import EXPRESSIONS

_HELD = (Kind.VECTOR, Kind.REAL, Kind.INT, Kind.BOOL, Kind.MASK)


def reads_of_claim(claim: core.Invariant | core.Guarantee) -> Iterator[core.Read]:
    """The variables that a claim reads at the end of a round; those of the problem's solution are none."""
    parts: list[core.Expr] = []
    match claim:
        case core.Invariant():
            parts = [claim.left, claim.right]
        case core.Guarantee():
            metrics = [metric for one in claim.measured for metric in one.metrics]
            parts = [one.value for one in claim.measured]
            parts += [metric.point for metric in metrics if metric.point is not None]
    for part in parts:
        for read in EXPRESSIONS.walk(part):
            if isinstance(read, core.Read) and read.binding != NO_BINDING:
                yield read


def watchable(reads: Iterable[core.Read]) -> str:
    """The first name that no run can be asked for, as only some of the nodes have it, or it is no value; "" without one."""
    for read in reads:
        if read.where.domain != EVERYONE or read.kind not in _HELD:
            return read.symbol.name
    return ""


def watched(program: core.Program, names: frozenset[str]) -> core.Program:
    """The program with these names as states: before the first round they are zeros, unless `init` binds them."""
    held = {state.symbol.name for state in program.states}
    claims: list[core.Invariant | core.Guarantee] = [*program.invariants, *program.guarantees]
    reads = {read.symbol.name: read for claim in claims for read in reads_of_claim(claim)}
    fresh = [read for name, read in reads.items() if name in names - held]
    states = tuple(core.State(read.symbol, read.kind, read.where) for read in fresh)
    return replace(
        program,
        states=(*program.states, *states),
        init=(*program.init, *(_zeros(read) for read in fresh)),
    )


def _zeros(read: core.Read) -> core.Assign:
    """The assignment of zeros to a name where it is held."""
    start: core.Expr = core.Literal(0, read.kind, KNOWN_TO_ALL, read.span)
    if read.kind is Kind.VECTOR:
        start = core.Constant("zeros", Kind.VECTOR, KNOWN_TO_ALL, read.span)
    if read.kind is Kind.BOOL:
        start = core.Literal(False, Kind.BOOL, KNOWN_TO_ALL, read.span)
    target = core.Target(read.symbol, 0, read.kind, read.where, read.span)
    return core.Assign(core.At(read.where.placement, EVERYONE), (target,), (start,), read.span)
