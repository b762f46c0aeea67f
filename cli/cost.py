"""`cablese cost SPEC…`: what methods send, ask and hold in a round, from their plans alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import flags
from .guard import echo
from .run_flags import set_option

if TYPE_CHECKING:
    from cablese.runtime.execute.cost import Cost, Scale
    from cablese.runtime.execute.laws import Law
    from cablese.runtime.execute.network import Links

MOST = 10**15
"""What a count may be: floats tell such numbers apart."""


def count(text: str) -> int:
    """A whole number, which may be written as 1e9; fails for a text that is none."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (1 <= number <= MOST and number.is_integer()):
        raise click.BadParameter(f"{text!r} is not a whole number from 1 to {MOST:.0e}.")
    return int(number)


@click.command()
@flags.spec_arguments
@flags.once("--nodes", "-n", type=count, metavar="N", help="Number of nodes [10].")
@flags.once("--dim", "d", type=count, metavar="D", help="Length of the model [1000].")
@flags.once("--rounds", "-k", type=int, metavar="K", help="Rounds that the mean is over [1000].")
@flags.once("--samples", type=count, metavar="M", help="Samples of every node, for params that read them.")
@flags.once("--wire", metavar="float32|float64|float16", help="Type of floats in messages [float32].")
@flags.once(
    "--bits",
    "count",
    type=click.Choice(("codec", "paper", "entropy", "dense")),
    help="How compressed vectors count: as sent, as their papers do, by their information, or as uncompressed [codec].",
)
@flags.once("--graph", metavar="GRAPH", help="Of a method on a graph, as in `run` [ring].")
@flags.once("--groups", type=int, metavar="G", help="Of a method with groups: how many there are [1].")
@flags.once(
    "--network",
    metavar="TEXT",
    help="Seconds of a round over 'up = 100Mbps, down = 1Gbps, latency = 20ms', the server's.",
)
@flags.once("--gradient-time", metavar="TIME", help="Time of a gradient of all of a node's samples [0s].")
@flags.once(
    "--cross",
    metavar="K=A..B",
    help="Alone of two specs: for which whole numbers K in --set each sends less.",
)
@set_option
@flags.once(
    "--plot",
    type=Path,
    metavar="FILE",
    help="Seconds of a round against the rate of links; with --from and --until, seconds until then.",
)
@click.option(
    "--from",
    "traces",
    multiple=True,
    metavar="TRACE",
    help="Runs of the specs, whose rounds until --until count. May be repeated.",
)
@flags.once("--until", metavar="TEXT", help="The accuracy of --plot: 'grad_norm2 <= 1e-8'.")
@click.option("--json", is_flag=True, help="The costs as JSON on standard output.")
def cost(
    specs: tuple[str, ...],
    d: int | None,
    samples: int | None,
    count: str | None,
    network: str | None,
    gradient_time: str | None,
    cross: str | None,
    plot: Path | None,
    traces: tuple[str, ...],
    until: str | None,
    json: bool,
    **given: Any,
) -> None:
    """Show what a round of each method costs in the mean, without running it: bits by message, up and down.

    Several specs come in one table as well. `--set` reaches those that have the name.
    """
    from cablese.runtime.execute.cost import Scale, costs_of
    from cablese.runtime.execute.laws import NO_TIME
    from cablese.runtime.execute.network import read_network, read_time
    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.execute.round_time import seconds_of
    from cablese.runtime.report.cost import cost_records, cost_report

    from .launch import show, show_json
    from .spec_sources import spec_source

    scale = Scale(make_options(given), 1000 if d is None else d, samples, count or "codec")
    if cross is not None:
        _show_crossover(specs, scale, cross)
        return
    if network is None and gradient_time is not None:
        raise click.UsageError("--gradient-time is of a round over a network: give --network, too.")
    if plot is not None:
        _check_figure(plot, network, traces, until)
    elif traces or until is not None:
        raise click.UsageError("--from and --until are of the figure: give --plot, too.")
    star = None if network is None else read_network(network)
    gradient = NO_TIME if gradient_time is None else read_time(gradient_time)
    costs = costs_of([spec_source(spec) for spec in specs], scale)
    seconds = None if star is None else [seconds_of(each, star, gradient) for each in costs]
    if json:
        show_json(cost_records(costs, seconds))
    else:
        show(cost_report(costs, star, seconds))
    if plot is not None and star is not None:
        _draw(plot, costs, star, gradient, traces, until)


def _check_figure(plot: Path, network: str | None, traces: tuple[str, ...], until: str | None) -> None:
    """Raise UsageError unless the figure can be drawn."""
    from cablese.runtime.report.figure_files import check_replaces_figure

    if network is None:
        raise click.UsageError("--plot is of seconds over a network: give --network, too.")
    if bool(traces) != (until is not None):
        raise click.UsageError("--from and --until belong together: runs, and the accuracy to reach.")
    check_replaces_figure(plot)


def _draw(
    plot: Path, costs: list[Cost], links: Links, gradient: Law, traces: tuple[str, ...], until: str | None
) -> None:
    from cablese.runtime.report.accuracy import read_accuracy
    from cablese.runtime.report.cost_figure import accuracy_figure, cost_figure
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.tracing import read_traces

    if until is None:
        save_figure(cost_figure(costs, links, gradient), plot)
        return
    recordings = [recording for trace in traces for recording in read_traces(Path(trace))]
    accuracy = read_accuracy(until, recordings)
    save_figure(accuracy_figure(costs, recordings, accuracy, links, gradient), plot)


def _show_crossover(specs: tuple[str, ...], scale: Scale, cross: str) -> None:
    from cablese.runtime.execute.crossover import read_span, stretches
    from cablese.runtime.report.cost import crossover_lines

    from .spec_sources import spec_source

    span = read_span(cross)
    found = stretches([spec_source(spec) for spec in specs], scale, span)
    for line in crossover_lines(found, span, specs):
        echo(line + "\n")
