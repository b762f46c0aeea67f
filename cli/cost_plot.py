"""Figures of `cablese cost`: seconds of a round, or until an accuracy, against the rate of links."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cablese.runtime.execute.cost import Cost
    from cablese.runtime.execute.laws import Law
    from cablese.runtime.execute.network import Links
    from cablese.runtime.execute.rate import Rate


def check_figure(plot: Path | None, network: str | None, traces: Sequence[str], until: str | None) -> None:
    """Raise UsageError unless a figure that is asked for can be drawn."""
    if traces and until is None:
        raise click.UsageError("--from is of runs until an accuracy: give --until, too.")
    if plot is None:
        if traces:
            raise click.UsageError("--from is of the figure: give --plot, too.")
        return
    from cablese.runtime.report.figure_files import check_replaces_figure

    if network is None:
        raise click.UsageError("--plot is of seconds over a network: give --network, too.")
    check_replaces_figure(plot)


def draw_costs(plot: Path, costs: list[Cost], links: Links, gradient: Law) -> None:
    """Draw the seconds of a round."""
    from cablese.runtime.report.cost_figure import cost_figure
    from cablese.runtime.report.figure_files import save_figure

    save_figure(cost_figure(costs, links, gradient), plot)


def draw_until(
    plot: Path, costs: list[Cost], rates: list[Rate], traces: Sequence[str], until: str, links: Links,
    gradient: Law,
) -> None:  # fmt: skip
    """Draw the seconds until an accuracy, by the rates of guarantees, or by runs where there are traces."""
    from cablese.runtime.report.accuracy import read_accuracy
    from cablese.runtime.report.cost_figure import accuracy_figure, rate_figure
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.store import read_runs

    recordings = list(read_runs(traces))
    accuracy = read_accuracy(until, recordings)
    if recordings:
        save_figure(accuracy_figure(costs, recordings, accuracy, links, gradient), plot)
    else:
        save_figure(rate_figure(costs, rates, accuracy, links, gradient), plot)
