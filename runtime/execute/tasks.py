"""Runs of one command in processes of their own, several at a time: each tells its watcher here what it measures, and one
that fails or is killed loses nothing of the others."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Generic, NoReturn, TypeVar

from cablese.dsl.text.records import record

from ..errors import Interrupted, OutputFailed, RunFailed
from ..processes import die_with
from .context import RunContext
from .interface import Header, Point, Summary, Watcher
from .stopping import Requests, points_heard, stops_heard
from .task_errors import Killed, OfAnotherProcess, not_on, not_under_mpi

T = TypeVar("T")

LOOK = 0.1  # seconds between two looks at what this process is asked for
_HEARD = {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}


@record
class Task(Generic[T]):
    """The work of one run, for a process of its own: `work` runs there, `watcher` and `begun` are called here, the latter
    once that process has begun."""

    name: str
    work: Callable[[Watcher, Requests], T]
    watcher: Watcher
    begun: Callable[[], None] = lambda: None


@record
class Ended(Generic[T]):
    """The end of a task: what its work returned, or the failure that ended it."""

    value: T | None = None
    failure: RunFailed | None = None


def check_at_once(runs: Sequence[RunContext], at_once: int) -> None:
    """Raise UsageError where runs cannot be in processes of their own, SetupError where so many do not fit: the data they
    share, the rest is each one's."""
    for run in runs:
        if run.transport.ranks > 1:
            raise not_under_mpi()
        if run.options.device == "cuda":
            raise not_on(run.options.device)
    shared = max(2 * run.problem.data_bytes for run in runs)
    own = sorted((run.array_bytes - 2 * run.problem.data_bytes for run in runs), reverse=True)[:at_once]
    runs[0].memory.need(f"{len(own)} runs at once", shared + sum(own), "take fewer --jobs")


def run_tasks(
    tasks: Sequence[Task[T]], at_once: int, requests: Requests, told: Callable[[], None] = lambda: None
) -> list[Ended[T] | None]:
    """Run tasks in order, so many at once; their ends in that order, None for those that a request kept from beginning.

    A run that fails leaves the others alone. `told` is called at a signal, which ends them after their rounds; a second one
    ends all at once, and raises Interrupted. Any other error asks those that run to end, and is raised after them.
    """
    crew = _Crew(tasks, at_once, requests)
    with stops_heard(requests, signal.SIGINT, signal.SIGTERM, told=told):
        try:
            crew.work()
        finally:
            crew.kill()
    if crew.error is not None:
        raise crew.error
    return crew.ended


@dataclass(slots=True)
class _Process(Generic[T]):
    """A task that goes on in a process, and the last that it told."""

    place: int
    task: Task[T]
    number: int
    last: Point | None = None
    closed: bool = False  # its run told its end


