"""Flags and arguments that commands share; those of a run stand in `run_flags`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def once(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """An option that takes one value: given twice it is refused, as one of the two would be forgotten."""
    return click.option(*names, multiple=True, callback=_only, **attributes)


def _only(context: click.Context, option: click.Parameter, values: tuple[Any, ...]) -> Any:
    """The value of an option given at most once; None of one that is not given."""
    if len(values) > 1:
        name, given = max(option.opts, key=len), " and ".join(map(str, values))
        raise click.UsageError(f"{name} takes one value, and is given {len(values)}: {given}.", context)
    return values[0] if values else None


def _page(context: click.Context, option: click.Parameter, values: tuple[Path, ...]) -> Path | None:
    """The file of a report, refused before any work where it could not be written."""
    path: Path | None = _only(context, option, values)
    if path is not None:
        from cablese.runtime.report.page_files import check_replaces_page

        check_replaces_page(path)
    return path


report_option = click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    callback=_page,
    metavar="FILE",
    help="Write a page of it: an .html that needs no network.",
)
strict_option = click.option("--strict", is_flag=True, help="Take warnings for errors.")
spec_argument = click.argument("spec")
spec_arguments = click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
