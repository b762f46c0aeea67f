"""`cablese compare SPEC SPEC …`: runs several specs on the same problem; one table, one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from . import flags

if TYPE_CHECKING:
    from cablese.runtime.execute.contest import Entry
    from cablese.runtime.execute.interface import Recording, Watcher

    from .launch import Request


@click.command()
@flags.spec_arguments
@flags.run_options
def compare(specs: tuple[str, ...], **given: Any) -> None:
    """Run several specs on the same problem: one table, one plot. `--set` reaches who has the name."""
    from cablese.runtime.execute.contest import prepare_all
    from cablese.runtime.library import find_spec

    from .launch import read_request

    request = read_request(given)
    entries = prepare_all([find_spec(spec) for spec in specs], request.options)
    if request.dry:
        _show_dry(entries, request)
    else:
        _run_all(entries, request)


def _run_all(entries: Sequence[Entry], request: Request) -> None:
    from cablese.runtime.errors import RunFailed
    from cablese.runtime.execute.interface import Recording

    from .launch import draw, trace_writers

    recordings = [Recording() for _ in entries]
    failures = []
    try:
        with trace_writers(request.trace) as shared:
            for entry, recording in zip(entries, recordings, strict=True):
                try:
                    _run_one(entry, recording, shared, request)
                except RunFailed as failure:  # the others are still worth comparing
                    failures.append(str(failure))
    finally:
        measured = [recording for recording in recordings if recording.points]
        if measured:
            draw(measured, request.plots)
            _show(measured, request)
    if failures:
        raise RunFailed("\n".join(failures))


def _run_one(entry: Entry, recording: Recording, shared: Sequence[Watcher], request: Request) -> None:
    from .launch import make_folder, trace_writers, watch, write_inputs

    kept = None
    if request.out is not None and entry.prepared.rank == 0:
        folder = make_folder(request.out / entry.name)
        write_inputs(folder, entry.prepared.header.spec, entry.options)
        kept = folder / "trace.jsonl"
    with trace_writers(kept) as own:
        watch(entry.prepared, recording, [*shared, *own], request)


def _show(recordings: Sequence[Recording], request: Request) -> None:
    from cablese.runtime.report.records import result_record
    from cablese.runtime.report.table import compare_report, labelled

    from .launch import show, show_json

    if request.json:
        show_json([result_record(recording) for recording in recordings if recording.summary])
    elif not request.quiet:
        show(compare_report(labelled(recordings)))


def _show_dry(entries: Sequence[Entry], request: Request) -> None:
    from cablese.runtime.report.records import dry_record
    from cablese.runtime.report.table import dry_report

    from .launch import show, show_json

    if entries[0].prepared.rank != 0:
        return
    facts = [(e.prepared.header, e.prepared.messages, e.prepared.memory_bytes) for e in entries]
    if request.json:
        show_json([dry_record(*own) for own in facts])
    else:
        show(part for own in facts for part in dry_report(*own))