@dataclass(slots=True)
class _Crew(Generic[T]):
    """The processes of tasks."""

    tasks: Sequence[Task[T]]
    at_once: int
    requests: Requests
    ended: list[Ended[T] | None] = field(init=False)
    error: BaseException | None = None
    running: dict[Connection, _Process[T]] = field(default_factory=dict)
    passed_on: int = 0  # the signal that all were sent

    def __post_init__(self) -> None:
        self.ended = [None] * len(self.tasks)

    def work(self) -> None:
        """Begin tasks and listen to them until all have ended."""
        waiting = deque(enumerate(self.tasks))
        while True:
            while waiting and len(self.running) < self.at_once and not self._ends():
                self._begin(*waiting.popleft())
            if not self.running:
                return
            for connection in wait(list(self.running), LOOK):
                assert isinstance(connection, Connection)
                self._listen(connection)
            self._pass_on()

    def kill(self) -> None:
        """End the processes that are left, at once."""
        for process in self.running.values():
            with suppress(ProcessLookupError):
                os.kill(process.number, signal.SIGKILL)
        for connection, process in self.running.items():
            os.waitpid(process.number, 0)
            connection.close()
        self.running.clear()

    def _ends(self) -> bool:
        return self.error is not None or self.requests.stop.is_signal

    def _pass_on(self) -> None:
        """Pass on what this process is asked for; a terminal sends its signals to all, and the second one soon after counts
        as the first."""
        number = self.requests.stop if self.requests.stop.is_signal else signal.SIGTERM if self.error else 0
        if number and number != self.passed_on:
            self.passed_on = int(number)
            self._send(self.passed_on)
        if self.requests.take()[1]:
            self._send(signal.SIGUSR1)

    def _send(self, number: int) -> None:
        for process in self.running.values():
            with suppress(ProcessLookupError):
                os.kill(process.number, number)

    def _begin(self, place: int, task: Task[T]) -> None:
        ours, theirs = Pipe(duplex=False)
        parent, others = os.getpid(), [*self.running, ours]
        sys.stdout.flush()
        sys.stderr.flush()
        with _unheard() as mask:
            number = os.fork()
            if not number:
                _go(task, theirs, others, parent, mask)
        theirs.close()
        self.running[ours] = _Process(place, task, number)
        task.begun()

    def _listen(self, connection: Connection) -> None:
        process = self.running[connection]
        try:
            said, value = connection.recv()
        except (EOFError, ConnectionError):
            self._bury(connection, process)
            return
        if said == "ended":
            self.ended[process.place] = Ended(value)
        elif said == "failed":
            self._fail(process, value)
        else:
            if said == "point":
                process.last = value
            process.closed = process.closed or said == "end"
            getattr(process.task.watcher, said)(value)

    def _bury(self, connection: Connection, process: _Process[T]) -> None:
        """Note the end of a process; one that did not tell its own was killed."""
        del self.running[connection]
        connection.close()
        code = os.waitstatus_to_exitcode(os.waitpid(process.number, 0)[1])
        if self.ended[process.place] is None and self.error is None:
            self._fail(process, Killed(process.task.name, code, process.last))

    def _fail(self, process: _Process[T], failure: BaseException) -> None:
        if isinstance(failure, RunFailed) and not isinstance(failure, OutputFailed):
            self.ended[process.place] = Ended(failure=failure)
            if not process.closed:
                process.task.watcher.end(_cut_off(process.last, str(failure)))
        else:
            self.ended[process.place] = Ended()
            self.error = self.error or failure


def _cut_off(last: Point | None, why: str) -> Summary:
    """The summary of a run whose process could not write one."""
    return Summary(
        0 if last is None else last.round, last, (), last.seconds if last else 0.0, why, failed=True
    )


@contextmanager
def _unheard() -> Iterator[set[Any]]:
    """A block in which signals wait: a process that begins in it gets those that come meanwhile when it can hear them."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        yield mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


# --- in the process of a task ------------------------------------------------------------------------------------


class _Telling:
    """A watcher that tells everything to the process that began this one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, header: Header) -> None:
        """Tell the header."""
        self._connection.send(("begin", header))

    def tick(self, rounds_done: int) -> None:
        """Tell the rounds."""
        self._connection.send(("tick", rounds_done))

    def point(self, point: Point) -> None:
        """Tell a point."""
        self._connection.send(("point", point))

    def end(self, summary: Summary) -> None:
        """Tell the summary."""
        self._connection.send(("end", summary))


def _go(
    task: Task[T], connection: Connection, others: Sequence[Connection], parent: int, mask: set[Any]
) -> NoReturn:
    """Do the work of a task in the process that began for it, tell its end, and leave."""
    code = 1
    try:
        die_with(parent)
        for other in others:
            other.close()
        requests = Requests()
        with stops_heard(requests, signal.SIGINT, signal.SIGTERM), points_heard(requests):
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            connection.send(_done(task, _Telling(connection), requests))
        code = 0
    finally:
        os._exit(code)


def _done(task: Task[T], watcher: Watcher, requests: Requests) -> tuple[str, object]:
    """The message of a process about its end."""
    try:
        return "ended", task.work(watcher, requests)
    except BaseException as failure:  # noqa: BLE001 - raised again in the process that began this one
        return "failed", _portable(failure)


def _portable(failure: BaseException) -> BaseException:
    """A failure as another process can raise it, with the traceback as its cause."""
    if isinstance(failure, Interrupted):
        return failure
    told = "".join(traceback.format_exception(failure)).rstrip("\n")
    try:
        copy: BaseException = pickle.loads(pickle.dumps(failure))
    except Exception:  # noqa: BLE001 - whatever a plug-in's own error makes of it
        copy = RuntimeError(f"{type(failure).__name__}: {failure}")
    copy.__cause__ = OfAnotherProcess(told)
    return copy
