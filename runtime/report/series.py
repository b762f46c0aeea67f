"""Series of a figure: what the runs of a curve measured against what they had spent, with a band over seeds."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from statistics import fmean, median, pstdev, quantiles

from cablese.dsl.text.records import record

from ..execute.interface import Point
from .axes import Axis
from .labels import Curve, header_of

Spread = Callable[[Sequence[float]], tuple[float, float, float]]


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0],) * 3
    return low, median(values), high


def _deviation(values: Sequence[float]) -> tuple[float, float, float]:
    mean, deviation = fmean(values), pstdev(values)
    return mean - deviation, mean, mean + deviation


SPREADS: Mapping[str, tuple[Spread, str]] = {
    "median": (_quartiles, "median and quartiles"),
    "mean": (_deviation, "mean and standard deviation"),
}
"""Bands over seeds by the name of their centre: a low, a middle and a high value of several, and the band in words."""


@record
class Series:
    """A line: places and values of equal number, and the band around it, which one run does not have."""

    places: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def series(curve: Curve, metric: str, axis: Axis, centre: str) -> Series:
    """The series of a metric along an axis: at each round that all runs measured, their mean place and the band's middle."""
    band = bands(curve, metric, centre)
    at = places(curve, metric, axis)
    low, middle, high = zip(*band.values(), strict=True) if band else ((), (), ())
    return Series(at, middle, low, high) if len(curve.recordings) > 1 else Series(at, middle)


def places(curve: Curve, metric: str, axis: Axis) -> tuple[float, ...]:
    """The mean places along an axis of the points that all runs of a curve measured after the same round."""
    headers = [header_of(run) for run in curve.recordings]
    return tuple(
        fmean(axis.value(point, header) for point, header in zip(step, headers, strict=True))
        for step in curve.steps(metric)
    )


def bands(curve: Curve, metric: str, centre: str) -> dict[int, tuple[float, float, float]]:
    """A low, a middle and a high value of a metric over the runs of a curve, by the round that all of them measured."""
    spread, _ = SPREADS[centre]
    steps = curve.steps(metric)
    return {step[0].round: spread([_value(point, metric) for point in step]) for step in steps}


def _value(point: Point, metric: str) -> float:
    return point.metrics[metric] if metric else 0.0


def table_text(curves: Sequence[Curve], metrics: Sequence[str], axes: Mapping[str, Axis], centre: str) -> str:
    """All series of a figure as CSV: one line a point, with the band's ends where a curve has several seeds."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["curve", "metric", "axis", "place", "value", "low", "high"])
    for curve in curves:
        for metric in metrics:
            for name, axis in axes.items():
                line = series(curve, metric, axis, centre)
                bands = zip(line.low, line.high, strict=True) if line.low else [("", "")] * len(line.places)
                for place, value, band in zip(line.places, line.values, bands, strict=True):
                    writer.writerow([curve.label, metric, name, repr(place), repr(value), *band])
    return text.getvalue()
