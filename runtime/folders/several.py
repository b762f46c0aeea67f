"""Runs of one command one after another, or several at once: those that are finished are taken, a signal ends the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..errors import OutputFailed, RunFailed
from ..execute.stopping import Cause, Requests

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..execute.interface import Recording, Watcher
    from ..execute.tasks import Task
    from .outputs import Outputs
    from .starts import OpenRun

Shown = Callable[[], Sequence["Watcher"]]
"""Makes the watchers of a run beside its recording and its files, when it begins."""

Hearing = Callable[[Requests], AbstractContextManager[None]]
"""Makes the block in which signals become requests."""


def run_in_turn(
    runs: Sequence[OpenRun], outputs: Outputs, requests: Requests, shown: Shown, hearing: Hearing
) -> Cause:
    """Run one after another in this process; the signal that ended them, if one did. A failure of a run is kept as its end,
    and the others go on. Raises OutputFailed."""
    from ..execute.tasks import Ended
    from ..report.watchers import Several

    for run in runs:
        if run.is_taken:
            replay(run.recording, outputs.shared)
            continue
        writers = outputs.kept(run.entry.name)
        try:
            with hearing(requests):
                outcome = run.go(Several(run.recording, *writers, *shown()), requests)
        except OutputFailed:
            raise
        except RunFailed as failure:
            run.ended = Ended(failure=failure)
            continue
        run.ended = Ended(outcome.output)
        if outcome.cause.is_signal:
            return outcome.cause
    return Cause.NONE


def run_at_once(
    runs: Sequence[OpenRun],
    outputs: Outputs,
    requests: Requests,
    shown: Shown,
    jobs: int,
    told: Callable[[], None] = lambda: None,
) -> Cause:
    """Run so many at once, each in a process; the signal that ended them, if one did, of which `told` is called."""
    from ..execute.tasks import run_tasks
    from ..report.watchers import in_turn

    shared = [in_turn(writer, len(runs)) for writer in outputs.shared]
    tasks, waiting = [], []
    for place, run in enumerate(runs):
        turns = [each[place] for each in shared]
        if run.is_taken:
            replay(run.recording, turns)
        else:
            tasks.append(_task(run, [*turns, *shown()], outputs))
            waiting.append(run)
    for run, end in zip(waiting, run_tasks(tasks, jobs, requests, told=told), strict=True):
        run.ended = end
    return requests.stop if requests.stop.is_signal else Cause.NONE


def replay(recording: Recording, watchers: Sequence[Watcher]) -> None:
    """Tell watchers of a run that ended before, as if it were run."""
    assert recording.header is not None, "a recording starts with a header"
    for watcher in watchers:
        watcher.begin(recording.header)
        for point in recording.points:
            watcher.point(point)
        if recording.summary is not None:
            watcher.end(recording.summary)


def _task(run: OpenRun, watchers: Sequence[Watcher], outputs: Outputs) -> Task[HostArray | None]:
    """The task of a run: its process writes its folder, this one shows it."""
    from ..execute.tasks import Task
    from ..report.watchers import Several

    own = outputs.own(run.entry.name)

    def work(told: Watcher, requests: Requests) -> Any:
        try:
            return run.go(Several(*own, told), requests).output
        finally:
            for writer in own:
                writer.close()

    def begun() -> None:
        for writer in own:
            writer.hand_over()

    return Task(run.entry.name, work, Several(run.recording, *watchers), begun)
