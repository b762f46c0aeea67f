"""Messages of two methods side by side: equal ones, equal up to a scalar that both know, and those of one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..text.records import record
from .combination import Combination
from .field import ZERO, Element, inverse, times
from .multiples import Multiple
from .symbols import Sent


@record
class Scaled:
    """A message of each method: the second's value is a multiple of the first's."""

    one: Sent
    other: Sent
    multiple: Multiple


@record
class Match:
    """Messages of one time: those equal up to scale, and those of either method alone."""

    scaled: tuple[Scaled, ...]
    alone: tuple[tuple[Sent, ...], tuple[Sent, ...]]


def matched(one: Sequence[Sent], other: Sequence[Sent], multiples: Mapping[Element, Multiple]) -> Match:
    """The messages of two methods, in any order; scalars are those that have a name."""
    ours = list((Counter(one) - Counter(other)).elements())
    theirs = list((Counter(other) - Counter(one)).elements())
    scaled = []
    for mine in [*ours]:
        for sent in theirs:
            multiple = _multiple(mine, sent, multiples)
            if multiple is not None:
                scaled.append(Scaled(mine, sent, multiple))
                ours.remove(mine)
                theirs.remove(sent)
                break
    return Match(tuple(scaled), (tuple(ours), tuple(theirs)))


def _multiple(one: Sent, other: Sent, multiples: Mapping[Element, Multiple]) -> Multiple | None:
    """The known scalar c of other = c one, for messages along one route under one condition."""
    alike = (one.route, one.domain, one.condition, one.form) == (
        other.route,
        other.domain,
        other.condition,
        other.form,
    )
    ratio = _ratio(one.vector, other.vector) if alike else None
    return None if ratio is None else multiples.get(ratio)


def _ratio(one: Combination, other: Combination) -> Element | None:
    """The c of other = c one; None where there is none, or both are 0."""
    if one.terms.keys() != other.terms.keys() or not one.terms:
        return None
    ratios = set()
    for key, coefficient in one.terms.items():
        below = inverse(coefficient.value)
        if below is None:
            return None
        ratios.add(times(other.terms[key].value, below))
    return ratios.pop() if len(ratios) == 1 and ZERO not in ratios else None
