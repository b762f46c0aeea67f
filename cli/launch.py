"""The parts that `run` and `compare` share: options from flags and `--config`, watching, and showing results."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cablese.dsl.text.records import record
from cablese.runtime.errors import OutputFailed, UsageError, raise_first
from cablese.runtime.execute.agree import at_first_rank
from cablese.runtime.execute.command_options import COMMAND_OPTIONS
from cablese.runtime.execute.config_files import merge, read_config
from cablese.runtime.execute.option_checks import make_command, make_options
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.stopping import stops_heard
from cablese.runtime.execute.sweeps import Sweep, read_sweep
from cablese.runtime.folders.wanted import Files, Spelling, check_files, config_in, wanted_files
from cablese.runtime.processes import cores
from cablese.runtime.transports.progress import choose_progress

from .guard import command, communicator, go_alone, rank, report, say, words
from .interrupts import raise_interrupts
from .predicting import NAMES, NOTHING_PREDICTED, Prediction, read_prediction
from .setting_up import shown_setup
from .supervision import tell_patience

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic
    from cablese.dsl.text.source import Source
    from cablese.runtime.execute.comparison import Entry
    from cablese.runtime.execute.interface import Recording, Watcher
    from cablese.runtime.folders.outputs import Outputs
    from cablese.runtime.folders.several import Hearing
    from cablese.runtime.folders.starts import OpenRun
    from cablese.runtime.page.document import Page
    from cablese.runtime.report.plot import View
    from rich.console import RenderableType

T = TypeVar("T")

_NOT_SAVED = ("config", "force")  # to be given anew each time
_OBEYED = r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"  # characters with an effect that JSON leaves as they are


@record
class Request:
    """The request of a command line: the options of the run, and the outputs to show and write."""

    options: Options
    files: Files
    dry: bool = False
    quiet: bool = False
    live: bool = False
    json: bool = False
    strict: bool = False
    part: tuple[int, int] | None = None
    """The place of this command among so many that share its runs."""
    slurm: bool = False
    seeds: int = 1
    jobs: int = 1
    sweeps: tuple[Sweep, ...] = ()
    best: str | None = None
    budget: str | None = None
    prediction: Prediction = NOTHING_PREDICTED
    places: Mapping[str, str] = field(default_factory=dict)
    """Places in the configuration of settings that no `--set` gives, by their text."""

    @property
    def is_of_several(self) -> bool:
        """True where one method makes several runs."""
        return self.seeds > 1 or bool(self.sweeps)


def read_request(flags: Mapping[str, Any]) -> Request:
    """The request that flags (by parameter name) and their `--config` make. Raises UsageError."""
    config = _config(flags)
    given = {name: value for name, value in flags.items() if name not in _NOT_SAVED and _was_given(value)}
    values = merge(config, given)
    if isinstance(values.get("sweep"), str):  # one, in a configuration
        values["sweep"] = (values["sweep"],)
    predicted = {name: values.pop(name) for name in NAMES if name in flags and name in values}
    own = {name for name in config if name in values and name not in given}
    chosen = _checked(make_command, values, own, COMMAND_OPTIONS.keys(), flags.get("config"))
    others = values.keys() - COMMAND_OPTIONS.keys()
    options = _checked(make_options, values, own, others, flags.get("config"))
    kept = set(options.settings).difference(given.get("settings", ()))
    places = dict.fromkeys(kept, f"{flags.get('config')} (set)")
    files = wanted_files(chosen, force=flags["force"], spelling=Spelling.FLAG, words=["cablese", *words()])
    part = None if chosen.part is None else _numbers(chosen.part)
    request = Request(
        options,
        files,
        dry=chosen.dry,
        quiet=chosen.quiet,
        live=chosen.live,
        json=chosen.json,
        strict=chosen.strict,
        part=part,
        slurm=chosen.slurm,
        seeds=chosen.seeds,
        jobs=cores() if chosen.jobs == "auto" else int(chosen.jobs),
        sweeps=tuple(map(read_sweep, chosen.sweep)),
        best=chosen.best,
        budget=chosen.budget,
        prediction=read_prediction(predicted, has_figure=bool(files.plot or files.out or files.draws)),
        places=places,
    )
    _check_conditions(request)
    if request.options.alone:
        go_alone()
    choose_progress(request.options.progress_wait, os.environ)
    tell_patience(request.options.patience)
    at_first_rank(communicator(), lambda: check_files(files), _asked(request, chosen.sweep))
    return request


def _asked(request: Request, sweeps: Sequence[str]) -> dict[str, str]:
    """Requests beside the options, which are to be those of every rank."""
    files = request.files
    switches = {"--dry": request.dry, "--slurm": request.slurm, "--resume": files.resume}
    values = {"--part": request.part, "--best": request.best, "--checkpoint-every": files.checkpoint_every}
    return {
        "command": command(),
        "--seeds": str(request.seeds),
        "--sweep": ", ".join(sweeps),
        **{name: "given" if on else "" for name, on in {**switches, **_forced(files)}.items()},
        **{name: str(value) if value else "" for name, value in values.items()},
    }


def _forced(files: Files) -> dict[str, bool]:
    return {"--again": files.again, "--force": files.force, "--out": files.out is not None}


def _checked(
    make: Callable[[Mapping[str, Any]], T],
    values: Mapping[str, Any],
    own: Collection[str],
    names: Collection[str],
    config: str | None,
) -> T:
    """Options of these names; an error names the configuration where one of its `own` values is wrong."""
    taken = {name: value for name, value in values.items() if name in names}
    try:
        return make(taken)
    except UsageError:
        try:
            make({name: value for name, value in taken.items() if name in own})
        except UsageError as error:
            raise UsageError(f"--config {config}: {error}") from None
        raise


def _config(flags: Mapping[str, Any]) -> dict[str, object]:
    """The options of --config, or of a run that goes on."""
    if flags.get("config"):
        return read_config(Path(flags["config"]))
    return config_in(flags.get("resume") or None)


def _numbers(part: str) -> tuple[int, int]:
    place, _, parts = part.partition("/")
    return int(place), int(parts)


def _check_conditions(request: Request) -> None:
    """Raise UsageError or SpecError for a rule that ends runs, or words on the best of a sweep, that are wrong in form."""
    from cablese.runtime.execute.stop_rules import read_stop_rule
    from cablese.runtime.report.best import read_budget

    if request.options.stop is not None:
        read_stop_rule(request.options.stop)
    read_budget(request.budget or "")
    if not request.sweeps and (request.best or request.budget):
        raise UsageError(
            "--best and --budget choose from a sweep: give --sweep, such as 'gamma = gamma * [1/4, 1, 4]'."
        )


def ready(sources: Sequence[Source], request: Request, prepare: Callable[[], T]) -> T:
    """The runs that `prepare` makes of specs, after a report of the specs' warnings, which are errors with --strict."""
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.library import warnings_of

    warnings = warnings_of(sources, strict=request.strict)
    try:
        with shown_setup(quiet=request.quiet):
            prepared = prepare()
    except SpecError as error:
        placed = (_placed(diagnostic, request.places) for diagnostic in error.diagnostics)
        raise SpecError(tuple(placed)) from None
    if warnings and not request.quiet and rank() == 0:
        report(warnings)
    return prepared


