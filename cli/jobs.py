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


def read_jobs(value: object) -> int:
    """The number of runs at once, 1 where none is given; `auto` is the number of cores. Raises UsageError."""
    if value is None:
        return 1
    if value == "auto":
        from cablese.runtime.processes import cores

        return cores()
    text = "" if isinstance(value, bool) else str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        from cablese.runtime.execute.task_errors import no_count

        raise no_count(value)
    return int(text)


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

    shared = [in_turn(writer, len(runs)) for writer in outputs.shared]
    tasks = [
        _task(run, [*(turns[place] for turns in shared), *bar()], outputs) for place, run in enumerate(runs)
    ]
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
