"""Seconds of methods against the rate of links: of a round, or until an accuracy, by the rounds of traces or guarantees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..execute import network_errors as errors
from ..execute.cost import Cost
from ..execute.interface import Recording
from ..execute.laws import Law
from ..execute.network import Links
from ..execute.rate import Rate
from ..execute.round_time import seconds_of
from .accuracy import Accuracy
from .plot import lines_figure
from .replay import SPEEDS, rate_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def cost_figure(costs: Sequence[Cost], links: Links, gradient: Law) -> Figure:
    """Seconds of a round of each method against the rate of the links, all scaled alike; where there is a range, at most."""
    return _figure({cost.algorithm: (cost, 1) for cost in costs}, links, gradient, "seconds a round")


def accuracy_figure(
    costs: Sequence[Cost], recordings: Sequence[Recording], until: Accuracy, links: Links, gradient: Law
) -> Figure:
    """The same, times the rounds that the runs of each method took until an accuracy. UsageError for a method without such a
    run."""
    found = {}
    for cost in costs:
        own = [run for run in recordings if run.header is not None and run.header.algorithm == cost.algorithm]
        reached = [rounds for run in own if (rounds := _rounds(run, until)) is not None]
        if not reached:
            raise errors.no_run(cost.algorithm, until.text if own else "")
        found[cost.algorithm] = (cost, min(reached))
    return _figure(found, links, gradient, f"seconds until {until.text}")


def rate_figure(
    costs: Sequence[Cost], rates: Sequence[Rate], until: Accuracy, links: Links, gradient: Law
) -> Figure:
    """The same, times the rounds that each method's guarantee allows until an accuracy."""
    found = {cost.algorithm: (cost, rate.rounds) for cost, rate in zip(costs, rates, strict=True)}
    return _figure(found, links, gradient, f"seconds at most until {until.text}")


def _rounds(run: Recording, until: Accuracy) -> int | None:
    reached = (p.round for p in run.points if p.metrics.get(until.metric, float("inf")) <= until.bound)
    return next(reached, None)


def _figure(found: dict[str, tuple[Cost, int]], links: Links, gradient: Law, up: str) -> Figure:
    base, across = rate_of(links)
    curves = {
        name: [rounds * seconds_of(cost, links.faster(speed), gradient).total.most for speed in SPEEDS]
        for name, (cost, rounds) in found.items()
    }
    return lines_figure([base * speed for speed in SPEEDS], curves, across, up)