def tell(notes: Sequence[str], request: Request) -> None:
    """Print remarks on runs, each once; with --strict raise SetupError for the first."""
    from cablese.runtime.errors import SetupError

    if notes and request.strict:
        raise SetupError(notes[0])
    if not request.quiet and rank() == 0:
        for note in dict.fromkeys(notes):
            say(f"warning: {note}")


def tell_of_points(runs: Sequence[OpenRun], request: Request) -> None:
    """Say after the runs whether measuring took longer than they did."""
    from cablese.runtime.report.point_times import on_points

    if not request.quiet and rank() == 0 and (note := on_points([run.entry for run in runs])):
        say(f"note: {note}")


def _placed(diagnostic: Diagnostic, places: Mapping[str, str]) -> Diagnostic:
    """The diagnostic; one in a setting of the configuration names the setting's place there."""
    source = diagnostic.span.source
    if source.name != "--set" or source.text not in places:
        return diagnostic
    there = replace(source, name=places[source.text])
    return replace(diagnostic, span=replace(diagnostic.span, source=there))


def opened(outputs: Outputs, entries: Sequence[Entry]) -> list[OpenRun]:
    """The runs as they begin. From now on Ctrl-C is an exception, after which results so far are written; ranks of a job, of
    which some may wait for ever, still end at once where no run hears it."""
    runs = outputs.open(entries)
    if communicator() is None:
        raise_interrupts()
    return runs


