"""`cablese diff A B`: how two methods differ, as far as algebra and a few runs can tell."""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import echo, report_failure

if TYPE_CHECKING:
    from cablese.runtime.execute.difference import Difference


class Outcome(IntEnum):
    """The exit status of `cablese diff`, as of `diff`: equal, different, trouble."""

    EQUAL = 0
    DIFFERENT = 1
    TROUBLE = 2


@click.command()
@click.argument("specs", metavar="A B", nargs=-1)
@click.option(
    "--under",
    metavar="NAME=EXPR",
    multiple=True,
    help="The special case first, in the specs that have the names: 'Q = identity(), p = 1'; prox = none: no regulariser.",
)
@click.option("--quick", is_flag=True, help="Algebra alone: run nothing.")
@click.option("--names", is_flag=True, help="Literally: names, order and temporaries count; run nothing.")
@click.option("--json", "form", flag_value="json", help="As JSON on standard output.")
@click.option("--tex", "form", flag_value="tex", help="As a figure of two columns in LaTeX.")
@click.option("--html", "form", flag_value="html", help="As a page of HTML.")
@flags.report_option
@click.option("--all", "library", is_flag=True, help="Which shipped methods become which others, and when.")
def diff(
    specs: tuple[str, ...],
    under: tuple[str, ...],
    quick: bool,
    names: bool,
    form: str | None,
    report: Path | None,
    library: bool,
) -> Outcome:
    """Compare two methods: equal but for names, equal by algebra, or different, and then where.

    A and B are names, files, `-` or REV:path of a git repository. Exit 0: equal; 1: not, or not proven; 2: trouble.
    """
    if library:
        return _library(specs, under, report)
    if len(specs) != 2:
        raise click.UsageError(
            "diff takes two specs: cablese diff A B; or --all, for the map of the shipped ones."
        )
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.errors import SetupError
    from cablese.runtime.execute.difference import difference

    from .spec_sources import STDIN, spec_source

    one, other = specs
    if one == other == STDIN:
        raise click.UsageError("standard input holds one text: `-` stands for A or for B.")
    try:
        found = difference((spec_source(one), spec_source(other)), under, quick=quick, literal=names)
        _show(found, form)
        if report is not None:
            _write(found, report)
    except (SpecError, SetupError) as error:
        report_failure(error)
        return Outcome.TROUBLE
    return Outcome.EQUAL if found.same else Outcome.DIFFERENT


def _write(found: Difference, path: Path) -> None:
    """Write the page of a difference."""
    from cablese.runtime.page.differences import difference_page
    from cablese.runtime.page.document import save_page

    save_page(path, difference_page(found))


def _show(found: Difference, form: str | None) -> None:
    """Print a difference in one of its forms."""
    match form:
        case "json":
            from cablese.runtime.report.difference_json import difference_record

            from .launch import show_json

            show_json(difference_record(found))
        case "tex":
            from cablese.runtime.report.difference_tex import difference_tex

            echo(difference_tex(found))
        case "html":
            from cablese.runtime.page.differences import difference_page
            from cablese.runtime.page.document import page_text

            echo(page_text(difference_page(found)))
        case _:
            _print(found)


def _print(found: Difference) -> None:
    """Print the account, with colours on a terminal."""
    from shutil import get_terminal_size

    from cablese.runtime.report.console import console, wants_colours
    from cablese.runtime.report.difference import account_of
    from cablese.runtime.report.difference_lines import coloured_lines, plain_lines

    account, width = account_of(found), get_terminal_size((120, 24)).columns
    if not wants_colours(sys.stdout):
        for line in plain_lines(account, width):
            echo(line + "\n")
        return
    out = console(sys.stdout)
    for text in coloured_lines(account, width):
        out.print(text, soft_wrap=True)


def _library(specs: tuple[str, ...], under: tuple[str, ...], report: Path | None) -> Outcome:
    """Print the map of reductions of the shipped methods."""
    if specs or under or report:
        raise click.UsageError(
            "--all is of the shipped methods, each in its special cases: it takes no spec, no --under, no --report."
        )
    from cablese.runtime.execute.reductions import map_lines, reductions
    from cablese.runtime.library import find_spec, shipped_specs

    for line in map_lines(reductions({spec.name: find_spec(spec.name) for spec in shipped_specs()})):
        echo(line + "\n")
    return Outcome.EQUAL
