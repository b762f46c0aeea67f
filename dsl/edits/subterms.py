"""The smallest subterms in which two terms differ."""

from __future__ import annotations

from collections.abc import Iterator

from .assignment import assigned
from .terms import COMMUTATIVE, Path, Term

ALONE = 1.6


def differences(one: Term, other: Term, path: Path = ()) -> Iterator[tuple[Path, Term, Term]]:
    """Paths in the first term at which another subterm stands in the second; summands and factors have no order."""
    if one == other:
        return
    pairs = _partners(one, other)
    if pairs is None:
        yield path, one, other
        return
    for place, partner in pairs:
        yield from differences(one.parts[place], other.parts[partner], (*path, place))


def _partners(one: Term, other: Term) -> list[tuple[int, int]] | None:
    """Places of parts that stand for one another; None where the terms have too little in common."""
    if one.is_leaf or other.is_leaf or one.head != other.head or len(one.parts) != len(other.parts):
        return None
    if one.head not in COMMUTATIVE:
        pairs = [(place, place) for place in range(len(one.parts))]
    else:
        costs = [[unlikeness(a, b) for b in other.parts] for a in one.parts]
        found = assigned(costs, ALONE)
        if len(found) < len(one.parts):
            return None
        pairs = sorted(found.items())
    shared = [a == b for a, b in ((one.parts[i], other.parts[j]) for i, j in pairs)]
    if (
        len(pairs) > 1
        and not any(shared)
        and all(unlikeness(one.parts[i], other.parts[j]) == 1 for i, j in pairs)
    ):
        return None
    return pairs


def unlikeness(one: Term, other: Term) -> float:
    """0 for equal terms, 1 for terms without a common name, less than 1 in between."""
    if one == other:
        return 0.0
    ours, theirs = ({part.head for part in term.walk()} for term in (one, other))
    shared = len(ours & theirs)
    return 1 - 0.9 * shared / max(len(ours), len(theirs)) if shared else 1.0
