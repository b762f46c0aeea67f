"""Scopes: the names bound on a path through a spec, and their join where two paths meet. Rules stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias

from ..text.records import record
from ..text.source import Span
from .kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from .placements import fan_of, meet, widest
from .program import Symbol


@record
class Entry:
    """A name as it is bound on this path. `number` tells this value from all others; `binding` is 0 after a join."""

    symbol: Symbol
    binding: int
    number: int
    kind: Kind
    where: Where
    span: Span = field(compare=False)
    from_init: bool = False  # may still hold the value of init or the last round
    names: Domain | None = None  # the domain that a value of kind NODES names
    compressed: bool = False  # a compressor's result, unchanged
    lost: bool = False  # its statement has an error: no other is reported


class Loss(Enum):
    """The reason for which a bound name is not known any more."""

    ONE_BRANCH = "one branch"
    REPEAT = "repeat"
    KNOWERS = "knowers"
    DOMAINS = "domains"
    KINDS = "kinds"


@record
class Gone:
    """A name that is not known any more, the reason, and its two bindings."""

    loss: Loss
    first: Span = field(compare=False)
    second: Span = field(compare=False)
    kinds: tuple[Kind, Kind] | None = None
    from_init: bool = False
    looped: bool = False  # `first` holds where a `repeat` runs no iteration, `second` after its last


Status: TypeAlias = Entry | Gone


@dataclass(slots=True)
class Scope:
    """The names of one path; `informed` are the subsets whose members know that they belong, `counters` those of the
    rounds and of the `repeat`s around."""

    names: dict[str, Status] = field(default_factory=dict)
    informed: frozenset[int] = frozenset()
    counters: frozenset[str] = frozenset()

    def copy(self) -> Scope:
        """A scope that starts with the same names."""
        return Scope(dict(self.names), self.informed, self.counters)

    def entry(self, name: str) -> Entry | None:
        """The name's binding, if it is known here."""
        found = self.names.get(name)
        return found if isinstance(found, Entry) else None


def widened(one: Kind, other: Kind) -> Kind | None:
    """The kind that holds values of both kinds; None where there is none."""
    if one is other or other is Kind.UNKNOWN:
        return one
    if one is Kind.UNKNOWN:
        return other
    return Kind.REAL if {one, other} == {Kind.INT, Kind.REAL} else None


def met(one: Where, other: Where) -> Where | Loss:
    """The place of a value that two paths leave at two places; the loss where there is none."""
    placement = meet(one.placement, other.placement)
    if placement is None:
        return Loss.KNOWERS
    spread = widest((one.spread, other.spread, fan_of(placement)))
    if placement is Placement.GROUP:
        spread = Spread.GROUPS
    if {one.spread, other.spread} == {Spread.NODES, Spread.GROUPS}:
        return Loss.DOMAINS
    families = {w.domain for w in (one, other) if w.spread is not Spread.ONE}
    if len(families) > 1 or (families - {EVERYONE} and Spread.ONE in (one.spread, other.spread)):
        return Loss.DOMAINS
    return Where(placement, spread, families.pop() if families else EVERYONE)


def merged(one: Status, other: Status, fresh: Callable[[], int]) -> Status:
    """A name after the join of two paths that both bound it."""
    if one is other or one == other:
        return one
    if isinstance(one, Gone):
        return one
    if isinstance(other, Gone):
        return other
    if one.lost or other.lost:
        return one if one.lost else other
    from_init = one.from_init or other.from_init
    kind = widened(one.kind, other.kind)
    if kind is None:
        return Gone(Loss.KINDS, one.span, other.span, (one.kind, other.kind), from_init)
    where = met(one.where, other.where)
    if isinstance(where, Loss):
        return Gone(where, one.span, other.span, None, from_init)
    number = fresh()
    later = one.span if one.span.start >= other.span.start else other.span
    return replace(
        one,
        binding=0,
        number=number,
        kind=kind,
        where=where,
        span=later,
        from_init=from_init,
        names=_set_name(one, other, number),
        compressed=one.compressed and other.compressed,
    )


def _set_name(one: Entry, other: Entry, number: int) -> Domain | None:
    if one.names is None or other.names is None:  # the other is no set, which was reported
        return one.names or other.names
    if one.names == other.names:
        return one.names
    return Domain(number, one.symbol.name, one.names.bag or other.names.bag)


def join(one: Scope, other: Scope, bound: Iterable[str], fresh: Callable[[], int]) -> Scope:
    """The scope after the join of two paths that start alike; `bound` are the names that they bind."""
    joined = one.copy()
    joined.informed &= other.informed
    for name in bound:
        first, second = one.names.get(name), other.names.get(name)
        if first is not None and second is not None:
            joined.names[name] = merged(first, second, fresh)
        elif first is not None or second is not None:
            joined.names[name] = _on_one_path(first or second)
    return joined


def _on_one_path(only: Status | None) -> Status:
    assert only is not None
    if isinstance(only, Gone):
        return only
    if only.lost:
        return only
    return Gone(Loss.ONE_BRANCH, only.span, only.span, None, only.from_init)
