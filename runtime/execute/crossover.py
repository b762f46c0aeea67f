"""The values of a whole number in settings for which one of two methods sends less than the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from . import setup_errors as errors
from .cost import costs_of
from .scale import Scale

GRID = 16
"""Values, evenly apart by their logarithms, between which a change of sides is looked for."""

_SPAN = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(\d+)\s*\.\.\s*(\d+)\s*")


@record
class Span:
    """A name that settings hold, and the whole numbers that it stands for."""

    name: str
    first: int
    last: int


@record
class Stretch:
    """Numbers of a span, both ends included, and the place of the method that sends less; None where neither does."""

    first: int
    last: int
    ahead: int | None


def read_span(text: str) -> Span:
    """The span of `K=1..1000`; UsageError for another text."""
    found = _SPAN.fullmatch(text)
    if found is None or int(found[2]) > int(found[3]):
        raise errors.no_span(text)
    return Span(found[1], int(found[2]), int(found[3]))


def stretches(sources: Sequence[Source], scale: Scale, span: Span) -> list[Stretch]:
    """The method that sends less, up and down together, by the span's number; changes are found between points of a
    grid, at most one between two."""
    if len(sources) != 2:
        raise errors.not_two(len(sources))
    if not any(_holds(setting, span.name) for setting in scale.options.settings):
        raise errors.not_in_settings(span.name)
    side = lru_cache(maxsize=None)(lambda number: _ahead(sources, scale, span.name, number))
    found: list[Stretch] = []
    grid = _grid(span.first, span.last)
    start = grid[0]
    for low, high in pairwise(grid):
        while side(low) != side(high):
            last = _last_alike(side, low, high)
            found.append(Stretch(start, last, side(low)))
            low = start = last + 1
    return [*found, Stretch(start, grid[-1], side(grid[-1]))]


def _grid(first: int, last: int) -> list[int]:
    steps = (round(first * (last / first) ** (place / GRID)) for place in range(GRID + 1)) if first else ()
    return sorted({first, last, *steps})


def _last_alike(side: Callable[[int], int | None], low: int, high: int) -> int:
    """The last number with the side of the lower one, where there is one change."""
    first = side(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if side(middle) == first else (low, middle)
    return low


def _as_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{name}\b")


def _holds(setting: str, name: str) -> bool:
    return _as_word(name).search(setting.partition("=")[2]) is not None


def _ahead(sources: Sequence[Source], scale: Scale, name: str, number: int) -> int | None:
    settings = [_bound(setting, name, number) for setting in scale.options.settings]
    own = replace(scale, options=replace(scale.options, settings=tuple(settings)))
    one, other = (cost.bits(up=True) + cost.bits(up=False) for cost in costs_of(sources, own))
    if one.most < other.least:
        return 0
    return 1 if other.most < one.least else None


def _bound(setting: str, name: str, number: int) -> str:
    target, equals, value = setting.partition("=")
    return target + equals + _as_word(name).sub(str(number), value)
