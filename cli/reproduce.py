"""`cablese reproduce NAME`: a figure or table of a paper, run, drawn, and held against what is expected of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.reproduce.figures import Curve, Experiment, Figure
    from cablese.runtime.reproduce.verdicts import Runs, Verdict


@click.command()
@click.argument("name", required=False)
@click.option("--quick", is_flag=True, help="Fewer rounds: the picture's beginning, in a minute.")
@flags.once("--out", metavar="DIR", help="The folder of runs and pictures [NAME, or NAME-quick].")
@flags.once("--data", metavar="DIR", help="The folder of the data sets [$CABLESE_DATA, or data].")
@click.option("--only", multiple=True, metavar="EXPERIMENT", help="One of its experiments; may be repeated.")
@click.option("--force", is_flag=True, help="Let new runs replace others there.")
def reproduce(
    name: str | None, quick: bool, out: str | None, data: str | None, only: tuple[str, ...], force: bool
) -> Exit | None:
    """Run a figure or table of a paper and hold it against what is expected; without NAME list what there is.

    NAME is one of those shipped, or a figure.toml of your own.
    """
    from cablese.runtime.reproduce.data_files import check_data
    from cablese.runtime.reproduce.figures import find
    from cablese.runtime.reproduce.verdicts import verdict_report

    from .launch import show

    if name is None:
        _list()
        return None
    figure, given = find(name), Path(data) if data else None
    chosen = _chosen(figure, only)
    check_data(figure, chosen, given)
    folder = Path(out or f"{Path(name).stem}{'-quick' if quick else ''}")
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Verdict] = []
    for experiment in chosen:
        ended = _run(figure, experiment, folder, given, quick=quick, force=force)
        if isinstance(ended, Exit):
            return ended
        found += ended
    show(iter([verdict_report(found)]))
    return None if all(verdict.met is not False for verdict in found) else Exit.WRONG_INPUT


def _list() -> None:
    from cablese.runtime.report.fitted import FittedTable
    from cablese.runtime.reproduce.figures import shipped

    from .launch import show

    table = FittedTable(("name", "what", "time"))
    for name, figure in shipped().items():
        table.add_row(name, figure.title, figure.time)
    show(iter([table]))


def _chosen(figure: Figure, only: Sequence[str]) -> tuple[Experiment, ...]:
    """The experiments asked for, all where none is. Raises UsageError for one that there is not."""
    names = [experiment.name for experiment in figure.experiments]
    for name in only:
        if name not in names:
            raise click.UsageError(f"--only takes {', '.join(names)}, not {name}.")
    return tuple(experiment for experiment in figure.experiments if not only or experiment.name in only)


def _run(
    figure: Figure, experiment: Experiment, folder: Path, data: Path | None, *, quick: bool, force: bool
) -> list[Verdict] | Exit:
    """Run the curves of an experiment into its folder, draw them, and judge; an exit where a signal ended them."""
    from cablese.runtime.reproduce.data_files import problem_of
    from cablese.runtime.reproduce.figures import groups
    from cablese.runtime.reproduce.verdicts import verdicts

    from .guard import say

    problem, own = problem_of(figure, experiment, data), groups(figure.curves)
    found: dict[str, list[Recording]] = {}
    for curves in own:
        options = figure.options(experiment, quick=quick, own=curves[0].run) | {"problem": problem}
        place = folder / experiment.name / (curves[0].name if len(own) > 1 else "")
        ended = _run_together(curves, options | {"out": str(place), "config": None, "force": force}, place)
        if isinstance(ended, Exit):
            return ended
        found |= ended
    runs = {curve.name: found[curve.name] for curve in figure.curves}
    picture = folder / f"{experiment.name}.png"
    _draw(figure, experiment, runs, picture)
    say(f"wrote {picture}")
    return verdicts(figure, experiment, runs, quick=quick)


def _run_together(
    curves: Sequence[Curve], options: dict[str, object], folder: Path
) -> dict[str, list[Recording]] | Exit:
    """Run curves that share all options into a folder; the runs of each by name, one a seed."""
    from cablese.runtime.errors import RunFailed
    from cablese.runtime.execute.comparison import entry_names
    from cablese.runtime.execute.methods import find_method
    from cablese.runtime.files.run_folder import TRACE
    from cablese.runtime.tracing import read_traces

    from .guard import say
    from .launch import read_request
    from .several import run_methods

    request = read_request(options)
    methods = [find_method(curve.method) for curve in curves]
    try:
        ended = run_methods(methods, request)
    except RunFailed as failure:  # a method that diverges may be what the figure shows: expectations decide
        say(str(failure))
    else:
        if ended is not None:
            return ended
    names = entry_names(methods, request.options.seed, request.seeds)
    traces = [list(read_traces(folder / name / TRACE)) for name in names]
    seeds = request.seeds
    return {
        curve.name: [run for own in traces[i * seeds : (i + 1) * seeds] for run in own]
        for i, curve in enumerate(curves)
    }


def _draw(figure: Figure, experiment: Experiment, runs: Runs, path: Path) -> None:
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.report.labels import Curve
    from cablese.runtime.report.plot import figure as drawn
    from cablese.runtime.report.plot import read_view

    curves = [Curve(name, tuple(group), name) for name, group in runs.items()]
    view = read_view(figure.view.x, figure.view.y, "node", "auto", "screen", figure.view.centre)
    save_figure(drawn(curves, replace(view, most=figure.view.most, title=experiment.name)), path)
