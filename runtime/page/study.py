"""Curves of runs on one problem as the data of a page: places along every axis, values of every metric, levels reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import isfinite
from typing import Any

from cablese.dsl.text.printable import printable
from cablese.dsl.text.records import record

from ..execute.interface import Recording, larger_is_better
from ..report.axes import PREDICTED, QUANTITIES, Axis
from ..report.labels import Curve, curves
from ..report.metrics import leading, with_signs, words
from ..report.plot import linear_below, setting_of, spans_decades
from ..report.series import SPREADS, bands, places
from .levels import Level, Placed, levels_of, name_of

_DIGITS = 9
"""Significant digits of numbers in a page: more than a screen has points."""


@record
class Study:
    """Curves on one problem: their places by axis and values by metric are those of `cablese plot`. Axes are in whole units,
    per node where they are shared out among nodes. `predicted` are the curves over a network, in the same order."""

    curves: tuple[Curve, ...]
    predicted: tuple[Curve, ...] = ()

    @property
    def axes(self) -> dict[str, Axis]:
        """The axes along which some curve moves, by name."""
        axes = {name: _axis(name) for name in QUANTITIES if name != PREDICTED or self.predicted}
        return {name: axis for name, axis in axes.items() if any(map(any, self.places(name, axis)))}

    @property
    def title(self) -> str:
        """The problem and its size."""
        return setting_of(self.curves)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that any of the runs measured, the leading one first."""
        points = chain.from_iterable(run.points for curve in self.curves for run in curve.recordings)
        found = dict.fromkeys(name for point in points for name in point.metrics)
        first = leading(found)
        return tuple(dict.fromkeys([*([first] if first else []), *found]))

    def places(self, name: str, axis: Axis) -> Iterable[tuple[float, ...]]:
        """The places of points along an axis, for each curve."""
        drawn = self.predicted if name == PREDICTED else self.curves
        return (places(curve, "", axis) for curve in drawn)


def study_of(recordings: Sequence[Recording], predicted: Sequence[Recording] = ()) -> Study:
    """The study of runs on one problem, those that differ by their seed alone as one curve."""
    return Study(curves(recordings), curves(predicted))


def _axis(name: str) -> Axis:
    quantity = QUANTITIES[name]
    return Axis(quantity, f"bits {quantity.words}" if quantity.in_bits else quantity.words)


def study_record(study: Study) -> dict[str, Any]:
    """The study as JSON."""
    placed = {name: [*study.places(name, axis)] for name, axis in study.axes.items()}
    return {
        "title": printable(study.title),
        "axes": [_axis_record(name, axis, placed[name]) for name, axis in study.axes.items()],
        "metrics": [_metric_record(study, name, placed) for name in study.metrics],
        "curves": [
            _curve_record(curve, study.metrics, {name: own[at] for name, own in placed.items()})
            for at, curve in enumerate(study.curves)
        ],
    }


def _axis_record(name: str, axis: Axis, placed: Sequence[Sequence[float]]) -> dict[str, Any]:
    ends = [own[-1] for own in placed if own]
    knee = linear_below(ends)
    return {
        "name": name,
        "label": axis.label,
        "in_bits": axis.quantity.in_bits,
        "shared": axis.quantity.shared,
        "knee": None if knee is None else _number(knee),
    }


def _metric_record(study: Study, name: str, placed: Placed) -> dict[str, Any]:
    middles = [band[1] for curve in study.curves for band in bands(curve, name, "median").values()]
    return {
        "name": name,
        "label": printable(with_signs(words(name))),
        "log": spans_decades(middles),
        "rises": larger_is_better(name),
        "levels": [_level_record(level) for level in levels_of(study.curves, name, placed)],
    }


def _level_record(level: Level) -> dict[str, Any]:
    return {
        "value": _number(level.value),
        "is_default": level.is_default,
        "costs": {name: [_number(cost) for cost in own] for name, own in level.costs.items()},
        "text": printable(level.text),
        "lines": [*map(printable, level.lines)],
    }


def _curve_record(
    curve: Curve, metrics: Sequence[str], placed: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    rounds = [step[0].round for step in curve.steps("")]
    centres = SPREADS if len(curve.recordings) > 1 else ["median"]
    return {
        "label": printable(name_of(curve)),
        "n": curve.header.n,
        "runs": len(curve.recordings),
        "places": {name: [*map(_number, own)] for name, own in placed.items()},
        "values": {
            name: {centre: _band_record(curve, name, centre, rounds) for centre in centres}
            for name in metrics
        },
    }


def _band_record(curve: Curve, metric: str, centre: str, rounds: Sequence[int]) -> dict[str, Any]:
    """The middle of a band, and its ends where a curve has several runs: a value for each of its places, or null."""
    found = bands(curve, metric, centre)
    sides = {"low": 0, "middle": 1, "high": 2} if len(curve.recordings) > 1 else {"middle": 1}
    return {
        side: [_number(found[round][place]) if round in found else None for round in rounds]
        for side, place in sides.items()
    }


def _number(value: float | None) -> float | None:
    """A number as a page holds it: null where there is none that a curve could go through."""
    if value is None or not isfinite(value):
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
