"""`cablese like SPEC`: the methods of the library that are the likest, by how few edits make the spec of them."""

from __future__ import annotations

import click

from . import flags

MOST = 5


@click.command()
@flags.spec_argument
@click.option("--all", "everything", is_flag=True, help=f"Every method, not the {MOST} likest.")
@click.option("--json", is_flag=True, help="All of them as JSON on standard output.")
def like(spec: str, everything: bool, json: bool) -> None:
    """Show which shipped methods a spec is like: one of them under other names or relations of states, or how far off.

    SPEC is a name, a file, `-` or REV:path of a git repository. Nothing is run.
    """
    from cablese.runtime.execute.likeness import likenesses
    from cablese.runtime.report.likeness import likeness_record, likeness_report

    from .launch import show, show_json
    from .spec_sources import spec_source

    name, found = likenesses(spec_source(spec))
    if json:
        show_json(likeness_record(name, found))
    else:
        show(likeness_report(name, found, len(found) if everything else MOST))
