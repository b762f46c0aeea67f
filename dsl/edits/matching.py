"""Parts of two systems, matched by an assignment of least cost: what they are, how they are renewed, what reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from .assignment import assigned
from .roles import Role, is_synchronisation, roles_of
from .system import Part, PartKind, System
from .terms import Sort, Term

PASSES = 6
ALONE = 2.0  # cost at which two parts are no more likely one than two
SAME_NAME = 0.1
LIKELY = 0.6
NEVER = 100.0

Gram: TypeAlias = tuple[str, ...]


class Grams:
    """Heads with the one above them, counted."""

    __slots__ = ("counts", "total")

    def __init__(self, found: Sequence[Gram]) -> None:
        self.counts: dict[Gram, int] = Counter(found)
        self.total = len(found)


_NONE = Grams(())


def matched(one: System, other: System, likely: Mapping[str, str]) -> dict[str, str]:
    """Names of the second system's parts -> names of the first's; pairs that are `likely` cost less."""
    names: dict[str, str] = {}
    views = _unmatched(one), _unmatched(other)
    for _ in range(PASSES):
        found: dict[str, str] = {}
        for kind in PartKind:
            found |= _of_kind(views, kind, likely)
        if found == names:
            break
        names = found
        views = views[0].named({n: n for n in names.values()}), views[1].named(names)
    return names


def _of_kind(views: tuple[_View, _View], kind: PartKind, likely: Mapping[str, str]) -> dict[str, str]:
    ours, theirs = (view.system.of(kind) for view in views)
    if not ours or not theirs:
        return {}
    costs = [[_cost(views, a, b) - LIKELY * (likely.get(b.name) == a.name) for b in theirs] for a in ours]
    return {theirs[j].name: ours[i].name for i, j in assigned(costs, ALONE).items()}


class _Reads(NamedTuple):
    """The names that a field of a part reads, each with the heads above it."""

    part: str
    field: str
    leaves: tuple[tuple[str, Gram], ...]


@dataclass
class _View:
    """A system as the other sees it: names that are matched by the first's, all others by what sort they are of."""

    system: System
    roles: Mapping[str, Role]
    names: Mapping[str, str]
    reads: tuple[_Reads, ...]

    def __post_init__(self) -> None:
        self.of_fields = {
            (part.name, field): self.grams(term)
            for part in self.system.parts.values()
            for field, term in part.fields
        }
        self.uses = self._uses()

    def named(self, names: Mapping[str, str]) -> _View:
        """The same system with more of its names matched."""
        return _View(self.system, self.roles, names, self.reads)

    def label(self, term: Term) -> str:
        """The head as the other system could have it."""
        if not term.is_leaf or term.sort is Sort.CONSTANT:
            return term.head
        known = self.names.get(term.head)
        return f"{term.sort.value} {known}" if known else self.sort(term)

    def sort(self, term: Term) -> str:
        """A name that is not matched, by its sort and role."""
        role = self.roles.get(term.head)
        return term.sort.value if role is None else f"{term.sort.value} {role.value}"

    def grams(self, term: Term) -> Grams:
        """Heads of a term, each alone and below the one above it."""
        found: list[tuple[str, ...]] = []
        ahead = [("", term)]
        while ahead:
            above, inner = ahead.pop()
            label = self.label(inner)
            found += ((label,), (above, label))
            ahead += ((label, part) for part in inner.parts)
        return Grams(found)

    def _uses(self) -> dict[str, Grams]:
        """The heads above each name, wherever it is read, and the parts that read it."""
        found: dict[str, list[Gram]] = {}
        for reader_of in self.reads:
            role = self.roles.get(reader_of.part)
            reader = self.names.get(reader_of.part, role.value if role else "")
            for name, heads in reader_of.leaves:
                grams = found.setdefault(name, [])
                grams.append(heads)
                if reader:
                    grams.append((reader, reader_of.field))
        return {name: Grams(grams) for name, grams in found.items()}


def fields_of(system: System) -> Mapping[tuple[str, str], Grams]:
    """The heads of each field, by part and field; names by their sort and role."""
    return _unmatched(system).of_fields


