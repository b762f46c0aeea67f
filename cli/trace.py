"""`cablese trace SPEC --round K`: what one round of a run really did, line by line, in text or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import flags
from .run_flags import one_run_options

if TYPE_CHECKING:
    from cablese.runtime.execute.session import Prepared
    from cablese.runtime.steps.stepping import SteppedRound


@click.command()
@flags.spec_argument
@flags.once("--round", metavar="K|init", help="The round, from 0 on, or `init` [0].")
@flags.once(
    "--plot",
    type=Path,
    metavar="FILE",
    help="The round as a message-sequence picture: .png, .pdf, .svg or .pgf.",
)
@click.option("--json", is_flag=True, help="The steps as JSON on standard output.")
@one_run_options
def trace(spec: str, round: str | None, plot: Path | None, json: bool, **given: Any) -> None:
    """Show what one round of a run did: the values that each line gave, the draws, and the bits of its messages.

    The rounds before are run as `run` does, in one process, with the same draws.
    """
    from cablese.runtime.execute.comparison import options_of_each
    from cablese.runtime.execute.methods import find_method
    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.steps.stepping import read_round, step_at

    from .setting_up import shown_setup

    method = find_method(spec)
    options = options_of_each([method], make_options(given))[0]
    number = read_round(round, options.rounds)
    if plot is not None:
        from cablese.runtime.report.figure_files import check_replaces_figure

        check_replaces_figure(plot)
    with shown_setup():
        prepared, found = step_at(method.source, options, number)
    _show(prepared, found, as_json=json)
    if plot is not None:
        _draw(prepared, found, plot)


def _show(prepared: Prepared, found: SteppedRound, *, as_json: bool) -> None:
    from cablese.runtime.report.steps import steps_record, steps_report

    from .launch import show, show_json

    if as_json:
        show_json(steps_record(prepared.header, found))
    else:
        show(steps_report(prepared.header, found))


def _draw(prepared: Prepared, found: SteppedRound, path: Path) -> None:
    from cablese.runtime.report.figure_files import save_figure
    from cablese.runtime.report.sequence import chart_figure
    from cablese.runtime.report.steps import steps_chart

    on_graph = prepared.context.program.on_graph
    save_figure(chart_figure(steps_chart(prepared.header, found, on_graph=on_graph)), path)
