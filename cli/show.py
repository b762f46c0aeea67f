"""`cablese show SPEC --as …`: a spec in one of the compiler's forms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import echo
from .run_flags import set_option

if TYPE_CHECKING:
    from cablese.dsl.check.program import Program
    from cablese.dsl.text.source import Source

FORMS = ("python", "plan", "server", "node", "json", "tex", "graph", "spec")


@click.command()
@flags.spec_argument
@flags.once(
    "--as", "form", metavar="|".join(FORMS), help="What to show [python; with --under the spec itself]."
)
@flags.once(
    "--out", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
)
@click.option("--force", is_flag=True, help="Let --out replace another text.")
@click.option(
    "--under",
    metavar="NAME=EXPR",
    multiple=True,
    help="The special case in which names are bound: --under 'Q = identity(), p = 1'. May be repeated.",
)
@set_option
def show(
    spec: str,
    form: str | None,
    out: Path | None,
    force: bool,
    under: tuple[str, ...],
    settings: tuple[str, ...],
) -> None:
    """Show what a spec became: its Python program, the plan, a role's program, its tree as JSON, the algorithm box in
    LaTeX, or a round as a message-sequence picture (a .png, .pdf, .svg or .pgf). With --under the spec of a special case."""
    from cablese.dsl.pipeline import compile_spec
    from cablese.runtime.errors import UsageError
    from cablese.runtime.library import find_spec
    from cablese.runtime.registry import plugins
    from cablese.runtime.spec_forms import text_of

    form = form or ("spec" if under else "python")
    if form not in FORMS:
        raise UsageError(f"--as takes {', '.join(FORMS[:-1])} or {FORMS[-1]}, not {form}.")
    source = _special(find_spec(spec), under)
    program = compile_spec(source, plugins(), settings)
    if form == "graph":
        _draw(source, program, out)
    else:
        text = text_of(source, program, form)
        if out is None:
            echo(text)
        else:
            _write(text, out, source, force)


def _special(source: Source, under: tuple[str, ...]) -> Source:
    if not under:
        return source
    from cablese.runtime.execute.special_case import separate, special_case

    return special_case(source, [text for one in under for text in separate(one)]).source


def _write(text: str, out: Path, source: Source, force: bool) -> None:
    from cablese.runtime import output_errors as errors
    from cablese.runtime.files.whole import is_same_file
    from cablese.runtime.output_texts import write_text

    if is_same_file(out, Path(source.name)):
        raise errors.is_input(f"--out {out}", "the spec itself")
    write_text(out, text, force=force)


def _draw(source: Source, program: Program, out: Path | None) -> None:
    from cablese.dsl.emit.sequence import chart_of
    from cablese.dsl.pipeline import read_spec
    from cablese.runtime.errors import UsageError
    from cablese.runtime.report.figure_files import SUFFIXES, save_figure
    from cablese.runtime.report.sequence import chart_figure

    if out is None or out.suffix.lower() not in SUFFIXES:
        names = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise UsageError(
            f"--as graph draws a picture: name a file for it that ends in {names}, as in --out round.svg."
        )
    save_figure(chart_figure(chart_of(read_spec(source), program)), out)