def hearing(request: Request) -> Hearing:
    """The block of a run in which a signal asks for its end."""
    told = partial(announce_end, request)
    return lambda requests: stops_heard(requests, signal.SIGINT, signal.SIGTERM, told=told)


def announce_end(request: Request) -> None:
    """Announce the end, from a handler of signals, which may interrupt any other writing."""
    if not request.quiet and os.isatty(2):
        os.write(2, b"\nstopping after this round; once more to end at once\n")


def draw(
    recordings: Sequence[Recording], paths: Sequence[Path], prediction: Prediction = NOTHING_PREDICTED
) -> list[OutputFailed]:
    """Draw the figure of all runs into every file; return the failures of writing."""
    if not paths:
        return []
    from cablese.runtime.folders.pictures import draw_runs

    return draw_runs(*prediction.drawn(recordings), paths)


def draw_and_report(
    recordings: Sequence[Recording], request: Request, plots: Sequence[Path]
) -> list[OutputFailed]:
    """Draw the figure of all runs into these files, and write their report; return the failures of writing."""
    failures = draw(recordings, plots, request.prediction)
    if request.files.draws:
        show_drawing(*request.prediction.drawn(recordings))
    if request.files.report is not None:
        from cablese.runtime.page.document import save_page

        try:
            save_page(request.files.report, _page(recordings, request))
        except OutputFailed as failure:
            failures.append(failure)
    return failures


def show_drawing(recordings: Sequence[Recording], view: View) -> None:
    """Draw runs on standard output, as characters."""
    from shutil import get_terminal_size

    from cablese.runtime.report.labels import curves
    from cablese.runtime.report.text_figure import text_figure

    print("\n" + text_figure(curves(recordings), view, get_terminal_size((80, 24)).columns), end="")


def _page(recordings: Sequence[Recording], request: Request) -> Page:
    """The page of the runs that began."""
    from cablese.runtime.page.runs import runs_page

    begun = [recording for recording in recordings if recording.header]
    measured = [recording for recording in begun if recording.points]
    predicted = [each.predicted for each in request.prediction.replayed(measured)]
    return runs_page(begun, predicted, request.files.command)


@contextmanager
def live(runs: Sequence[OpenRun], request: Request) -> Iterator[None]:
    """The block in which runs go on, with their page served if that is asked for; rank 0 serves."""
    if not request.live or rank() != 0:
        yield
        return
    from cablese.runtime.page.serving import serving

    with serving(runs, lambda recordings: _page(recordings, request), say):
        yield


@contextmanager
def finishing(finish: Callable[[], list[OutputFailed]]) -> Iterator[None]:
    """A context of a run, then `finish`, however the run ended; the first failure is raised, later ones are noted on it."""
    try:
        yield
    except BaseException as failure:
        for later in finish():
            failure.add_note(str(later))
        raise
    at_first_rank(communicator(), lambda: raise_first(finish()))


def show(parts: Iterator[RenderableType]) -> None:
    """Print a report on standard output, a blank line between its parts; on a terminal lines end between words."""
    from cablese.runtime.report.console import console

    out = console(sys.stdout)
    for i, part in enumerate(parts):
        if i:
            out.print()
        out.print(part, soft_wrap=isinstance(part, str) and not out.is_terminal)


def show_json(value: object) -> None:
    """Print one JSON value on standard output; characters with an effect on terminals are escaped."""
    import json
    import re

    text = json.dumps(value, ensure_ascii=False, indent=2)
    print(re.sub(_OBEYED, lambda found: f"\\u{ord(found[0]):04x}", text))


@contextmanager
def progress(request: Request, runs: int = 1) -> Iterator[Callable[[], list[Watcher]]]:
    """The bars of runs, where a person looks on: each run asks for its own."""
    if request.quiet or rank() != 0 or not sys.stderr.isatty():
        yield list
        return
    from cablese.runtime.report.console import console
    from cablese.runtime.report.progress import ProgressBars

    with ProgressBars(console(sys.stderr), runs) as bars:
        yield bars.of_run


def _was_given(value: object) -> bool:
    return value is not None and value is not False and value != ()
