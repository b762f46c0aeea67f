"""`cablese lab COMPRESSOR …`: measures compressors against what their classes state."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import Exit

if TYPE_CHECKING:
    from cablese.runtime.lab.measure import Report, Setting
    from cablese.runtime.lab.subject import Subject


@click.command()
@click.argument("compressors", nargs=-1, metavar="[COMPRESSOR...]")
@flags.once("--dim", type=float, metavar="D", help="Entries of the vectors [1e5].")
@flags.once("--draws", type=int, metavar="N", help="Draws on a vector, fewer where it is long [2000].")
@flags.once("--repeats", type=int, metavar="R", help="Of which times are the median [5].")
@flags.once("--seed", type=int, metavar="S", help="Seed of vectors and draws [0].")
@click.option("--json", is_flag=True, help="Everything measured as JSON on standard output.")
def lab(compressors: tuple[str, ...], json: bool, **given: float | None) -> Exit | None:
    """Measure compressors, such as 'rand_k(k = 1000)', or all there are: bits against information, speed against a
    copy, bias and loss against what is stated; exit 1 when a statement is refuted."""
    from cablese.runtime.lab.measure import measure, read_setting, subjects
    from cablese.runtime.registry import plugins

    setting = read_setting(**{name: value for name, value in given.items() if value is not None})
    chosen = subjects(compressors, setting, plugins())
    reports = list(_watched(measure(chosen, setting), chosen))
    _show(reports, setting, json)
    return Exit.WRONG_INPUT if any(report.refuted for report in reports) else None


def _show(reports: Sequence[Report], setting: Setting, json: bool) -> None:
    from cablese.runtime.lab.table import lab_record, lab_report, refutations

    from .guard import say
    from .launch import show, show_json

    if json:
        show_json(lab_record(reports, setting))
    else:
        show(lab_report(reports, setting))
    for line in refutations(reports):
        say(line)


def _watched(reports: Iterable[Report], chosen: Sequence[Subject]) -> Iterator[Report]:
    """The reports, with a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield from reports
        return
    from cablese.runtime.report.console import console
    from rich.progress import track

    bar = track(reports, "measuring", len(chosen), console=console(sys.stderr), transient=True)
    yield from bar
