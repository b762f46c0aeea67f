"""Runs from Python: one in this process, several in turn or at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from cablese.dsl.text.records import record

from .results import Comparison, Result

if TYPE_CHECKING:
    from cablese.runtime.errors import FailedAlone
    from cablese.runtime.execute.comparison import Entry
    from cablese.runtime.execute.interface import Header, Point, Recording
    from cablese.runtime.execute.stopping import Requests
    from cablese.runtime.folders.several import Shown
    from cablese.runtime.folders.starts import OpenRun
    from cablese.runtime.folders.wanted import Files
    from cablese.runtime.transports.job import Job

OnPoint = Callable[["Header", "Point"], object]
"""A function that is called with the header of a run and each point as it is measured, at rank 0."""


@record
class Seen:
    """A run's audience: a function that hears of points, and readers of the page."""

    on_point: OnPoint | None = None
    live: bool = False


def run_one(entry: Entry, files: Files, seen: Seen) -> Result:
    """Run once, to the end or an interrupt. Raises RunFailed and Interrupted, with the `result` so far."""
    [run] = _run([entry], files, 1, seen, lambda runs: _result(runs[0]))
    if run.failure is not None:
        run.failure.result = _result(run)
        raise run.failure
    return _result(run)


def run_all(entries: Sequence[Entry], files: Files, jobs: int, seen: Seen) -> Comparison:
    """Run several in turn, or so many at once; one that fails is a result all the same. Raises RunFailed, for files, and
    Interrupted, whose `result` is the comparison so far."""
    return _comparison(_run(entries, files, jobs, seen, _comparison))


def _run(
    entries: Sequence[Entry],
    files: Files,
    jobs: int,
    seen: Seen,
    made: Callable[[Sequence[OpenRun]], object],
) -> list[OpenRun]:
    """Run all, which write their files. An error that ends them has the result so far, as `made` puts it together."""
    run = entries[0].prepared.context
    with run.transport.watched(run.options.patience, lambda: "before or after its rounds"):
        return _run_watched(entries, files, jobs, seen, made)


def _run_watched(
    entries: Sequence[Entry],
    files: Files,
    jobs: int,
    seen: Seen,
    made: Callable[[Sequence[OpenRun]], object],
) -> list[OpenRun]:
    """The same where ranks of a job watch each other."""
    from cablese.runtime.errors import FailedAlone, Interrupted, RunFailed
    from cablese.runtime.execute.agree import at_first_rank
    from cablese.runtime.execute.stopping import Requests
    from cablese.runtime.execute.task_errors import no_count
    from cablese.runtime.execute.tasks import check_at_once
    from cablese.runtime.folders.outputs import claimed
    from cablese.runtime.folders.several import run_at_once, run_in_turn
    from cablese.runtime.folders.wanted import check_files

    if not isinstance(jobs, int) or jobs < 1:
        raise no_count(jobs)
    if jobs > 1:
        check_at_once([entry.prepared.context for entry in entries], jobs)
    requests, world = Requests(), entries[0].prepared.context.transport.world
    at_first_rank(world, lambda: check_files(files))
    with claimed(files, [entry.name for entry in entries], world) as outputs:
        runs = outputs.open(entries)
        try:
            with _page_of(runs, seen):
                if jobs > 1:
                    cause = run_at_once(runs, outputs, requests, _shown(seen.on_point), jobs)
                else:
                    cause = run_in_turn(runs, outputs, requests, _shown(seen.on_point), _interrupts_heard)
            at_first_rank(world, lambda: _draw(runs, files))
        except RunFailed as failure:
            failure.result = made(runs)
            raise
        except FailedAlone as failure:
            _end_job(failure)
        except KeyboardInterrupt:  # a second one, or one that another handler raises
            raise Interrupted(signal.SIGINT, made(runs)) from None
    if cause.is_signal:
        raise Interrupted(cause, made(runs))
    return runs


def _page_of(runs: Sequence[OpenRun], seen: Seen) -> AbstractContextManager[None]:
    """The block in which the page of runs is served, from rank 0, where it is asked for."""
    if not seen.live or runs[0].entry.prepared.rank != 0:
        return nullcontext()
    from cablese.runtime.page.serving import report_so_far, serving

    return serving(runs, report_so_far, lambda told: print(told, file=sys.stderr))


def _shown(on_point: OnPoint | None) -> Shown:
    """The watchers of each run: in a notebook a bar, and the function that is called with points."""
    from cablese.runtime.report.notebook import notebook_bars
    from cablese.runtime.report.watchers import EachPoint

    return lambda: [*notebook_bars(), *([] if on_point is None else [EachPoint(on_point)])]


def _comparison(runs: Sequence[OpenRun]) -> Comparison:
    """The results of all runs that began, in order."""
    begun = [run for run in runs if run.ended is not None or run.recording.header is not None]
    return Comparison([_result(run) for run in begun])


def _result(run: OpenRun) -> Result:
    prepared = run.entry.prepared
    header = run.recording.header or prepared.header
    found = Result(header, tuple(run.recording.points), run.recording.summary)
    if run.failure is not None:
        return found
    output = run.output() if prepared.rank == 0 else None
    return replace(found, output=output, problem=prepared.context.problem)


def _draw(runs: Sequence[OpenRun], files: Files) -> None:
    """Draw what was measured into the folder. Raises OutputFailed."""
    from cablese.runtime.errors import raise_first
    from cablese.runtime.folders.pictures import draw_runs, not_drawn
    from cablese.runtime.report.plot import View

    measured = [run.recording for run in runs if run.recording.points]
    paths = not_drawn(files) if all(run.is_taken for run in runs) else files.plots
    if paths and measured:
        raise_first(draw_runs(measured, View(), paths))


def _end_job(failure: FailedAlone) -> NoReturn:
    """End every rank. No exception could: a script that ends by one waits for the other ranks, and they for it."""
    from cablese.runtime.errors import RunFailed
    from cablese.runtime.execute.exits import exit_of

    cause = failure.__cause__
    assert cause is not None, "a rank fails alone of something"
    told = str(cause) if isinstance(cause, RunFailed) else f"{type(cause).__name__}: {cause}"
    job: Job = failure.job
    job.end(lambda: print(f"error: {job.named()}: {told}", file=sys.stderr), exit_of(cause))


def _interrupts_heard(requests: Requests) -> AbstractContextManager[None]:
    """Ctrl-C ends the run after its round, where Python's own handler is in force: another one is the caller's."""
    from cablese.runtime.execute.stopping import stops_heard

    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return stops_heard(requests, *([signal.SIGINT] if ours else []))


def result_of(recording: Recording) -> Result:
    """The result of what was recorded."""
    assert recording.header is not None, "a recording starts with a header"
    return Result(recording.header, tuple(recording.points), recording.summary)
