"""Runs from Python: one in this process, several in turn or at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from .results import Comparison, Result

if TYPE_CHECKING:
    from cablese.runtime.errors import FailedAlone
    from cablese.runtime.execute.interface import Header, Point, Recording, Watcher
    from cablese.runtime.execute.session import Prepared
    from cablese.runtime.execute.stopping import Requests
    from cablese.runtime.execute.tasks import Task
    from cablese.runtime.transports.job import Job

OnPoint = Callable[["Header", "Point"], object]
"""A function that is called with the header of a run and each point as it is measured, at rank 0."""


def run_all(ready: Sequence[Prepared], jobs: int, on_point: OnPoint | None) -> Comparison:
    """Run several in turn, or so many at once; one that fails is a result all the same. Raises Interrupted, whose `result`
    is the comparison so far."""
    from cablese.runtime.errors import Interrupted, RunFailed

    if jobs != 1:
        return _run_at_once(ready, jobs, on_point)
    results: list[Result] = []
    for prepared in ready:
        try:
            results.append(run_one(prepared, on_point))
        except RunFailed as failure:
            results.append(failure.result)
        except Interrupted as stopped:
            stopped.result = Comparison([*results, stopped.result])
            raise
    return Comparison(results)


def _run_at_once(ready: Sequence[Prepared], jobs: int, on_point: OnPoint | None) -> Comparison:
    """Run so many at once, each in a process of its own; functions are called here."""
    from cablese.runtime.errors import Interrupted
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.stopping import Requests
    from cablese.runtime.execute.task_errors import no_count
    from cablese.runtime.execute.tasks import check_at_once, run_tasks

    if not isinstance(jobs, int) or jobs < 1:
        raise no_count(jobs)
    check_at_once([prepared.context for prepared in ready], jobs)
    recordings, requests = [Recording(header=prepared.header) for prepared in ready], Requests()
    tasks = [
        _task(prepared, _watcher(recording, on_point))
        for prepared, recording in zip(ready, recordings, strict=True)
    ]
    ended = run_tasks(tasks, jobs, requests)
    found = [
        replace(result_of(recording), output=end.value, problem=prepared.context.problem)
        for prepared, recording, end in zip(ready, recordings, ended, strict=True)
        if end is not None
    ]
    if requests.stop.is_signal:
        raise Interrupted(requests.stop, Comparison(found))
    return Comparison(found)


def _task(prepared: Prepared, watcher: Watcher) -> Task[Any]:
    from cablese.runtime.execute.tasks import Task

    def work(told: Watcher, requests: Requests) -> Any:
        return prepared.run(told, requests).output

    return Task(prepared.header.algorithm, work, watcher)


def _watcher(recording: Recording, on_point: OnPoint | None) -> Watcher:
    from cablese.runtime.report.watchers import EachPoint, Several

    return recording if on_point is None else Several(recording, EachPoint(on_point))


def run_one(prepared: Prepared, on_point: OnPoint | None) -> Result:
    """Run once, to the end or an interrupt. Raises RunFailed and Interrupted, with the `result` so far."""
    from cablese.runtime.errors import FailedAlone, Interrupted, RunFailed
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.stopping import Requests

    recording, requests = Recording(header=prepared.header), Requests()
    watcher = _watcher(recording, on_point)
    try:
        with _interrupts_heard(requests):
            outcome = prepared.run(watcher, requests)
    except RunFailed as failure:
        failure.result = result_of(recording)
        raise
    except FailedAlone as failure:
        _end_job(failure)
    except KeyboardInterrupt:  # a second one, or one that another handler raises
        raise Interrupted(signal.SIGINT, result_of(recording)) from None
    result = replace(result_of(recording), output=outcome.output, problem=prepared.context.problem)
    if outcome.cause.is_signal:
        raise Interrupted(outcome.cause, result)
    return result


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
