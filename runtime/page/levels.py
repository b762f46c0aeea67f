"""Levels of a metric, what each curve spends until it reaches them, and whether the order depends on what is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

from cablese.dsl.text.records import record

from ..execute.interface import larger_is_better
from ..report.metrics import TITLES, with_signs, words
from ..report.plot import spans_decades
from ..report.series import bands
from ..report.units import bits_text, value_text

if TYPE_CHECKING:
    from ..report.labels import Curve

Placed = Mapping[str, Sequence[Sequence[float]]]
"""The places of points along axes by name, for each curve."""

ACCOUNTINGS: Mapping[str, str] = {
    "bits_up": "bits sent",
    "bits_down": "bits received",
    "bits": "bits sent and received",
    "bits_paper": "bits sent, as papers count",
}
"""Axes that count bits, each by other rules, in words."""

MOST_LEVELS = 24
_SEEDS = re.compile(r", \d+ seeds?$")
_NAMED = 4  # curves that a sentence names
_STEPS = (5, 2, 1)  # levels of a decade, falling
_SAME = 0.01  # costs that differ by less than this part are no order
_NOT_FALLING = ("consensus",)


@record
class Level:
    """A value of a metric and the costs until it is reached, by axis: one for each curve, None where it is not reached."""

    value: float
    costs: Mapping[str, tuple[float | None, ...]]
    text: str = ""
    lines: tuple[str, ...] = ()
    """The orders of the curves, where they depend on which bits are counted."""
    is_default: bool = False


def levels_of(curves: Sequence[Curve], metric: str, placed: Placed) -> list[Level]:
    """The levels of a metric, the easiest first: it is to fall to them, an accuracy to rise. None for one curve, or for
    metrics of which neither is known."""
    known, rises = metric.removesuffix("_avg"), larger_is_better(metric)
    if len(curves) < 2 or (not rises and (known not in TITLES or known in _NOT_FALLING)):
        return []
    turn = -1.0 if rises else 1.0  # what rises falls when it is negated
    courses = [_course(curve, metric, turn) for curve in curves]
    starts = [course[min(course)] for course in courses if course]
    if not starts:
        return []
    best = [min(course.values(), default=float("inf")) for course in courses]
    values = [value for value in _ladder(max(starts), min(best)) if sum(b <= value for b in best) > 1]
    chosen = _default(values, [b for b in best if b < max(starts)])
    labels, levels = [name_of(curve) for curve in curves], []
    for value in values:
        firsts = [_first(course, value) for course in courses]
        costs = {name: tuple(map(_at, own, firsts)) for name, own in placed.items()}
        goal = f"{with_signs(words(metric))} {'≥' if rises else '≤'} {value_text(turn * value)}"
        level = _level(labels, turn * value, costs, goal)
        levels.append(replace(level, is_default=value == chosen))
    return levels


def _course(curve: Curve, metric: str, turn: float) -> dict[int, float]:
    """The values of a curve, in the middle over seeds and times `turn`, by the number of its point."""
    found = bands(curve, metric, "median")
    rounds = [step[0].round for step in curve.steps("")]
    return {
        at: turn * found[round][1]
        for at, round in enumerate(rounds)
        if round in found and isfinite(found[round][1])
    }


def _first(course: Mapping[int, float], value: float) -> int | None:
    """The number of the first point of a course that is no higher than a value."""
    return next((at for at, middle in course.items() if middle <= value), None)


def _at(places: Sequence[float], number: int | None) -> float | None:
    return None if number is None else places[number]


def name_of(curve: Curve) -> str:
    """The label of a curve, without the number of its seeds."""
    return _SEEDS.sub("", curve.label)


def _default(values: Sequence[float], best: Sequence[float]) -> float | None:
    """The lowest level that half of the curves reach, and at least two."""
    enough = max(2, (len(best) + 1) // 2)
    reached = [value for value in values if sum(b <= value for b in best) >= enough]
    return min(reached, default=None)


def _ladder(start: float, end: float) -> list[float]:
    """Round numbers from a start down to an end, evenly on a logarithmic axis where the two are decades apart."""
    if not isfinite(start) or not end < start:
        return []
    if end > 0 and spans_decades([start, end]):
        return _thinned(list(_round_numbers(start, end)))
    steps = [start - (start - end) * k / MOST_LEVELS for k in range(1, MOST_LEVELS)]
    return sorted({_rounded(step, start - end) for step in steps} - {start}, reverse=True)


def _round_numbers(start: float, end: float) -> Iterator[float]:
    for power in range(floor(log10(start)), floor(log10(end)) - 1, -1):
        yield from (value for step in _STEPS if end <= (value := float(f"{step}e{power}")) < start)


def _thinned(values: Sequence[float]) -> list[float]:
    """The values, of many those at the ends of decades alone, and of very many some of these."""
    if len(values) > MOST_LEVELS:
        values = [value for value in values if f"{value:e}".startswith("1.")]
    return list(values[:: -(-len(values) // MOST_LEVELS)] if values else [])


def _rounded(value: float, span: float) -> float:
    """A number with two digits of a span."""
    return round(value, 1 - floor(log10(span)))


def _level(
    labels: Sequence[str], value: float, costs: Mapping[str, tuple[float | None, ...]], goal: str
) -> Level:
    counted = {name: costs[name] for name in ACCOUNTINGS if name in costs}
    orders = {name: _order(own, labels) for name, own in counted.items()}
    if not any(orders.values()):
        return Level(value, costs, f"No bits are sent until {goal}.")
    if not _flips(list(counted.values())):
        order = _listed(max(orders.values(), key=len))
        return Level(value, costs, f"Until {goal} the order is the same however bits are counted: {order}.")
    text = f"Until {goal} the order depends on which bits are counted."
    return Level(value, costs, text, tuple(_lines(counted, orders, labels)))


def _flips(costs: Sequence[Sequence[float | None]]) -> bool:
    """True where one curve is before another by some costs, and behind it by others."""
    curves = range(len(costs[0]) if costs else 0)
    return any(
        any(_less(own[i], own[j]) for own in costs) and any(_less(own[j], own[i]) for own in costs)
        for i in curves
        for j in curves
        if i < j
    )


def _less(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one < other * (1 - _SAME)


def _lines(
    costs: Mapping[str, Sequence[float | None]], orders: Mapping[str, Sequence[str]], labels: Sequence[str]
) -> Iterator[str]:
    """A line for each order: the accountings that make it, and who is first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, order in orders.items():
        groups.setdefault(tuple(order), []).append(name)
    for order, names in groups.items():
        counted = " and by ".join(ACCOUNTINGS[name] for name in names)
        yield f"By {counted}: {_leads(order, costs[names[0]], labels)}"


def _listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _order(costs: Sequence[float | None], labels: Sequence[str]) -> list[str]:
    reached = [(cost, label) for cost, label in zip(costs, labels, strict=True) if cost is not None]
    return [label for _, label in sorted(reached, key=lambda each: each[0])]


def _leads(order: Sequence[str], costs: Sequence[float | None], labels: Sequence[str]) -> str:
    """The order in words, with the cost per node of the first and the part by which it is below the second."""
    by_label = dict(zip(labels, costs, strict=True))
    first, second = by_label[order[0]] or 0.0, by_label[order[1]] or 0.0
    less = f"{second / first:.1f} times" if first and second > 2 * first else f"{1 - first / second:.0%}"
    less = less if second > first * (1 + _SAME) else "hardly"
    behind = f", then {_listed(order[2:])}" if len(order) > 2 else ""
    return f"{order[0]} needs the fewest, {bits_text(first)} per node, {less} fewer than {order[1]}{behind}."
