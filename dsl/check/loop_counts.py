"""A loop's count where the loop first spreads out what it is computed from: taken before, under a name of its own."""

from __future__ import annotations

from . import program as core
from .kinds import EVERYONE, Placement, Spread, Where
from .uses import names_read
from .variables import Walk


def counted_first(
    at: core.At | None, count: core.Expr, ahead: list[core.Assign], walk: Walk
) -> tuple[list[core.Stmt], core.Expr]:
    """The statements before a loop, and its count: one that reads a name which then becomes a family is bound first."""
    spread = {target.symbol.name for statement in ahead for target in statement.targets}
    if count.where.spread is not Spread.ONE or not spread & names_read(count):
        return [*ahead], count
    place = core.At(Placement.ALL if at is None else at.placement, EVERYONE)
    where = Where(place.placement)
    symbol, binding = walk.world.symbol(_free_name(walk)), walk.findings.binding()
    first = core.Assign(
        place, (core.Target(symbol, binding, count.kind, where, count.span),), (count,), count.span
    )
    return [first, *ahead], core.Read(symbol, binding, count.kind, where, count.span)


def _free_name(walk: Walk) -> str:
    """A name that the spec does not use, another one for each loop."""
    taken, findings = walk.world.taken(), walk.findings
    findings.counts += 1
    while (name := f"times_{findings.counts}") in taken:
        findings.counts += 1
    return name
