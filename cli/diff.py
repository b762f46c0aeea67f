"""`cablese diff A B`: how two methods differ, as far as algebra and a few runs can tell."""

from __future__ import annotations

from enum import IntEnum

import click

from .guard import echo, report_failure


class Outcome(IntEnum):
    """The exit status of `cablese diff`, as of `diff`: equal, different, trouble."""

    EQUAL = 0
    DIFFERENT = 1
    TROUBLE = 2


@click.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "--under",
    metavar="NAME=EXPR",
    multiple=True,
    help="Bind a param or a compressor first, in the specs that have it; prox=none: no regulariser. May be repeated.",
)
@click.option("--quick", is_flag=True, help="Algebra alone: run nothing.")
def diff(one: str, other: str, under: tuple[str, ...], quick: bool) -> Outcome:
    """Compare two methods: equal but for names, equal by algebra, or different, and then where.

    A and B are names, files, `-` or REV:path of a git repository. Exit 0: equal; 1: not, or not proven; 2: trouble.
    """
    from shutil import get_terminal_size

    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.errors import SetupError
    from cablese.runtime.execute.difference import difference
    from cablese.runtime.report.difference import difference_lines

    from .spec_sources import spec_source

    try:
        found = difference((spec_source(one), spec_source(other)), under, quick=quick)
    except (SpecError, SetupError) as error:
        report_failure(error)
        return Outcome.TROUBLE
    for line in difference_lines(found, get_terminal_size((120, 24)).columns):
        echo(line + "\n")
    return Outcome.EQUAL if found.same else Outcome.DIFFERENT
