"""`cablese runs [DIR]`: the runs on disk, listed, chosen by their values, told apart, deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cablese.runtime.store import Stored
    from rich.console import RenderableType


@click.command("runs")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
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
@click.option("--delete", "deletes", is_flag=True, help="Delete them, after asking.")
@click.option("--yes", is_flag=True, help="Of --delete: without asking.")
@click.option("--json", is_flag=True, help="A list as JSON on standard output.")
def stored(
    folder: Path, where: Sequence[str], why: Path | None, deletes: bool, yes: bool, json: bool
) -> None:
    """List the runs in DIR and below it, as `--out` wrote them; `cablese plot` draws them, `--resume` goes on with them."""
    from cablese.runtime.store import differences, kept_by, stored_runs

    from .launch import show, show_json

    if why is not None:
        found = differences(folder, why)
        print("\n".join(found) if found else "nothing: they are the same run")
        return
    chosen = kept_by(stored_runs(folder), where)
    if deletes:
        _delete(chosen, folder, yes)
    elif json:
        show_json([_record(run, folder) for run in chosen])
    elif chosen:
        show(_report(chosen, folder))
    else:
        print("no runs")


def _report(chosen: Sequence[Stored], folder: Path) -> Iterator[RenderableType]:
    from cablese.runtime.report.fitted import FittedTable

    headings = ("run", "method", "problem", "n", "seed", "rounds", "state", "last")
    table = FittedTable(headings, right=(3, 4, 5), spare=(2, 7))
    for run in chosen:
        header = run.header
        points = run.recording.points
        last = next(((k, v) for k, v in points[-1].metrics.items()), None) if points else None
        table.add_row(
            str(run.folder.relative_to(folder)),
            header.algorithm,
            header.problem,
            str(header.n),
            str(header.seed),
            f"{run.rounds}/{header.rounds}",
            run.state,
            "" if last is None else f"{last[0]} {last[1]:.4g}",
        )
    yield table


def _record(run: Stored, folder: Path) -> dict[str, Any]:
    return {"run": str(run.folder.relative_to(folder)), "done": run.rounds, **run.values()}


def _delete(chosen: Sequence[Stored], folder: Path, yes: bool) -> None:
    """Delete runs; without --yes after a list and a question, to which only `y` is a yes."""
    from cablese.runtime.errors import OutputFailed
    from cablese.runtime.store import delete

    from .launch import show

    if not chosen:
        print("no runs")
        return
    if not yes:
        show(_report(chosen, folder))
        click.confirm(
            f"Delete {'this run' if len(chosen) == 1 else f'these {len(chosen)} runs'}?", abort=True
        )
    for run in chosen:
        try:
            delete(run)
        except OSError as error:
            raise OutputFailed(f"{run.folder} cannot be deleted: {error.strerror or error}.") from None
    print(f"deleted {len(chosen)}")
