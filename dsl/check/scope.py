"""Scopes: the names bound on a path through a spec, and their join where two paths meet. Rules stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from enum import Enum
from typing import TypeAlias

from ..text.records import record, structure
from ..text.source import Span
from .kinds import EVERYONE, Domain, Kind, Placement, Spread, Where
from .placements import fan_of, meet, widest
from .program import Symbol


@record
class Entry:
    """A name as it is bound on this path. `number` identifies the value; `binding` is 0 after a join."""

    symbol: Symbol
    binding: int
    number: int
    kind: Kind
    where: Where
    span: Span = field(compare=False)
    from_init: bool = False  # may still hold the value of init or the last round
    named_domain: Domain | None = None  # the domain that a value of kind NODES names
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


@structure
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


def widened(first: Kind, second: Kind) -> Kind | None:
    """The kind that holds values of both kinds; None where there is none."""
    if first is second or second is Kind.UNKNOWN:
        return first
    if first is Kind.UNKNOWN:
        return second
    return Kind.REAL if {first, second} == {Kind.INT, Kind.REAL} else None


def met(first: Where, second: Where) -> Where | Loss:
    """The meet of the places that two paths leave a value at; the reason where there is none."""
    placement = meet(first.placement, second.placement)
    if placement is None:
        return Loss.KNOWERS
    spread = widest((first.spread, second.spread, fan_of(placement)))
    if placement is Placement.GROUP:
        spread = Spread.GROUPS
    if {first.spread, second.spread} == {Spread.NODES, Spread.GROUPS}:
        return Loss.DOMAINS
    families = {w.domain for w in (first, second) if w.spread is not Spread.ONE}
    if len(families) > 1 or (families - {EVERYONE} and Spread.ONE in (first.spread, second.spread)):
        return Loss.DOMAINS
    return Where(placement, spread, families.pop() if families else EVERYONE)


def merged(first: Status, second: Status, new_number: Callable[[], int]) -> Status:
    """A name after the join of two paths that both bound it."""
    if first is second or first == second:
        return first
    if isinstance(first, Gone):
        return first
    if isinstance(second, Gone):
        return second
    if first.lost or second.lost:
        return first if first.lost else second
    from_init = first.from_init or second.from_init
    kind = widened(first.kind, second.kind)
    if kind is None:
        return Gone(Loss.KINDS, first.span, second.span, (first.kind, second.kind), from_init)
    where = met(first.where, second.where)
    if isinstance(where, Loss):
        return Gone(where, first.span, second.span, None, from_init)
    number = new_number()
    later = first.span if first.span.start >= second.span.start else second.span
    return replace(
        first,
        binding=0,
        number=number,
        kind=kind,
        where=where,
        span=later,
        from_init=from_init,
        named_domain=_joined_domain(first, second, number),
        compressed=first.compressed and second.compressed,
    )


def _joined_domain(first: Entry, second: Entry, number: int) -> Domain | None:
    if first.named_domain is None or second.named_domain is None:  # the other is no set, which was reported
        return first.named_domain or second.named_domain
    if first.named_domain == second.named_domain:
        return first.named_domain
    return Domain(number, first.symbol.name, first.named_domain.bag or second.named_domain.bag)


def join(first: Scope, second: Scope, bound: Iterable[str], new_number: Callable[[], int]) -> Scope:
    """The scope after the join of two paths that start alike; `bound` are the names that they bind."""
    joined = first.copy()
    joined.informed &= second.informed
    for name in bound:
        here, there = first.names.get(name), second.names.get(name)
        if here is not None and there is not None:
            joined.names[name] = merged(here, there, new_number)
        elif here is not None or there is not None:
            joined.names[name] = _on_one_path(here or there)
    return joined


def _on_one_path(only: Status | None) -> Status:
    assert only is not None
    if isinstance(only, Gone):
        return only
    if only.lost:
        return only
    return Gone(Loss.ONE_BRANCH, only.span, only.span, None, only.from_init)
