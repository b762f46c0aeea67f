"""Runs in folders that go on where they stopped: from a checkpoint, or not at all where they are finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cablese.dsl.text.records import record

from .. import checkpoint_errors as errors
from ..execute.interface import Point, Recording
from ..files.reading import DATA_LIMIT, read_file
from ..files.run_folder import CHECKPOINT, CONFIG, OUTPUT, SPEC, TRACE
from ..files.safetensors import FormatError, unpacked
from ..identity import identity_of
from ..trace_files import standing_trace
from ..tracing import read_header, read_trace

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..checkpoint_files import CheckpointFile, Standing
    from ..errors import RunFailed
    from ..execute.checkpoint import Checkpoint
    from ..execute.comparison import Entry
    from ..execute.interface import Header, Watcher
    from ..execute.session import Outcome
    from ..execute.stopping import Requests
    from ..execute.tasks import Ended
    from ..problems.base import Problem


@record
class Start:
    """The way a run begins: it is `finished` in a folder, or goes on after `points` from a checkpoint there, or is new."""

    finished: Recording | None = None
    folder: Path | None = None
    points: tuple[Point, ...] = ()
    every: int = 0

    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint to go on from, read when it is needed."""
        from ..checkpoint_files import read_checkpoint

        held = self.folder if self.finished is None else None
        return None if held is None else read_checkpoint(held / CHECKPOINT).checkpoint


@record
class Folder:
    """The folder of a run."""

    path: Path
    header: Header = field(repr=False)

    @property
    def is_stopped(self) -> bool:
        """True where a run was stopped here, and can go on."""
        from ..store import is_finished

        found = standing_trace(self.path / TRACE) if (self.path / CHECKPOINT).exists() else None
        return found is not None and not any(is_finished(run, self.path) for run in found.runs)

    @property
    def is_begun(self) -> bool:
        """True where a run was begun here, however far it came."""
        known = (self.path / CONFIG).exists() or (self.path / CHECKPOINT).exists()
        return known or read_header(self.path / TRACE) is not None

    def start(self, *, again: bool, force: bool) -> Start:
        """The way in which a run goes on here; one that is finished begins `again`. Raises SetupError where another run was
        begun here, or files are damaged; with `force` other versions of libraries are the same run."""
        from ..checkpoint_files import changes, read_checkpoint
        from ..store import is_finished

        found = standing_trace(self.path / TRACE)
        recording = found.runs[0] if found is not None and found.runs else None
        if recording is not None and recording.header is not None and is_finished(recording, self.path):
            self._check(changes(identity_of(recording.header), self.header), force)
            return Start() if again else Start(finished=recording, folder=self.path)
        if not (self.path / CHECKPOINT).exists():
            if recording is not None and recording.header is not None:
                self._check(changes(identity_of(recording.header), self.header), force)
            return Start()
        standing = read_checkpoint(self.path / CHECKPOINT)
        self._check(changes(standing.run, self.header), force)
        return Start(folder=self.path, points=self._points(standing), every=standing.every)

    def _check(self, found: Sequence[str], force: bool) -> None:
        told = [each for each in found if not (force and each.startswith("versions "))]
        if told:
            raise errors.changed(self.path, told)

    def _points(self, standing: Standing) -> tuple[Point, ...]:
        """The points that the trace had when the checkpoint was written."""
        held, wanted = read_trace(self.path / TRACE).points, standing.checkpoint.progress.points
        if len(held) < wanted:
            raise errors.short_trace(self.path / TRACE, wanted, len(held))
        return tuple(held[:wanted])


@record
class Begins:
    """The folder of a run, if it has one, and the way it begins there; checkpoints every so many rounds."""

    folder: Path | None = None
    start: Start = field(default_factory=Start)
    every: int = 0

    @property
    def words(self) -> str:
        """The way in words, which are those of every rank."""
        every = f", a checkpoint every {self.every} rounds" if self.every else ""
        if self.start.finished is not None:
            return "finished in its folder"
        return f"{f'after {len(self.start.points)} points' if self.start.folder else 'anew'}{every}"

    def keeper(self, header: Header) -> CheckpointFile | None:
        """The file that checkpoints go to."""
        from ..checkpoint_files import CheckpointFile

        if self.folder is None:
            return None
        every = self.every or self.start.every
        return CheckpointFile(self.folder / CHECKPOINT, header, every, self.folder / TRACE)

    def finish(self, problem: Problem, output: HostArray | None, keeper: CheckpointFile) -> None:
        """Write the output point, and remove what is needed no more. Raises OutputFailed."""
        from ..checkpoint_files import write_output

        if self.folder is not None and output is not None:
            write_output(self.folder / OUTPUT, problem, output)
        keeper.remove()


NEW = Begins()


@dataclass(slots=True)
class OpenRun:
    """A run that is ready: the way it begins, and then everything that it measured, and its end."""

    entry: Entry
    begins: Begins
    recording: Recording = field(init=False)
    ended: Ended[HostArray | None] | None = None
    """Its output point or its failure; None before its end, and where it is taken from its folder."""

    def __post_init__(self) -> None:
        start = self.begins.start
        self.recording = start.finished or Recording(points=list(start.points))

    @property
    def is_taken(self) -> bool:
        """True where it was finished before, and is taken from its folder."""
        return self.begins.start.finished is not None

    @property
    def folder(self) -> Path | None:
        """The folder in which it was finished, or goes on."""
        return self.begins.start.folder

    @property
    def failure(self) -> RunFailed | None:
        """The failure that ended it."""
        return None if self.ended is None else self.ended.failure

    def output(self) -> HostArray | None:
        """The output point (d,), where the run came to an end and rank 0 asks. Raises SetupError."""
        if self.is_taken and self.folder is not None:
            return output_in(self.folder)
        return None if self.ended is None else self.ended.value

    def go(self, watcher: Watcher, requests: Requests) -> Outcome:
        """Run to the end or until it is requested, with the checkpoints and the output of a run that has a folder; a watcher
        beside the recording. Raises RunFailed."""
        from ..execute.agree import at_first_rank

        prepared, begins = self.entry.prepared, self.begins
        keeper, begun = begins.keeper(prepared.header), begins.start.checkpoint()
        outcome = prepared.run(watcher, requests, keeper, begun)
        output, problem = outcome.output, prepared.context.problem
        if keeper is not None and not outcome.cause.is_resumable:
            at_first_rank(prepared.context.transport.world, lambda: begins.finish(problem, output, keeper))
        return outcome


def spec_in(folder: Path) -> str:
    """The spec of the run in a folder. Raises UsageError."""
    if not (folder / SPEC).is_file() or not (folder / CONFIG).is_file():
        from ..store import folders_of_runs

        raise errors.no_spec(folder, folders_of_runs(folder))
    return str(folder / SPEC)


def output_in(folder: Path) -> HostArray:
    """The output point of the run that was finished in a folder, (d,). Raises SetupError."""
    import numpy as np

    try:
        arrays, _ = unpacked(read_file(folder / OUTPUT, DATA_LIMIT))
    except OSError as error:
        raise errors.unreadable(folder / OUTPUT, error) from None
    except FormatError as error:
        raise errors.damaged(folder / OUTPUT, str(error)) from None
    return np.concatenate([array.ravel() for array in arrays.values()])
