"""The order of placements, and the evaluators of expressions. Rules that use it stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from ..text.records import record
from .kinds import EVERYONE, Domain, Placement, Spread, Where

READS: Mapping[Placement, frozenset[Placement]] = {
    Placement.ALL: frozenset({Placement.ALL}),
    Placement.SERVER: frozenset({Placement.SERVER, Placement.LINK, Placement.GROUP, Placement.ALL}),
    Placement.NODE: frozenset(
        {Placement.NODE, Placement.LINK, Placement.GROUP, Placement.NEIGHBORS, Placement.ALL}
    ),
    Placement.LINK: frozenset({Placement.LINK, Placement.ALL}),
    Placement.GROUP: frozenset({Placement.GROUP, Placement.ALL}),
    Placement.NEIGHBORS: frozenset({Placement.NEIGHBORS, Placement.ALL}),
}
"""Placements that a block of each role may read (language reference, section 2)."""

ROLES: Mapping[str, Placement] = {placement.value: placement for placement in Placement}


def covers(home: Placement, actual: Placement) -> bool:
    """True if all who are at `home` know a value at `actual`."""
    return actual in READS[home]


_MEETS: Mapping[frozenset[Placement], Placement] = {
    frozenset({Placement.LINK, Placement.SERVER}): Placement.SERVER,
    frozenset({Placement.LINK, Placement.NODE}): Placement.NODE,
    frozenset({Placement.LINK, Placement.GROUP}): Placement.LINK,
    frozenset({Placement.LINK, Placement.NEIGHBORS}): Placement.NODE,
    frozenset({Placement.GROUP, Placement.SERVER}): Placement.SERVER,
    frozenset({Placement.GROUP, Placement.NODE}): Placement.NODE,
    frozenset({Placement.GROUP, Placement.NEIGHBORS}): Placement.NODE,
    frozenset({Placement.NEIGHBORS, Placement.NODE}): Placement.NODE,
}


def meet(one: Placement, other: Placement) -> Placement | None:
    """The placement of all who know both of two values; None where nobody does."""
    if one is other or other is Placement.ALL:
        return one
    if one is Placement.ALL:
        return other
    return _MEETS.get(frozenset({one, other}))


def fan_of(placement: Placement) -> Spread:
    """The number of values that a block of that role assigns when its operands are single ones."""
    match placement:
        case Placement.ALL | Placement.SERVER:
            return Spread.ONE
        case Placement.GROUP:
            return Spread.GROUPS
        case Placement.NODE | Placement.LINK | Placement.NEIGHBORS:
            return Spread.NODES


def widest(spreads: tuple[Spread, ...]) -> Spread:
    """The spread of what is computed from values of these: a group's value serves each of its nodes."""
    if Spread.NODES in spreads:
        return Spread.NODES
    return Spread.GROUPS if Spread.GROUPS in spreads else Spread.ONE


class Standing(Enum):
    """The use of an expression, which decides the values that it may read."""

    BODY = "body"  # in init or round
    SETUP = "setup"  # params, arguments of compressors: nothing of the rounds
    CONSTANTS = "constants"  # under an aggregate of a family of constants
    OBSERVER = "observer"  # outputs, invariants and guarantees: reads every value, changes none


@record
class Evaluator:
    """The evaluator of an expression: its placement, its domain, and how often it makes a draw."""

    placement: Placement
    fan: Spread
    domain: Domain = EVERYONE
    standing: Standing = Standing.BODY

    def reads(self, placement: Placement) -> bool:
        """True if a value at this placement may be read from here."""
        if self.standing is Standing.OBSERVER:
            return True
        if self.standing is Standing.CONSTANTS:
            return placement in (Placement.ALL, Placement.LINK)
        return placement in READS[self.placement]

    def alone(self) -> Evaluator:
        """The same evaluator, once and over nobody in particular: as of an aggregate's argument."""
        return replace(self, fan=Spread.ONE, domain=EVERYONE)

    def per(self, fan: Spread, domain: Domain) -> Evaluator:
        """The same evaluator, once for each receiver."""
        return replace(self, fan=fan, domain=domain)


SETUP = Evaluator(Placement.ALL, Spread.ONE, standing=Standing.SETUP)
CONSTANTS = Evaluator(Placement.ALL, Spread.ONE, standing=Standing.CONSTANTS)
OBSERVER = Evaluator(Placement.SERVER, Spread.ONE, standing=Standing.OBSERVER)


def evaluator_of(placement: Placement, domain: Domain = EVERYONE) -> Evaluator:
    """The evaluator of a role's block."""
    return Evaluator(placement, fan_of(placement), domain)


def combined(evaluator: Evaluator, operands: tuple[Where, ...], domain: Domain) -> Where:
    """The place of a value computed from operands; `domain` is the one that the operands agree on.

    A value stays known to all who know every operand; else the evaluator alone knows it.
    """
    family = tuple(operand for operand in operands if operand.placement is not Placement.ALL)
    placements = {operand.placement for operand in family}
    if not placements:
        placement = Placement.ALL
    else:
        placement = placements.pop() if len(placements) == 1 else evaluator.placement
    spread = widest(tuple(operand.spread for operand in operands))
    if spread is not Spread.ONE and fan_of(placement) is Spread.NODES:
        spread = Spread.NODES
    return Where(placement, spread, domain if spread is not Spread.ONE else EVERYONE)
