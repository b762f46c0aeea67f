"""Several runs of one command, in turn: one table, one figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from .guard import Exit, of_signal, rank, say
from .interrupts import before_the_end

if TYPE_CHECKING:
    from cablese.runtime.errors import OutputFailed
    from cablese.runtime.execute.comparison import Entry
    from cablese.runtime.execute.interface import Header, Point, Recording, Summary, Watcher
    from cablese.runtime.execute.methods import Method
    from cablese.runtime.execute.stopping import Requests
    from cablese.runtime.folders.outputs import Outputs
    from cablese.runtime.folders.starts import OpenRun
    from rich.console import RenderableType

    from .launch import Request

_LONG = 2.0  # seconds of a run from which on a process for each pays


def run_methods(methods: Sequence[Method], request: Request) -> Exit | None:
    """Run methods on one problem, each for every value of a sweep and every seed, or show what they would be (--dry)."""
    from cablese.runtime.execute.comparison import entry_names, prepare_all
    from cablese.runtime.execute.stopping import Requests, points_heard
    from cablese.runtime.execute.sweeps import swept
    from cablese.runtime.folders.outputs import claimed
    from cablese.runtime.output_errors import output_of_several

    from .guard import communicator
    from .launch import ready, tell
    from .slurm import share, write_array

    if request.files.save is not None:
        raise output_of_several()
    methods = swept(methods, request.sweeps, request.options.settings)
    requests, options = Requests(), request.options

    def chosen(places: Sequence[int]) -> Sequence[int]:
        return places if request.part is None else share(places, request.part)

    def prepared() -> Sequence[Entry]:
        sources = [method.source for method in methods]
        made = ready(sources, request, lambda: prepare_all(methods, options, request.seeds, chosen=chosen))
        _check_best(made, request)
        tell([note for entry in made for note in entry.prepared.notes], request)
        return made

    if request.dry:
        _show_dry(prepared(), request)
        return None
    names = entry_names(methods, options.seed, request.seeds)
    if request.slurm:
        write_array(len(names), request)
        return None
    order: Sequence[str] = ()
    if request.part is not None:
        order, names = names, share(names, request.part)
        if not names:
            return None
    with claimed(request.files, names, communicator(), order) as outputs, points_heard(requests):
        before_the_end(outputs.release)
        return _run_all(prepared(), request, outputs, requests)


def _check_best(entries: Sequence[Entry], request: Request) -> None:
    """Raise UsageError where --best names what no run will measure: on one problem, runs of one spec measure the same."""
    from cablese.runtime.execute.agree import at_first_rank
    from cablese.runtime.report.best import check_metric

    from .guard import communicator

    if request.best is None or not entries:
        return
    firsts = {entry.source: entry.prepared for entry in reversed(entries)}
    names = [name for prepared in reversed(firsts.values()) for name in prepared.measured()]
    at_first_rank(communicator(), partial(check_metric, request.best, names))


def _run_all(
    entries: Sequence[Entry],
    request: Request,
    outputs: Outputs,
    requests: Requests,
) -> Exit | None:
    """Run them in turn, or several at once: after one that fails the others go on; a signal ends them all."""
    from cablese.runtime.errors import RunFailed
    from cablese.runtime.execute.tasks import check_at_once
    from cablese.runtime.folders.several import run_at_once, run_in_turn

    from .launch import announce_end, finishing, hearing, live, opened, progress, tell_of_points

    if request.jobs > 1:
        check_at_once([entry.prepared.context for entry in entries], request.jobs)
    request.prediction.check([entry.prepared.header for entry in entries])
    runs = opened(outputs, entries)
    _tell_taken(runs, request)
    recordings = [run.recording for run in runs]
    results, shown = finishing(lambda: _results(recordings, request)), progress(request, len(entries))
    with results, live(runs, request), shown as bar:
        if request.jobs > 1:
            told = partial(announce_end, request)
            cause = run_at_once(runs, outputs, requests, bar, request.jobs, told)
        else:
            teller = _cores_at_hand(runs, request)
            cause = run_in_turn(runs, outputs, requests, lambda: [*bar(), *teller], hearing(request))
        failures = [str(run.failure) for run in runs if run.failure is not None]
        if failures:
            raise RunFailed("\n".join(failures))
    tell_of_points(runs, request)
    return of_signal(cause) if cause.is_signal else None


def of_one_run(jobs: int) -> str:
    """A warning that one run is in one process."""
    return (
        f"--jobs is of several runs (--seeds, --sweep, compare), and this is one, in one process: `mpirun -n {jobs} cablese "
        "run …` shares it among several."
    )


def _tell_taken(runs: Sequence[OpenRun], request: Request) -> None:
    """Say how many of the runs are finished, and so not run again."""
    taken = sum(run.is_taken for run in runs)
    if taken and not request.quiet and rank() == 0:
        told = "all runs" if taken == len(runs) else f"{taken} of {len(runs)} runs"
        say(f"{told} are finished in {request.files.out}, and taken from there; --again runs them again.")


@dataclass(slots=True)
class _CoresAtHand:
    """A watcher of runs in turn that says once, after one of some seconds, that those left could go at once."""

    left: int
    at_hand: int

    def begin(self, header: Header) -> None:
        """Nothing to say yet."""

    def tick(self, rounds_done: int) -> None:
        """Nothing to say yet."""

    def point(self, point: Point) -> None:
        """Nothing to say yet."""

    def end(self, summary: Summary) -> None:
        """Say it, once."""
        self.left -= 1
        if self.left > 0 and summary.seconds > _LONG:
            say(
                f"{self.left} more runs, one by one on one of {self.at_hand} cores; --jobs auto takes a process for each."
            )
            self.left = 0


def _cores_at_hand(runs: Sequence[OpenRun], request: Request) -> list[Watcher]:
    """The watcher that tells of cores, where seeds or settings go one by one and need not."""
    from cablese.runtime.processes import cores

    from .guard import communicator

    at_hand, by_itself = cores(), request.is_of_several and request.part is None and not request.quiet
    if at_hand < 2 or not by_itself or request.options.device != "cpu" or communicator() is not None:
        return []
    return [_CoresAtHand(sum(not run.is_taken for run in runs), at_hand)]


def _results(recordings: Sequence[Recording], request: Request) -> list[OutputFailed]:
    """Show and draw the results; return the failures of writing."""
    from .launch import draw_and_report

    begun = [recording for recording in recordings if recording.header]
    if not begun:
        return []
    _show(begun, request)
    measured = any(recording.points for recording in begun)
    return draw_and_report(begun, request, request.files.plots) if measured else []


def _show(recordings: Sequence[Recording], request: Request) -> None:
    from cablese.runtime.report.table import compare_report

    from .launch import show, show_json

    if request.json:
        show_json([_record(recording, request) for recording in recordings if recording.summary])
    elif not request.quiet:
        parts = compare_report(recordings), _predicted(recordings, request), _best(recordings, request)
        show(chain(*parts))


def _record(recording: Recording, request: Request) -> dict[str, Any]:
    """The result as JSON, with the seconds that the run would take over a network, if there is one."""
    from cablese.runtime.report.records import result_record

    found = result_record(recording)
    for each in request.prediction.replayed([recording]):
        found["predicted_seconds"] = each.total.total
    return found


def _predicted(recordings: Sequence[Recording], request: Request) -> Iterator[RenderableType]:
    """The table of predicted seconds; none without a network."""
    from cablese.runtime.report.labels import labelled
    from cablese.runtime.report.replay import replay_report

    links, begun = request.prediction.links, [recording for recording in recordings if recording.points]
    if links is not None and begun:
        yield from replay_report(labelled(begun), request.prediction.replayed(begun), links)


def _best(recordings: Sequence[Recording], request: Request) -> Iterator[RenderableType]:
    """The table of the best settings of a sweep; before it, of a sweep over two names, the grid of all."""
    from cablese.runtime.report.best import best_report, read_budget
    from cablese.runtime.report.grids import Axes, grid_reports
    from cablese.runtime.report.labels import curves

    names = tuple(dict.fromkeys(sweep.name for sweep in request.sweeps))
    if not names:
        return
    drawn, budget = curves(recordings), read_budget(request.budget or "")
    if len(names) == 2 and not any("." in name for name in names):
        yield from grid_reports(drawn, Axes(*names), request.best, budget)
    yield from best_report(drawn, request.best, budget)


def _show_dry(entries: Sequence[Entry], request: Request) -> None:
    from cablese.runtime.report.records import dry_record
    from cablese.runtime.report.table import dry_report

    from .launch import show, show_json

    if entries[0].prepared.rank != 0:
        return
    ready = [entry.prepared for entry in entries]
    facts = [(one.header, one.messages, one.memory_bytes, one.schedules) for one in ready]
    if request.json:
        show_json([dry_record(*own) for own in facts])
    else:
        show(part for own in facts for part in dry_report(*own))
