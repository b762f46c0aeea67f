"""`cablese run SPEC`: runs one spec and says what it reached and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from . import flags

if TYPE_CHECKING:
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.session import Prepared

    from .launch import Request


@click.command()
@flags.spec_argument
@flags.run_options
def run(spec: str, **given: Any) -> None:
    """Run a spec; under `mpirun -n R` the same line runs over R ranks."""
    from cablese.runtime.execute import session
    from cablese.runtime.library import find_spec

    from .launch import read_request

    request = read_request(given)
    prepared = session.prepare(find_spec(spec), request.options)
    if request.dry:
        _show_dry(prepared, request)
    else:
        _run(prepared, request)


def _run(prepared: Prepared, request: Request) -> None:
    from cablese.runtime.execute.interface import Recording

    from .launch import draw, make_folder, trace_writers, watch, write_inputs

    recording, kept = Recording(), None
    if request.out is not None and prepared.rank == 0:
        write_inputs(make_folder(request.out), prepared.header.spec, request.options)
        kept = request.out / "trace.jsonl"
    try:
        with trace_writers(request.trace, kept) as writers:
            watch(prepared, recording, writers, request)
    finally:
        if recording.points:
            draw([recording], request.plots)
            _show(recording, request)


def _show(recording: Recording, request: Request) -> None:
    from cablese.runtime.report.records import result_record
    from cablese.runtime.report.table import run_report

    from .launch import show, show_json

    if request.json and recording.summary:
        show_json(result_record(recording))
    elif not request.json and not request.quiet:
        show(run_report(recording))


def _show_dry(prepared: Prepared, request: Request) -> None:
    from cablese.runtime.report.records import dry_record
    from cablese.runtime.report.table import dry_report

    from .launch import show, show_json

    if prepared.rank != 0:
        return
    facts = (prepared.header, prepared.messages, prepared.memory_bytes)
    if request.json:
        show_json(dry_record(*facts))
    else:
        show(dry_report(*facts))
