"""`cablese cost SPEC…`: what methods send, ask and hold in a round, from their plans alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import flags
from .guard import echo
from .run_flags import set_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cablese.dsl.text.source import Source
    from cablese.runtime.execute.cost import Cost
    from cablese.runtime.execute.options import Options
    from cablese.runtime.execute.rate import Rate
    from cablese.runtime.execute.round_time import Seconds
    from cablese.runtime.execute.scale import Scale

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
@flags.once(
    "--constants",
    metavar="NAME=X,…",
    help="Numbers of the problem: 'L = 2, mu = 0.1', and of the start for --until: 'f_gap0 = 10'.",
)
@flags.once("--problem", metavar="PROBLEM", help="Take size, samples and constants of this problem instead.")
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
    help="Seconds of a round against the rate of links; with --until, seconds until then.",
)
@click.option(
    "--from",
    "traces",
    multiple=True,
    metavar="TRACE",
    help="Of --plot: runs of the specs, whose rounds until --until count instead. May be repeated.",
)
@flags.once(
    "--until",
    metavar="TEXT",
    help="Rounds until 'grad_norm2 <= 1e-8', by the guarantees of the specs, from --constants or --problem.",
)
@click.option("--json", is_flag=True, help="The costs as JSON on standard output.")
def cost(
    specs: tuple[str, ...],
    d: int | None,
    samples: int | None,
    constants: str | None,
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
    from itertools import chain

    from cablese.runtime.execute.cost import costs_of
    from cablese.runtime.execute.laws import NO_TIME
    from cablese.runtime.execute.network import read_network, read_time
    from cablese.runtime.execute.rate import rates_of
    from cablese.runtime.execute.round_time import seconds_of
    from cablese.runtime.report.accuracy import read_accuracy
    from cablese.runtime.report.cost import cost_report
    from cablese.runtime.report.until import rates_table

    from .cost_plot import check_figure, draw_costs, draw_until
    from .launch import show, show_json
    from .spec_sources import spec_source

    if network is None and gradient_time is not None:
        raise click.UsageError("--gradient-time is of a round over a network: give --network, too.")
    check_figure(plot, network, traces, until)
    accuracy = None if until is None or traces else read_accuracy(until, ())
    sources = [spec_source(spec) for spec in specs]
    scale = _scale(sources[0], given, d, samples, count or "codec", constants)
    if cross is not None:
        if network is not None or until is not None:
            raise click.UsageError("--cross is of bits: leave out --network and --until.")
        _show_crossover(specs, sources, scale, cross, as_json=json)
        return
    star = None if network is None else read_network(network)
    gradient = NO_TIME if gradient_time is None else read_time(gradient_time)
    costs = costs_of(sources, scale)
    seconds = None if star is None else [seconds_of(each, star, gradient) for each in costs]
    rates = None if accuracy is None else rates_of(sources, scale, accuracy.metric, accuracy.bound)
    if json:
        show_json(_records(costs, seconds, rates))
    else:
        closing = (
            [rates_table(rates, accuracy, seconds)] if rates is not None and accuracy is not None else []
        )
        show(chain(cost_report(costs, star, seconds), closing))
    if plot is not None and star is not None:
        if until is None:
            draw_costs(plot, costs, star, gradient)
        else:
            draw_until(plot, costs, rates or [], traces, until, star, gradient)


def _scale(
    source: Source,
    given: dict[str, Any],
    d: int | None,
    samples: int | None,
    count: str,
    constants: str | None,
) -> Scale:
    """The sizes and numbers of the flags, or of the problem that they name; what a flag says counts."""
    from dataclasses import replace

    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.execute.scale import Scale, read_constants

    numbers = {} if constants is None else read_constants(constants)
    if given["problem"] is None:
        own = {name: value for name, value in given.items() if name != "problem"}
        return Scale(make_options(own), 1000 if d is None else d, samples, count, numbers)
    if d is not None:
        raise click.UsageError("--dim is a number of the --problem: leave out one of them.")
    scale = _scale_of_problem(source, make_options(given), count, numbers)
    return scale if samples is None else replace(scale, samples=samples)


def _records(
    costs: Sequence[Cost], seconds: Sequence[Seconds] | None, rates: Sequence[Rate] | None
) -> list[dict[str, Any]]:
    """The costs as JSON, with rounds until an accuracy where those were asked for."""
    from cablese.runtime.report.cost import cost_records
    from cablese.runtime.report.until import rate_records

    records = cost_records(costs, seconds)
    if rates is not None:
        for record, rate in zip(records, rate_records(rates, seconds), strict=True):
            record["until"] = rate
    return records


def _scale_of_problem(source: Source, options: Options, count: str, numbers: dict[str, float]) -> Scale:
    from cablese.dsl.check.program import ProblemKind
    from cablese.runtime.compiled import compiled
    from cablese.runtime.execute.problem_scale import scale_of_problem

    from .setting_up import shown_setup

    games = compiled(source).problem is not ProblemKind.MINIMIZE
    with shown_setup():
        return scale_of_problem(options, games, count, numbers)


def _show_crossover(
    specs: tuple[str, ...], sources: list[Source], scale: Scale, cross: str, *, as_json: bool
) -> None:
    from cablese.runtime.execute.crossover import read_span, stretches
    from cablese.runtime.report.cost import crossover_lines, crossover_records

    from .launch import show_json

    span = read_span(cross)
    found = stretches(sources, scale, span)
    if as_json:
        show_json(crossover_records(found, span, specs))
        return
    for line in crossover_lines(found, span, specs):
        echo(line + "\n")
