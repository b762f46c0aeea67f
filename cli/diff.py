"""`cablese diff A B`: how two methods differ, as far as algebra and a few runs can tell."""

from __future__ import annotations

import click

from .guard import Exit, echo


@click.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "--under",
    metavar="NAME=EXPR",
    multiple=True,
    help="Bind a param or a compressor first, of the specs that have it; may be repeated.",
)
@click.option("--quick", is_flag=True, help="Algebra alone: run nothing.")
def diff(one: str, other: str, under: tuple[str, ...], quick: bool) -> Exit | None:
    """Compare two methods: equal but for names, equal by algebra, or different, and then where."""
    from shutil import get_terminal_size

    from cablese.runtime.execute.difference import difference
    from cablese.runtime.library import find_spec
    from cablese.runtime.report.difference import difference_lines

    found = difference((find_spec(one), find_spec(other)), under, quick=quick)
    for line in difference_lines(found, get_terminal_size((120, 24)).columns):
        echo(line + "\n")
    return None if found.same else Exit.WRONG_INPUT
