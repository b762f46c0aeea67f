"""`cablese runs [DIR]`: the runs on disk, listed, chosen by their values, side by side, told apart, deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import flags

if TYPE_CHECKING:
    from cablese.runtime.store import Stored
    from rich.console import RenderableType


@click.command("runs")
@click.argument("folders", nargs=-1, metavar="[DIR]...", type=click.Path(path_type=Path))
@click.option(
    "--where",
    multiple=True,
    metavar="NAME=VALUE",
    help="Those alone whose header, params or last metrics say so; may be repeated.",
)
@click.option(
    "--why",
    metavar="OTHER",
    type=click.Path(path_type=Path),
    help="Say what differs between the run in DIR and that in OTHER.",
)
@click.option(
    "--compare",
    "compares",
    is_flag=True,
    help="Side by side: settings that differ, then rounds, metrics and costs at the last point.",
)
@flags.report_option
@click.option("--delete", "deletes", is_flag=True, help="Delete them, after asking.")
@click.option("--yes", is_flag=True, help="Of --delete: without asking.")
@click.option("--json", is_flag=True, help="A list as JSON on standard output.")
def stored(
    folders: Sequence[Path],
    where: Sequence[str],
    why: Path | None,
    compares: bool,
    report: Path | None,
    deletes: bool,
    yes: bool,
    json: bool,
) -> None:
    """List the runs in DIR and below it, as `--out` wrote them; `cablese plot` draws them, `--resume` goes on with them.

    Without DIR those in the current folder; of several, all.
    """
    from cablese.runtime.store import differences, kept_by, stored_runs

    from .launch import show_json

    if why is not None:
        found = differences(_only(folders), why)
        print("\n".join(found) if found else "nothing: they are the same run")
        return
    folders = folders or [Path()]
    every = {run.folder.resolve(): run for folder in folders for run in stored_runs(folder)}
    chosen = kept_by(list(every.values()), where)
    names = [_name(run.folder, folders) for run in chosen]
    if report is not None:
        _write(chosen, report)
    elif deletes:
        _delete(chosen, names, yes)
    elif json and not compares:
        show_json([{"run": n, "done": r.rounds, **r.values()} for n, r in zip(names, chosen, strict=True)])
    elif not chosen:
        print("no runs")
    elif compares:
        _compare(chosen, names, json)
    else:
        _list(chosen, names)


def _write(chosen: Sequence[Stored], path: Path) -> None:
    """Write the page of runs. Raises UsageError where none has a point."""
    from cablese.runtime.errors import UsageError
    from cablese.runtime.page.document import save_page
    from cablese.runtime.page.runs import runs_page

    from .guard import say

    measured = [run.recording for run in chosen if run.recording.points]
    if not measured:
        raise UsageError("--report: there is no run here that has measured a point.")
    save_page(path, runs_page(measured))
    say(f"wrote {path}")


def _only(folders: Sequence[Path]) -> Path:
    if len(folders) > 1:
        raise click.UsageError(f"--why is of two runs, and {len(folders)} stand before it: name one.")
    return folders[0] if folders else Path()


def _name(path: Path, folders: Sequence[Path]) -> str:
    """The folder of a run, from the one that was named; from here, of several."""
    return str(path.relative_to(folders[0]) if len(folders) == 1 else path)


def _compare(chosen: Sequence[Stored], names: Sequence[str], json: bool) -> None:
    from cablese.runtime.report.side_by_side import side_by_side

    from .launch import show, show_json

    found = side_by_side(chosen, names)
    if json:
        show_json(found.record())
    else:
        show(found.report())


def _list(chosen: Sequence[Stored], names: Sequence[str]) -> None:
    from .launch import show

    show(_report(chosen, names))


def _report(chosen: Sequence[Stored], names: Sequence[str]) -> Iterator[RenderableType]:
    from cablese.runtime.report.fitted import FittedTable

    headings = ("run", "method", "problem", "n", "seed", "rounds", "state", "last")
    table = FittedTable(headings, right=(3, 4, 5), spare=(2, 7))
    for name, run in zip(names, chosen, strict=True):
        header = run.header
        points = run.recording.points
        last = next(((k, v) for k, v in points[-1].metrics.items()), None) if points else None
        table.add_row(
            name,
            header.algorithm,
            header.problem,
            str(header.n),
            str(header.seed),
            f"{run.rounds}/{header.rounds}",
            run.state,
            "" if last is None else f"{last[0]} {last[1]:.4g}",
        )
    yield table


def _delete(chosen: Sequence[Stored], names: Sequence[str], yes: bool) -> None:
    """Delete runs but those that a command writes; without --yes after a list and a question, to which only `y` is a yes."""
    from cablese.runtime.errors import OutputFailed
    from cablese.runtime.output_errors import still_written
    from cablese.runtime.store import delete

    if not chosen:
        print("no runs")
        return
    if not yes:
        _list(chosen, names)
        click.confirm(
            f"Delete {'this run' if len(chosen) == 1 else f'these {len(chosen)} runs'}?", abort=True
        )
    kept: list[Path] = []
    for run in chosen:
        try:
            if not delete(run):
                kept.append(run.folder)
        except OSError as error:
            raise OutputFailed(f"{run.folder} cannot be deleted: {error.strerror or error}.") from None
    print(f"deleted {len(chosen) - len(kept)}")
    if kept:
        raise still_written(kept)