@lru_cache(maxsize=512)
def _unmatched(system: System) -> _View:
    """The view before anything is matched, which is the same beside every other system."""
    reads = (
        _Reads(part.name, field, tuple((name, (*above[-2:], field)) for name, above in _contexts(term)))
        for part in system.parts.values()
        if part.kind is not PartKind.PARAM  # their defaults are notes
        for field, term in part.fields
    )
    return _View(system, roles_of(system), {}, tuple(reads))


def _contexts(term: Term, above: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    if term.is_leaf:
        yield term.head, above
    for part in term.parts:
        yield from _contexts(part, (*above, term.head))


def unlike(one: Grams, other: Grams) -> float:
    """0 for equal counts, 1 where nothing is shared (Dice)."""
    total, theirs = one.total + other.total, other.counts
    shared = sum(min(count, theirs[gram]) for gram, count in one.counts.items() if gram in theirs)
    return 1 - 2 * shared / total if total else 0.0


def _cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    """The cost of taking two parts of one kind for the same."""
    own = _COSTS[a.kind](views, a, b)
    uses = unlike(*(view.uses.get(p.name, _NONE) for view, p in zip(views, (a, b), strict=True)))
    if a.kind is PartKind.PARAM and uses == 1 and a.name != b.name:
        return NEVER  # a param is its part in formulas
    return (
        own
        + _USES.get(a.kind, 1.0) * uses
        + SAME_NAME * (a.name.partition("#")[0] != b.name.partition("#")[0])
    )


def _field(views: tuple[_View, _View], a: Part, b: Part, field: str) -> float:
    return unlike(views[0].of_fields[a.name, field], views[1].of_fields[b.name, field])


def _state_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    if a["kind"] != b["kind"]:
        return NEVER
    roles = views[0].roles[a.name], views[1].roles[b.name]
    models = sum(role is Role.MODEL for role in roles)
    each = ["each" in part["home"].head for part in (a, b)]
    return (
        2.0 * (models == 1)
        + 1.2 * (roles[0] is not roles[1])
        + (0.9 if each[0] != each[1] else 0.2 * (a["home"] != b["home"])) * (models < 2)
        + 0.7 * _field(views, a, b, "next")
        + 0.3 * _field(views, a, b, "init")
    )


def _message_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    routes = [part["route"].head.split(" ")[0] for part in (a, b)]
    if a["phase"] != b["phase"] or a["kind"] != b["kind"] or routes[0] != routes[1]:
        return NEVER
    return (
        0.2 * (a["route"] != b["route"])
        + 0.6 * (is_synchronisation(a) is not is_synchronisation(b))
        + 0.3 * ((a["value"].head == "compress") is not (b["value"].head == "compress"))
        + 0.3 * _field(views, a, b, "gate")
        + 0.7 * _field(views, a, b, "value")
    )


def _draw_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    if a["phase"] != b["phase"] or a["value"].head != b["value"].head:
        return NEVER
    return (
        0.4 * (a["place"] != b["place"])
        + 0.3 * _field(views, a, b, "gate")
        + 0.6 * _field(views, a, b, "value")
    )


def _compressor_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    return 0.2 * (a["contract"] != b["contract"]) + 0.2 * (a["default"] != b["default"])


def _param_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    range_of = _field(views, a, b, "where")
    return 0.35 * _field(views, a, b, "value") + range_of + 0.3 * (range_of > 0)


def _sent_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    return (
        NEVER if a["phase"] != b["phase"] else _field(views, a, b, "value") + 0.3 * (a["place"] != b["place"])
    )


def _local_cost(views: tuple[_View, _View], a: Part, b: Part) -> float:
    return _field(views, a, b, "next") + 0.3 * _field(views, a, b, "count")


_USES = {PartKind.PARAM: 1.4, PartKind.MESSAGE: 0.3}
"""Weights of uses: a param is little more than its part in formulas; what is sent may be put to any use."""

_COSTS: Mapping[PartKind, Callable[[tuple[_View, _View], Part, Part], float]] = {
    PartKind.PROBLEM: lambda *_: 0.0,
    PartKind.OUTPUT: lambda *_: 0.0,
    PartKind.COMPRESSOR: _compressor_cost,
    PartKind.PARAM: _param_cost,
    PartKind.STATE: _state_cost,
    PartKind.DRAW: _draw_cost,
    PartKind.SENT: _sent_cost,
    PartKind.MESSAGE: _message_cost,
    PartKind.LOCAL: _local_cost,
}
