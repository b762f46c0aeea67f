"""What the writer of a random spec keeps in mind: which name holds what, who knows it, and what a seat may read.

Placements, domains and joins are the language's own tables, so that a spec is written by the rules it is checked by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cablese.dsl.check.kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from cablese.dsl.check.placements import READS, covers, fan_of, widest
from cablese.dsl.check.scope import Loss, met, widened


@dataclass(frozen=True)
class Value:
    """What a name holds on this path; `names` is the domain that a set names, `packed` says that a codec wrote it."""

    name: str
    kind: Kind
    where: Where
    names: Domain | None = None
    packed: bool = False


@dataclass(frozen=True)
class Seat:
    """Who evaluates: the families of `spread` over `domain` are read member by member, others under aggregates alone."""

    role: Placement
    spread: Spread
    domain: Domain = EVERYONE

    def reads(self, value: Value) -> bool:
        """Whether an expression here may speak of a value."""
        where = value.where
        if where.placement not in READS[self.role]:
            return False
        match where.spread:
            case Spread.ONE:
                return True
            case Spread.GROUPS:
                return self.spread is not Spread.ONE
            case Spread.NODES:
                return self.spread is Spread.NODES and where.domain in (EVERYONE, self.domain)

    def holds(self, operands: list[Where]) -> Where:
        """Where the server has what it computes of operands: a family if one of them is."""
        spread = widest(tuple(operand.spread for operand in operands))
        subsets = [o.domain for o in operands if o.spread is Spread.NODES and o.domain != EVERYONE]
        return Where(Placement.SERVER, spread, subsets[0] if subsets else EVERYONE)


def seat_of(role: Placement, domain: Domain = EVERYONE) -> Seat:
    """The seat of a role's block."""
    return Seat(role, fan_of(role), domain)


class Names(dict[str, Value]):
    """The names that are known on a path."""

    def at(self, seat: Seat, *kinds: Kind) -> list[Value]:
        """Those of these kinds that a seat may read."""
        return [value for value in self.values() if value.kind in kinds and seat.reads(value)]

    def families(self, *kinds: Kind) -> list[Value]:
        """Those of which the server knows a value per node or group."""
        return [
            v
            for v in self.values()
            if v.kind in kinds
            and v.where.spread is not Spread.ONE
            and covers(Placement.SERVER, v.where.placement)
        ]

    def sets(self, told: frozenset[int], role: Placement) -> list[Value]:
        """Sets over which a role may have a block or a message."""
        return [v for v in self.values() if v.names is not None and _is_told(v, told, role)]

    def stored(self, name: str, seat: Seat) -> bool:
        """Whether an assignment over a set replaces its members' entries in a family that all nodes have."""
        held = self.get(name)
        if held is None or seat.domain.bag or seat.domain == EVERYONE:
            return False
        whole = held.where.spread is Spread.NODES and held.where.domain == EVERYONE
        return whole and covers(seat.role, held.where.placement)


def _is_told(value: Value, told: frozenset[int], role: Placement) -> bool:
    assert value.names is not None
    if value.where.placement is Placement.ALL:
        return True
    if role is Placement.SERVER:
        return value.where.placement is Placement.SERVER
    return value.names.over in told


def joined(one: Names, other: Names) -> Names:
    """What is known after either of two paths."""
    found = Names()
    for name in one.keys() & other.keys():
        both = _merged(one[name], other[name])
        if both is not None:
            found[name] = both
    return Names({name: found[name] for name in one if name in found})


def _merged(one: Value, other: Value) -> Value | None:
    if one == other:
        return one
    kind, where = widened(one.kind, other.kind), met(one.where, other.where)
    if kind is None or isinstance(where, Loss) or kind is Kind.NODES:
        return None
    return replace(one, kind=kind, where=where, packed=one.packed and other.packed)
