"""Expectations of a figure held against runs: our number beside the paper's, and whether it is as expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite, log10
from statistics import fmean, median
from typing import TYPE_CHECKING, assert_never

from cablese.dsl.text.records import record

from ..execute.interface import Recording
from ..report.axes import QUANTITIES
from ..report.fitted import FittedTable
from ..report.labels import header_of
from ..report.metrics import words
from ..report.units import count_text, metric_text
from .figures import Below, Diverges, Expected, Experiment, Figure, Level, Reaches

if TYPE_CHECKING:
    from rich.console import RenderableType

_MET = {True: "met", False: "NOT MET", None: ""}

Runs = Mapping[str, Sequence[Recording]]
"""The runs of an experiment by the name of their curve, one a seed."""


@record
class Verdict:
    """An expectation of an experiment in words, our number, the paper's and the one expected, and whether it is met; None
    where a number only stands beside the paper's."""

    experiment: str
    what: str
    ours: str
    expected: str
    paper: str
    met: bool | None


def verdicts(figure: Figure, experiment: Experiment, runs: Runs, *, quick: bool) -> list[Verdict]:
    """The verdicts on all that is expected of an experiment."""
    own = (one for one in figure.expected if not one.experiments or experiment.name in one.experiments)
    return [_verdict(one, experiment.name, runs, quick) for one in own]


def _verdict(expected: Expected, experiment: str, runs: Runs, quick: bool) -> Verdict:
    match expected:
        case Level():
            return _level(expected, experiment, runs, quick)
        case Reaches():
            return _reaches(expected, experiment, runs, quick)
        case Below():
            return _below(expected, experiment, runs)
        case Diverges():
            return _diverges(expected, experiment, runs)
        case _:
            assert_never(expected)


def _level(level: Level, experiment: str, runs: Runs, quick: bool) -> Verdict:
    ours = median(_last(run, level.metric) for run in runs[level.curve])
    name = words(level.metric)
    if level.log10:
        ours, name = log10(ours) if ours > 0 else float("-inf"), f"log10 {name}"
    wanted = level.quick if quick else level.full
    return Verdict(
        experiment,
        f"{level.curve}: {name}",
        metric_text(ours),
        "" if wanted is None else f"{metric_text(wanted)} +- {level.tolerance:g}",
        "" if level.paper is None or quick else metric_text(level.paper),
        None if wanted is None else abs(ours - wanted) <= level.tolerance,
    )


def _reaches(cost: Reaches, experiment: str, runs: Runs, quick: bool) -> Verdict:
    ours = median(_spent_until(run, cost) for run in runs[cost.curve])
    wanted = cost.quick if quick else cost.full
    return Verdict(
        experiment,
        f"{cost.curve}: {cost.at} to {words(cost.metric)} {cost.level:g}",
        count_text(ours) if isfinite(ours) else "never",
        "" if wanted is None else f"{count_text(wanted)} +- {cost.tolerance:.0%}",
        "" if cost.paper is None or quick else count_text(cost.paper),
        None if wanted is None else abs(ours - wanted) <= cost.tolerance * wanted,
    )


def _spent_until(run: Recording, cost: Reaches) -> float:
    """The quantity that a run has spent until the first point beyond the level, seen from its start; inf without one."""
    points = [point for point in run.points if cost.metric in point.metrics]
    side = 1 if points[0].metrics[cost.metric] > cost.level else -1
    beyond = (point for point in points if side * (point.metrics[cost.metric] - cost.level) <= 0)
    first = next(beyond, None)
    return inf if first is None else QUANTITIES[cost.at].value(first, header_of(run))


def _below(order: Below, experiment: str, runs: Runs) -> Verdict:
    quantity = QUANTITIES[order.at]
    ends = [
        fmean(quantity.value(run.points[-1], header_of(run)) for run in runs[name])
        for name in (order.lower, order.upper)
    ]
    lower, upper = (_reached(runs[name], order, min(ends)) for name in (order.lower, order.upper))
    return Verdict(
        experiment,
        f"{order.lower} below {order.upper}: {words(order.metric)} at equal {order.at}",
        f"{metric_text(lower)} < {metric_text(upper)}"
        if lower < upper
        else f"{metric_text(lower)} >= {metric_text(upper)}",
        "below",
        "",
        lower < upper,
    )


def _reached(runs: Sequence[Recording], order: Below, most: float) -> float:
    """The median over runs of a metric at the last point at which no more than `most` of a quantity was spent."""
    quantity = QUANTITIES[order.at]
    return median(
        [
            p.metrics[order.metric]
            for p in run.points
            if quantity.value(p, header_of(run)) <= most * (1 + 1e-12)
        ][-1]
        for run in runs
    )


def _diverges(expected: Diverges, experiment: str, runs: Runs) -> Verdict:
    ends = [
        (run.points[0].metrics[expected.metric], _last(run, expected.metric)) for run in runs[expected.curve]
    ]
    failed = [run.summary is not None and run.summary.failed for run in runs[expected.curve]]
    start, end = (median(values) for values in zip(*ends, strict=True))
    met = all(failed) or not isfinite(end) or end > start
    shown = "the run fails" if all(failed) else f"{metric_text(start)} -> {metric_text(end)}"
    return Verdict(experiment, f"{expected.curve}: {words(expected.metric)}", shown, "diverges", "", met)


def _last(run: Recording, metric: str) -> float:
    return run.points[-1].metrics[metric]


def verdict_report(found: Sequence[Verdict]) -> RenderableType:
    """The table of verdicts."""
    with_paper = any(verdict.paper for verdict in found)
    headings = ("experiment", "what", "ours", "expected", *(["paper"] if with_paper else []), "")
    table = FittedTable(headings, right=(2, 3, *([4] if with_paper else [])))
    for one in found:
        papers = [one.paper] if with_paper else []
        table.add_row(one.experiment, one.what, one.ours, one.expected, *papers, _MET[one.met])
    return table
