"""`cablese run SPEC`: runs one spec and reports its metrics and its cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from .guard import Exit, of_signal, rank, say
from .run_flags import run_options

if TYPE_CHECKING:
    from cablese.dsl.text.source import Source
    from cablese.runtime.errors import OutputFailed
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.session import Prepared
    from cablese.runtime.execute.stopping import Requests

    from .launch import Request
    from .outputs import Outputs
    from .resuming import Start


@click.command()
@click.argument("spec", required=False)
@run_options
def run(spec: str | None, **given: Any) -> Exit | None:
    """Run a spec; under `mpirun -n R` the same line runs over R ranks."""
    from cablese.runtime.execute import session
    from cablese.runtime.execute.comparison import options_of_each
    from cablese.runtime.execute.methods import find_method
    from cablese.runtime.execute.stopping import Requests, points_heard

    from .jobs import of_one_run
    from .launch import read_request, ready, tell
    from .outputs import claimed
    from .several import run_methods

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
    with claimed(request, [""]) as outputs, points_heard(requests):
        return _run(source, prepared(), request, outputs, requests)


def _run(
    source: Source, prepared: Prepared, request: Request, outputs: Outputs, requests: Requests
) -> Exit | None:
    from cablese.runtime.execute.agree import at_first_rank, in_step
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.problems.saved import save_parts

    from .guard import communicator
    from .launch import finishing, progress, watch
    from .outputs import Run

    this = Run("", source.name, prepared.header, request.options)
    with in_step(communicator()):
        [begins] = outputs.starts([this])
    at_first_rank(communicator(), lambda: outputs.admit([this], [begins]))
    if begins.start.finished is not None:
        _take(begins.start, prepared, request, outputs)
        return None
    recording = Recording(points=list(begins.start.points))
    with finishing(lambda: _results(recording, request)), progress(request) as bar:
        outcome = watch(prepared, recording, [*outputs.kept(""), *bar()], request, requests, begins)
        if request.save is not None and outcome.output is not None:
            save_parts(request.save, prepared.context.problem, outcome.output)
    return of_signal(outcome.cause) if outcome.cause.is_signal else None


def _spec_to_go_on(request: Request) -> str:
    """The spec of a run that goes on, where none is written."""
    from .resuming import spec_in

    if not request.resume or request.out is None:
        raise click.MissingParameter(param_type="argument", param_hint="'SPEC'")
    return spec_in(request.out)


def _take(start: Start, prepared: Prepared, request: Request, outputs: Outputs) -> None:
    """Show a run that was finished before, and write what is asked for."""
    from cablese.runtime.problems.saved import save_parts

    from .launch import draw
    from .outputs import replay
    from .resuming import output_in

    recording, folder = start.finished, start.folder
    assert recording is not None, "a run was finished"
    assert folder is not None, "a run is finished in a folder"
    if rank() != 0:
        return
    if not request.quiet:
        say(f"{folder} holds this run, finished: nothing is run; --again runs it again.")
    replay(recording, outputs.shared)
    if request.save is not None:
        save_parts(request.save, prepared.context.problem, output_in(folder))
    _show(recording, request)
    for failure in draw(
        [recording], [path for path in request.plots if path == request.plot or not path.exists()]
    ):
        raise failure


def _results(recording: Recording, request: Request) -> list[OutputFailed]:
    """Show and draw the results; return the failures of writing."""
    from .launch import draw

    if not recording.points:
        return []
    _show(recording, request)
    return draw([recording], request.plots)


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
