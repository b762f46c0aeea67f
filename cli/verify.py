"""`cablese verify SPEC…`: tries what specs claim, laws, invariants and guarantees, by algebra and by runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import Exit
from .run_flags import set_option

if TYPE_CHECKING:
    from cablese.dsl.text.source import Source
    from cablese.runtime.verify.guarantees import Effort
    from cablese.runtime.verify.verify import Report


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--all", "library", is_flag=True, help="Every shipped spec.")
@click.option("--quick", is_flag=True, help="One problem of each class, few seeds, short runs.")
@flags.once(
    "--seeds", type=int, metavar="S", help="Most seeds that a guarantee is tried under [40; 8 with --quick]."
)
@flags.once(
    "--rounds",
    type=int,
    metavar="K",
    help="Most rounds of a guarantee's runs [512; 64 with --quick; 3 with --exact].",
)
@flags.once(
    "--worst",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Search the worst problem of each guarantee; its data are written to the folder, which is made.",
)
@click.option(
    "--exact", is_flag=True, help="The exact worst case of each guarantee, by a semidefinite program (PEPit)."
)
@flags.once(
    "--constants",
    metavar="TEXT",
    help="The problems of --exact: nodes, entries, smoothness, convexity ['n = 1, d = 4, L = 1, mu = 0.1'].",
)
@set_option
@click.option("--json", "form", flag_value="json", help="Everything found as JSON on standard output.")
@flags.report_option
@click.option("--markdown", "form", flag_value="markdown", help="The verdicts as a page of Markdown.")
def verify(
    specs: tuple[str, ...],
    library: bool,
    quick: bool,
    seeds: int | None,
    rounds: int | None,
    worst: Path | None,
    exact: bool,
    constants: str | None,
    settings: tuple[str, ...],
    report: Path | None,
    form: str | None,
) -> Exit | None:
    """Try what specs claim: `equals` laws, invariants, guarantees, and whether theory covers the defaults.

    SPEC is a name, a file, or a family such as `unidirectional`. Exit 1: a claim does not stand; 0: none was refuted.
    """
    if bool(specs) is library:
        raise click.UsageError("verify takes specs or families, or --all for every shipped spec.")
    from cablese.runtime.library import shipped_specs
    from cablese.runtime.verify.verify import effort_of, failed, find_specs

    sources = find_specs(specs or [spec.name for spec in shipped_specs()], settings)
    if exact:
        from .exact import show_exact

        _alone(
            "--exact",
            {
                "--quick": quick,
                "--seeds": seeds,
                "--worst": worst,
                "--markdown": form == "markdown",
                "--report": report,
            },
        )
        return show_exact(sources, constants, rounds, form == "json")
    if constants is not None:
        raise click.UsageError("--constants goes with --exact.")
    effort = effort_of(quick=quick, seeds=seeds, rounds=rounds)
    with _made(worst):
        reports = _verified(sources, effort, worst)
    _show(reports, form, _written(quick, seeds, rounds, settings))
    if report is not None:
        _write(reports, report)
    return Exit.WRONG_INPUT if failed(reports) else None


def _write(reports: Sequence[Report], path: Path) -> None:
    """Write the page of verdicts."""
    from cablese.runtime.folders.wanted import hostless
    from cablese.runtime.page.document import save_page
    from cablese.runtime.page.verified import verification_page

    from .guard import words

    save_page(path, verification_page(reports, hostless(["cablese", *words()])))


@contextmanager
def _made(folder: Path | None) -> Iterator[None]:
    """The block in which data are written into a folder, which is made if it is missing, and removed if it stays empty.
    Raises UsageError where it cannot be made, or another command writes there."""
    from cablese.runtime.files.locks import LockedFolder
    from cablese.runtime.output_errors import locked, not_writable

    if folder is None:
        yield
        return
    try:
        held = LockedFolder(folder)
    except OSError as error:
        raise not_writable(f"--worst {folder}", error) from None
    try:
        if not held.locked:
            raise locked(f"--worst {folder}")
        yield
    finally:
        held.release()


def _alone(flag: str, others: Mapping[str, object]) -> None:
    """Raise UsageError where an option is given that a flag makes meaningless."""
    for name, given in others.items():
        if given:
            raise click.UsageError(f"{name} says how claims are tried by runs, of which {flag} makes none.")


def _verified(sources: Sequence[Source], effort: Effort, worst: Path | None) -> list[Report]:
    """The report on each spec; what is being tried is told on standard error where that is a terminal."""
    from cablese.runtime.verify.verify import verify

    reports: list[Report] = []
    with _telling(len(sources)) as tell:
        for source in sources:
            reports.append(verify(source, effort, partial(tell, len(reports), source.name), worst))
    return reports


@contextmanager
def _telling(total: int) -> Iterator[Callable[[int, str, str], None]]:
    if not sys.stderr.isatty():
        yield lambda at, name, claim: None
        return
    from cablese.runtime.report.console import console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda at, name, claim: bar.update(task, completed=at, description=f"{name}: {claim[:60]}")


def _written(quick: bool, seeds: int | None, rounds: int | None, settings: Sequence[str]) -> str:
    """The options that decide about the effort, and settings, as they were given."""
    flagged = " --quick" if quick else ""
    numbers = (("--seeds", seeds), ("--rounds", rounds))
    return (
        flagged
        + "".join(f" {name} {value}" for name, value in numbers if value is not None)
        + "".join(f" --set '{setting}'" for setting in settings)
    )


def _show(reports: Sequence[Report], form: str | None, options: str) -> None:
    from cablese.runtime.verify.table import failures, verify_record, verify_report

    from .guard import echo, say
    from .launch import show, show_json

    match form:
        case "json":
            show_json(verify_record(reports))
        case "markdown":
            from cablese.runtime.verify.markdown import markdown_page

            echo(markdown_page(verify_record(reports), options))
        case _:
            show(verify_report(reports))
    for line in failures(reports):
        say(line)
