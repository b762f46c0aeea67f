"""`--jobs J`: several runs of a command at once, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from cablese.runtime.execute.comparison import Entry
    from cablese.runtime.execute.interface import Recording, Watcher
    from cablese.runtime.execute.stopping import Cause, Requests
    from cablese.runtime.execute.tasks import Task

    from .launch import Request
    from .outputs import Outputs
    from .resuming import Begins

    Bar: TypeAlias = Callable[[], list[Watcher]]
    OpenRun: TypeAlias = tuple[Entry, Recording, Begins]


def of_one_run(jobs: int) -> str:
    """A warning that one run is in one process."""
    return (
        f"--jobs is of several runs (--seeds, --sweep, compare), and this is one, in one process: `mpirun -n {jobs} cablese "
        "run …` shares it among several."
    )


def check_jobs(entries: Sequence[Entry], request: Request) -> None:
    """Raise UsageError where runs cannot be in processes of their own, SetupError where as many do not fit."""
    from cablese.runtime.execute.tasks import check_at_once

    if request.jobs > 1:
        check_at_once([entry.prepared.context for entry in entries], request.jobs)


def run_at_once(
    runs: Sequence[OpenRun], outputs: Outputs, request: Request, requests: Requests, bar: Bar
) -> tuple[Cause, list[str]]:
    """Run as many at once as are asked for; the signal that ended them, if one did, and the failures of runs."""
    from cablese.runtime.execute.stopping import Cause
    from cablese.runtime.execute.tasks import run_tasks
    from cablese.runtime.report.watchers import in_turn

    from .launch import announce_end
    from .outputs import replay

    shared, tasks = [in_turn(writer, len(runs)) for writer in outputs.shared], []
    for place, run in enumerate(runs):
        turns = [each[place] for each in shared]
        if run[2].start.finished is not None:
            replay(run[1], turns)
        else:
            tasks.append(_task(run, [*turns, *bar()], outputs))
    ended = run_tasks(tasks, request.jobs, requests, told=partial(announce_end, request))
    failures = [str(end.failure) for end in ended if end is not None and end.failure is not None]
    return requests.stop if requests.stop.is_signal else Cause.NONE, failures


def _task(run: OpenRun, watchers: Sequence[Watcher], outputs: Outputs) -> Task[None]:
    """The task of a run: its process writes its folder, this one shows it."""
    from cablese.runtime.execute.tasks import Task
    from cablese.runtime.report.watchers import Several

    from .launch import run_into

    entry, recording, begin = run
    own = outputs.own(entry.name)

    def work(told: Watcher, requests: Requests) -> None:
        try:
            run_into(entry.prepared, Several(*own, told), requests, begin)
        finally:
            for writer in own:
                writer.close()

    def begun() -> None:
        for writer in own:
            writer.hand_over()

    return Task(entry.name, work, Several(recording, *watchers), begun)
