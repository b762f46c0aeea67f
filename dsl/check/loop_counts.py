"""A loop's count where the loop first spreads out what it is computed from: taken before, under a name of its own."""

from __future__ import annotations

from . import program as p
from .binding import Walk
from .kinds import EVERYONE, Placement, Spread, Where
from .traverse import EXPRESSIONS


def counted_first(
    at: p.At | None, count: p.Expr, ahead: list[p.Assign], walk: Walk
) -> tuple[list[p.Stmt], p.Expr]:
    """The statements before a loop, and its count: one that reads a name which then becomes a family is bound first."""
    spread = {target.symbol.name for statement in ahead for target in statement.targets}
    read = {part.symbol.name for part in EXPRESSIONS.walk(count) if isinstance(part, p.Read)}
    if count.where.spread is not Spread.ONE or not spread & read:
        return [*ahead], count
    place = p.At(Placement.ALL if at is None else at.placement, EVERYONE)
    where = Where(place.placement)
    symbol, binding = walk.world.symbol(_free_name(walk)), walk.tally.binding()
    first = p.Assign(place, (p.Target(symbol, binding, count.kind, where, count.span),), (count,), count.span)
    return [first, *ahead], p.Read(symbol, binding, count.kind, where, count.span)


def _free_name(walk: Walk) -> str:
    """A name that the spec does not use, another one for each loop."""
    taken, tally = walk.world.taken(), walk.tally
    tally.counts += 1
    while (name := f"times_{tally.counts}") in taken:
        tally.counts += 1
    return name
