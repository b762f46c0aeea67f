"""`cablese run SPEC`: runs one spec and reports its metrics and its cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from cablese.runtime.errors import raise_first

from .guard import Exit, of_signal, rank, say
from .interrupts import before_the_end
from .run_flags import run_options

if TYPE_CHECKING:
    from cablese.runtime.errors import OutputFailed
    from cablese.runtime.execute.comparison import Entry
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.session import Prepared
    from cablese.runtime.execute.stopping import Requests
    from cablese.runtime.folders.outputs import Outputs
    from cablese.runtime.folders.starts import OpenRun

    from .launch import Request


@click.command()
@click.argument("spec", required=False)
@run_options
def run(spec: str | None, **given: Any) -> Exit | None:
    """Run a spec; under `mpirun -n R` the same line runs over R ranks."""
    from cablese.runtime.execute import session
    from cablese.runtime.execute.comparison import Entry, options_of_each
    from cablese.runtime.execute.methods import find_method
    from cablese.runtime.execute.stopping import Requests, points_heard
    from cablese.runtime.folders.outputs import claimed

    from .guard import communicator
    from .launch import read_request, ready, tell
    from .several import of_one_run, run_methods

    request = read_request(given)
    if spec is None:
        spec = _spec_to_go_on(request)
    method, requests = find_method(spec), Requests()
    if request.is_of_several or request.slurm or request.part is not None:
        return run_methods([method], request)
    if request.jobs > 1:
        tell([of_one_run(request.jobs)], request)
    source = method.source
    request = replace(request, options=options_of_each([method], request.options)[0])

    def prepared() -> Prepared:
        made = ready([source], request, lambda: session.prepare(source, request.options))
        tell(made.notes, request)
        return made

    if request.dry:
        _show_dry(prepared(), request)
        return None
    with claimed(request.files, [""], communicator()) as outputs, points_heard(requests):
        before_the_end(outputs.release)
        return _run(Entry("", source, request.options, prepared()), request, outputs, requests)


def _run(entry: Entry, request: Request, outputs: Outputs, requests: Requests) -> Exit | None:
    from cablese.runtime.folders.several import run_in_turn
    from cablese.runtime.problems.saved import save_parts

    from .launch import finishing, hearing, live, opened, progress, tell_of_points

    [run] = opened(outputs, [entry])
    if run.is_taken:
        _take(run, request, outputs)
        return None
    results = finishing(lambda: _results(run.recording, request))
    with results, live([run], request), progress(request) as bar:
        cause = run_in_turn([run], outputs, requests, bar, hearing(request))
        assert run.ended is not None, "it was run"
        if run.ended.failure is not None:
            raise run.ended.failure
        if request.files.save is not None and run.ended.value is not None:
            save_parts(request.files.save, entry.prepared.context.problem, run.ended.value)
    tell_of_points([run], request)
    return of_signal(cause) if cause.is_signal else None


def _spec_to_go_on(request: Request) -> str:
    """The spec of a run that goes on, where none is written."""
    from cablese.runtime.folders.starts import spec_in

    if not request.files.resume or request.files.out is None:
        raise click.MissingParameter(param_type="argument", param_hint="'SPEC'")
    return spec_in(request.files.out)


def _take(run: OpenRun, request: Request, outputs: Outputs) -> None:
    """Show a run that was finished before, and write what is asked for."""
    from cablese.runtime.folders.pictures import not_drawn
    from cablese.runtime.folders.several import replay
    from cablese.runtime.problems.saved import save_parts

    from .launch import draw_and_report

    if rank() != 0:
        return
    if not request.quiet:
        say(f"{run.folder} holds this run, finished: nothing is run; --again runs it again.")
    replay(run.recording, outputs.shared)
    if request.files.save is not None:
        save_parts(request.files.save, run.entry.prepared.context.problem, run.output())
    _show(run.recording, request)
    raise_first(draw_and_report([run.recording], request, not_drawn(request.files)))


def _results(recording: Recording, request: Request) -> list[OutputFailed]:
    """Show and draw the results; return the failures of writing."""
    from .launch import draw_and_report

    if not recording.points:
        return []
    _show(recording, request)
    return draw_and_report([recording], request, request.files.plots)


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
    facts = (prepared.header, prepared.messages, prepared.memory_bytes, prepared.schedules)
    if request.json:
        show_json(dry_record(*facts))
    else:
        show(dry_report(*facts))
