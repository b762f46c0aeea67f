"""`cablese fmt SPEC …`: rewrites specs in canonical form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import Exit, echo, report, say

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic

    from .rewriting import Formatted


@click.command()
@flags.spec_arguments
@click.option("--check", is_flag=True, help="Name the files that would change; exit 1 if there are any.")
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
def fmt(specs: tuple[str, ...], check: bool, diff: bool) -> Exit | None:
    """Rewrite specs in canonical form, comments kept; `-` reads standard input and prints the result."""
    from cablese.dsl.text.diagnostics import SpecError

    from . import rewriting

    done: list[Formatted] = []
    mistakes: list[Diagnostic] = []
    for spec in dict.fromkeys(specs):
        try:
            done.append(rewriting.format_file(spec))
        except SpecError as error:
            mistakes.extend(error.diagnostics)
    changed = [file for file in done if file.changed]
    for show in _outputs(check, diff):
        show(done, changed)
    if mistakes:
        report(mistakes)
    return Exit.WRONG_INPUT if mistakes or (check and changed) else None


_Show = Callable[[list["Formatted"], list["Formatted"]], None]


def _outputs(check: bool, diff: bool) -> list[_Show]:
    """The functions that show or write the result; it is written unless only the changes are asked for."""
    asked = [(_show_diffs, diff), (_show_names, check and not diff)]
    return [show for show, wanted in asked if wanted] or [_rewrite]


def _show_diffs(done: list[Formatted], changed: list[Formatted]) -> None:
    for file in changed:
        echo(file.diff())


def _show_names(done: list[Formatted], changed: list[Formatted]) -> None:
    for file in changed:
        echo(f"{file.name}\n")


def _rewrite(done: list[Formatted], changed: list[Formatted]) -> None:
    from . import rewriting

    for file in done:
        if file.path is None:
            echo(file.after)
    files = [file for file in changed if file.path is not None]
    for file in files:
        rewriting.rewrite(file)
        say(f"rewritten: {file.name}")
    rest = sum(file.path is not None for file in done) - len(files)
    if rest:
        say(f"{rest} {'spec is' if rest == 1 else 'specs are'} in canonical form already")
