"""The files that a command writes, locked from before the run to its end: nothing finished is lost, nothing is mixed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cablese.runtime import output_errors as errors
from cablese.runtime.checkpoint_errors import unfinished
from cablese.runtime.execute.agree import at_first_rank
from cablese.runtime.execute.config_files import config_text
from cablese.runtime.execute.options import Options
from cablese.runtime.files.locks import LockedFolder
from cablese.runtime.files.run_folder import CHECKPOINT, CONFIG, SPEC, TRACE
from cablese.runtime.files.whole import is_same_file
from cablese.runtime.output_texts import check_replaces_text, write_text
from cablese.runtime.report.figure_files import check_replaces_figure
from cablese.runtime.trace_files import TraceWriter

from .guard import communicator
from .resuming import NEW, Begins, Folder, Start

if TYPE_CHECKING:
    from cablese.runtime.execute.interface import Header, Recording, Watcher
    from cablese.runtime.store import Stored

    from .launch import Request

_FORCE = "--force"


@dataclass(frozen=True, slots=True)
class Run:
    """One of the runs of a command: its folder in that of --out ("" for the same), the spec's file, header and options."""

    name: str
    spec: str
    header: Header
    options: Options


@dataclass(slots=True)
class Outputs:
    """The files of one command; none where another rank writes them."""

    request: Request
    shared: list[TraceWriter] = field(default_factory=list)
    """The trace of all runs."""
    _kept: dict[str, TraceWriter] = field(default_factory=dict)
    _folders: list[LockedFolder] = field(default_factory=list)

    def kept(self, name: str) -> list[TraceWriter]:
        """The traces of one run: its own, if there is one, beside the shared."""
        return [*self.shared, *self.own(name)]

    def own(self, name: str) -> list[TraceWriter]:
        """The trace of one run in its folder, if there is one."""
        return [self._kept[name]] if name in self._kept else []

    def claim(self, names: Sequence[str]) -> None:
        """Lock all files and folders, and check that no file of another kind is replaced. Raises UsageError."""
        request = self.request
        _check_distinct(request, names)
        if request.out is not None:
            if request.part is None:
                self._lock(request.out)
            for name in names:
                self._claim_folder(request.out / name, name)
        if request.trace is not None:
            self.shared.append(TraceWriter(request.trace))
            _reworded(f"--trace {request.trace}", self.shared[0].claim)
        for path in request.plots:
            check_replaces_figure(path)
        if request.save is not None and request.save.exists() and not request.force:
            raise errors.other_file(f"--save {request.save}", _FORCE)

    def starts(self, runs: Sequence[Run]) -> list[Begins]:
        """The ways in which runs begin, the same at every rank: before any rank writes."""
        from cablese.runtime.store import NOTHING_DONE, done_in

        request, every = self.request, self.request.checkpoint_every
        if request.out is None:
            return [NEW for _ in runs]
        done = (
            NOTHING_DONE if request.again or (request.force and not request.resume) else done_in(request.out)
        )
        found = [done.find(run.header, request.out / run.name) for run in runs]
        folders = [Folder(request.out / run.name, run.header) for run in runs]
        return [
            Begins(each.path, self._start(each, same), every)
            for each, same in zip(folders, found, strict=True)
        ]

    def _start(self, folder: Folder, same: Stored | None) -> Start:
        """The way in which a run begins: not at all where the same one is finished."""
        if same is not None:
            return Start(finished=same.recording, folder=same.folder)
        if self.request.resume:
            return folder.start(again=self.request.again, force=self.request.force)
        if folder.is_stopped and not self.request.force:
            raise unfinished(folder.path, _FORCE)
        return Start()

    def admit(self, runs: Sequence[Run], begins: Sequence[Begins] | None = None) -> None:
        """Let runs replace traces that are theirs, or any with --force; write each run's spec and configuration. Runs that
        go on keep what they have."""
        request = self.request
        headers = [run.header for run in runs]
        for writer in self.shared:
            _reworded(f"--trace {request.trace}", partial(writer.admit, headers, force=request.force))
        if request.out is None:
            return
        texts: dict[Path, str] = {}
        for run, begin in zip(runs, begins or [NEW] * len(runs), strict=True):
            folder = request.out / run.name
            if begin.start.finished is not None:
                continue
            if begin.start.folder is not None:
                _reworded(f"--resume {folder}", partial(self._kept[run.name].go_on, len(begin.start.points)))
                continue
            with suppress(FileNotFoundError):
                (folder / CHECKPOINT).unlink()
            admit = partial(self._kept[run.name].admit, [run.header], force=request.force)
            _reworded(f"--out {folder}", admit)
            texts |= _texts(folder, run)
        for path, text in texts.items():
            check_replaces_text(path, text, force=request.force)
        for path, text in texts.items():
            write_text(path, text, force=request.force)

    def release(self) -> None:
        """Unlock all files and folders."""
        for writer in (*self.shared, *self._kept.values()):
            writer.close()
        for folder in reversed(self._folders):
            folder.release()

    def _claim_folder(self, folder: Path, name: str) -> None:
        if name:
            self._lock(folder)
        self._kept[name] = TraceWriter(folder / TRACE)
        _reworded(f"--out {folder}: {folder / TRACE}", self._kept[name].claim)

    def _lock(self, folder: Path) -> None:
        try:
            locked = LockedFolder(folder)
        except OSError as error:
            raise errors.not_writable(f"--out {folder}", error) from None
        self._folders.append(locked)
        if not locked.locked:
            raise errors.locked(f"--out {folder}")


