"""`cablese plot RUN…`: figures of finished runs, along any axis, without running again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.report.labels import Curve

_TABLE = ".csv"


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@flags.once(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=(Path("plot.png"),),
    metavar="FILE",
    help="A .png, .pdf, .svg or .pgf, a .csv of the points drawn, or - for the terminal [plot.png].",
)
@flags.once(
    "--x", metavar="AXIS,…", help="rounds, bits_up, bits_down, bits, bits_paper, MB, epochs, … [by the runs]."
)
@flags.once("--y", metavar="METRIC,…", help="Metrics that the runs measured [by the runs].")
@flags.once(
    "--per", type=click.Choice(("node", "total")), help="Bits of a node in the mean, or of all [node]."
)
@flags.once("--scale", type=click.Choice(("auto", "log", "linear")), help="Of the vertical axes [auto].")
@flags.once(
    "--style",
    type=click.Choice(("screen", "single", "double")),
    help="As large as its panels need, or for one or two columns of a paper [screen].",
)
@flags.once(
    "--centre", type=click.Choice(("median", "mean")), help="Of several seeds, and so their band [median]."
)
@flags.once(
    "--heat",
    metavar="NAME,NAME",
    help="Draw a heat map instead: what a sweep over two names reached at each pair of their values.",
)
@flags.once("--budget", metavar="NAME=B", help="Of --heat: within bits_up=1e6, rounds=100, … [the end].")
@flags.once(
    "--network",
    metavar="TEXT",
    help="Take for `seconds` those that the runs would take over these links, as `replay` does.",
)
@flags.once("--gradient-time", metavar="TIME", help="Of --network, as in `replay` [0s].")
@click.option("--force", is_flag=True, help="Let a .csv replace another text.")
def plot(
    runs: tuple[str, ...],
    out: Path,
    x: str | None,
    y: str | None,
    per: str | None,
    scale: str | None,
    style: str | None,
    centre: str | None,
    heat: str | None,
    budget: str | None,
    network: str | None,
    gradient_time: str | None,
    force: bool,
) -> None:
    """Draw finished runs again: trace files, or folders that --out made. Seeds of one method and setting are one curve."""
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.report.labels import curves
    from cablese.runtime.report.plot import axes_of, figure, metrics_of, read_view
    from cablese.runtime.report.series import table_text
    from cablese.runtime.report.text_figure import TERMINAL
    from cablese.runtime.store import read_runs

    from .guard import say
    from .launch import show_drawing

    view = read_view(x or "", y or "", per or "node", scale or "auto", style or "screen", centre or "median")
    found = list(read_runs(runs))
    if network is not None:
        found, view = _predicted(found, network, gradient_time), replace(view, clock="predicted time (s)")
    elif gradient_time is not None:
        raise click.UsageError("--gradient-time is of runs over a network: give --network, too.")
    drawn = curves(found)
    if not drawn:
        raise _nothing_measured(runs)
    if heat is not None:
        _draw_heat(drawn, heat, view.y, budget, out)
    elif budget is not None:
        raise click.UsageError("--budget is of a heat map: give --heat, too.")
    elif out == Path(TERMINAL):
        show_drawing(found, view)
        return
    elif out.suffix.lower() == _TABLE:
        from cablese.runtime.output_texts import write_text

        text = table_text(drawn, metrics_of(drawn, view), axes_of(drawn, view), view.centre)
        write_text(out, text, force=force)
    else:
        save_figure(figure(drawn, view), out)
    say(f"wrote {out}")


def _draw_heat(
    drawn: Sequence[Curve], names: str, metrics: Sequence[str], budget: str | None, out: Path
) -> None:
    """Write the heat map of a sweep. Raises UsageError for several metrics, or a table in place of a figure."""
    from cablese.runtime.report.best import read_budget
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.report.grids import read_axes
    from cablese.runtime.report.heat_map import heat_map

    if len(metrics) > 1:
        raise click.UsageError("--heat shows one metric: give --y one name.")
    metric = metrics[0] if metrics else None
    save_figure(heat_map(drawn, read_axes(names), metric, read_budget(budget or "")), out)


def _predicted(recordings: Sequence[Recording], network: str, gradient_time: str | None) -> list[Recording]:
    """The runs with the seconds that they would take over a network."""
    from cablese.runtime.execute.laws import NO_TIME
    from cablese.runtime.execute.network import read_network, read_time
    from cablese.runtime.execute.replay import replay

    links = read_network(network)
    gradient = NO_TIME if gradient_time is None else read_time(gradient_time)
    return [replay(recording, links, gradient).predicted for recording in recordings]


def _nothing_measured(runs: tuple[str, ...]) -> Exception:
    from cablese.runtime.errors import UsageError

    return UsageError(f"{', '.join(runs)}: there is no point of a run to draw.")
