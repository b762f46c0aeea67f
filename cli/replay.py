"""`cablese replay TRACE…`: the time that finished runs would take over a network, from their traces alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags

if TYPE_CHECKING:
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.network import Links
    from cablese.runtime.execute.replay import Replayed
    from cablese.runtime.report.accuracy import Accuracy


@click.command()
@click.argument("traces", nargs=-1, required=True, metavar="TRACE...")
@flags.once(
    "--network", metavar="TEXT", help="The links, such as 'up = 100Mbps, down = 1Gbps, latency = 20ms'."
)
@flags.once(
    "--gradient-time",
    metavar="TIME",
    help="Time of a gradient of all of a node's samples, perhaps drawn: '5ms + exponential(2ms)' [0s].",
)
@flags.once("--until", metavar="TEXT", help="Seconds until a metric is reached, too: 'grad_norm2 <= 1e-8'.")
@flags.once("--seed", type=int, metavar="SEED", help="Of what is drawn for nodes [0].")
@flags.once(
    "--plot",
    type=Path,
    metavar="FILE",
    help="Metrics against predicted time; with --until, the seconds until then against bandwidth.",
)
@click.option(
    "--json", is_flag=True, help="The seconds as JSON on standard output, with those until each point."
)
def replay(
    traces: tuple[str, ...],
    network: str | None,
    gradient_time: str | None,
    until: str | None,
    seed: int | None,
    plot: Path | None,
    json: bool,
) -> None:
    """Tell how long finished runs would take over a network, without running them again.

    TRACE is a trace, or a folder of runs. It tells what each message sent between two points; links and latencies turn that
    into seconds.
    """
    from functools import partial

    from cablese.runtime.execute.laws import NO_TIME
    from cablese.runtime.execute.network import read_network, read_time
    from cablese.runtime.execute.replay import replay as replayed
    from cablese.runtime.report.accuracy import read_accuracy
    from cablese.runtime.report.labels import labelled
    from cablese.runtime.report.replay import replay_records, replay_report
    from cablese.runtime.store import read_runs

    from .launch import show, show_json

    if network is None:
        example = "'up = 100Mbps, down = 1Gbps, latency = 20ms'"
        raise click.UsageError(f"give the links with --network, such as {example}.")
    links = read_network(network)
    gradient = NO_TIME if gradient_time is None else read_time(gradient_time)
    if plot is not None:
        from cablese.runtime.report.figure_files import check_replaces_figure

        check_replaces_figure(plot)
    recordings = list(read_runs(traces))
    accuracy = None if until is None else read_accuracy(until, recordings)
    again = partial(replayed, gradient=gradient, seed=seed or 0)
    found, runs = [again(recording, links) for recording in recordings], labelled(recordings)
    if json:
        show_json(replay_records(runs, found, accuracy))
    else:
        show(replay_report(runs, found, links, accuracy))
    if plot is not None:
        _draw(plot, recordings, accuracy, links, again)


def _draw(
    plot: Path,
    recordings: list[Recording],
    accuracy: Accuracy | None,
    links: Links,
    again: Callable[[Recording, Links], Replayed],
) -> None:
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.report.labels import curves, labelled
    from cablese.runtime.report.plot import View, figure
    from cablese.runtime.report.replay import bandwidth_figure

    if accuracy is not None:
        save_figure(bandwidth_figure(labelled(recordings), links, again, accuracy), plot)
        return
    runs = curves([again(recording, links).predicted for recording in recordings])
    save_figure(figure(runs, View(clock="predicted time (s)")), plot)