def replay(recording: Recording, watchers: Sequence[Watcher]) -> None:
    """Tell watchers of a run that ended before, as if it were run."""
    assert recording.header is not None, "a recording starts with a header"
    for watcher in watchers:
        watcher.begin(recording.header)
        for point in recording.points:
            watcher.point(point)
        if recording.summary is not None:
            watcher.end(recording.summary)


@contextmanager
def claimed(request: Request, names: Sequence[str]) -> Iterator[Outputs]:
    """The outputs of runs with these names, until they end. Raises UsageError at every rank."""
    outputs = Outputs(request)
    try:
        at_first_rank(communicator(), lambda: outputs.claim(names))
        yield outputs
    finally:
        outputs.release()


def _reworded(what: str, step: Callable[[], None]) -> None:
    """Take a step of a trace writer; its refusals get the command line's words."""
    try:
        step()
    except errors.Refused as why:
        raise errors.refused(what, why, _FORCE) from None
    except OSError as error:
        raise errors.not_writable(what, error) from None


def _check_distinct(request: Request, names: Sequence[str]) -> None:
    """Raise UsageError unless outputs are different files, and none is where standard output or error goes."""
    seen: dict[str, str] = {}
    for what, path in _written(request, names):
        place = os.path.realpath(path)
        if place in seen:
            raise errors.written_twice(seen[place], what)
        seen[place] = what
        for stream in (sys.stdout, sys.stderr):
            if path.is_file() and _goes_to(stream.fileno, path):
                raise errors.written_twice(what, f"what {stream.name.strip('<>')} goes to")


def _written(request: Request, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    if request.trace is not None:
        yield f"--trace {request.trace}", request.trace
    if request.save is not None:
        yield f"--save {request.save}", request.save
    for path in request.plots:
        yield f"the plot {path}", path
    if request.out is not None:
        for file in (request.out / name / part for name in names for part in (SPEC, CONFIG, TRACE)):
            yield str(file), file


def _goes_to(descriptor: Callable[[], int], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor()), path.stat())
    except (OSError, ValueError):  # no file at all, as in a notebook
        return False


def _texts(folder: Path, run: Run) -> dict[Path, str]:
    """The spec and the configuration that repeat a run, by file; not the spec where it is the same file."""
    spec, config = folder / SPEC, folder / CONFIG
    heading = f"# in this folder: cablese run {SPEC} --config {CONFIG}\n"
    texts = {
        spec: run.header.spec,
        config: heading + config_text(run.options, folder) + _made_with(run.header),
    }
    if is_same_file(spec, Path(run.spec)):
        del texts[spec]
    return texts


def _made_with(header: Header) -> str:
    """Comments on versions, and on files that were read, by their hashes; nothing of the machine."""
    files = {name: value for name, value in header.versions.items() if value.startswith("sha256")}
    others = [f"{name} {value}" for name, value in header.versions.items() if name not in {"cpu", *files}]
    read = "".join(f"# read {name}: {value}\n" for name, value in files.items())
    return f"# made with {', '.join(others)}\n{read}".replace("\x7f", "\ufffd")
