"""The files that a command writes, locked from before the run to its end: nothing finished is lost, nothing is mixed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from functools import partial
from pathlib import Path
from tomllib import TOMLDecodeError, loads
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.printable import printable
from cablese.dsl.text.records import structure

from .. import output_errors as errors
from ..checkpoint_errors import not_begun, unfinished
from ..execute.agree import at_first_rank, in_step
from ..execute.config_files import config_text
from ..files.locks import LockedFolder
from ..files.run_folder import CHECKPOINT, CONFIG, ORDER, SPEC, TRACE
from ..files.whole import is_same_file
from ..identity import DIGEST, without_places
from ..output_texts import check_replaces_text, write_text
from ..report.figure_files import check_replaces_figure
from ..report.page_files import check_replaces_page
from ..trace_files import TraceWriter
from .starts import NEW, Begins, Folder, OpenRun, Start
from .wanted import Files

if TYPE_CHECKING:
    from ..execute.comparison import Entry
    from ..execute.interface import Header
    from ..store import Stored

_MADE_BY, _READ = "# made by: ", "# read "


@structure
class Outputs:
    """The files of one command, whose ranks share a communicator; none where another rank writes them. A run's folder is
    that of --out and its name in it, which for a single run is empty."""

    files: Files
    communicator: Any = None
    order: Sequence[str] = ()
    """The names of all runs, where other commands do the rest."""
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
        files = self.files
        _check_distinct(files, names)
        if files.out is not None:
            if not files.is_part:
                self._lock(files.out)
            for name in names:
                self._claim_folder(files.out / name, name)
        if files.trace is not None:
            self.shared.append(TraceWriter(files.trace))
            self._reworded(f"--trace {files.trace}", self.shared[0].claim)
        for path in files.plots:
            check_replaces_figure(path)
        if files.report is not None:
            check_replaces_page(files.report)
        if files.save is not None and files.save.exists() and not files.force:
            raise errors.other_file(f"--save {files.save}", self._force)

    def open(self, entries: Sequence[Entry]) -> list[OpenRun]:
        """The runs, each as it begins, the same at every rank; files of those that begin or go on are theirs from now on.

        Raises UsageError and SetupError: where another run stands there, and where one that is to go on was changed.
        """
        with in_step(self.communicator) as step:
            begins = self._starts(entries)
            for entry, begin in zip(entries, begins, strict=True):
                step.facts[f"beginning of {entry.name or 'its run'}"] = begin.words
        at_first_rank(self.communicator, lambda: self._admit(entries, begins))
        return [OpenRun(entry, begin) for entry, begin in zip(entries, begins, strict=True)]

    def _starts(self, entries: Sequence[Entry]) -> list[Begins]:
        """The ways in which runs begin, before any rank writes."""
        from ..store import NOTHING_DONE, done_in, folders_of_runs

        files = self.files
        if files.out is None:
            return [NEW for _ in entries]
        anew = files.again or (files.force and not files.resume)
        done = NOTHING_DONE if anew else done_in(files.out)
        folders = [Folder(files.out / entry.name, entry.prepared.header) for entry in entries]
        stored = [done.find(folder.header, folder.path) for folder in folders]
        begun = any(stored) or any(folder.is_begun for folder in folders)
        going_on = files.resume and not files.is_part
        if going_on and not begun and (others := folders_of_runs(files.out)):
            raise not_begun(files.out, others)
        starts = map(self._start, folders, stored)
        return [
            Begins(folder.path, start, files.checkpoint_every)
            for folder, start in zip(folders, starts, strict=True)
        ]

    def _start(self, folder: Folder, same: Stored | None) -> Start:
        """The way in which a run begins: not at all where the same one is finished."""
        files = self.files
        if same is not None:
            return Start(finished=same.recording, folder=same.folder)
        if files.resume:
            return folder.start(again=files.again, force=files.force)
        if folder.is_stopped and not files.force:
            raise unfinished(folder.path, files.spelling.given("resume", folder.path), self._force)
        return Start()

    def _admit(self, entries: Sequence[Entry], begins: Sequence[Begins]) -> None:
        """Let runs replace traces that are theirs, or any with --force; write each run's spec and configuration. Runs that
        go on keep what they have."""
        files = self.files
        headers = [entry.prepared.header for entry in entries]
        for writer in self.shared:
            admit = partial(writer.admit, headers, force=files.force)
            self._reworded(f"--trace {files.trace}", admit)
        if files.out is None:
            return
        texts: dict[Path, str] = {}
        for entry, begin in zip(entries, begins, strict=True):
            folder, writer = files.out / entry.name, self._kept[entry.name]
            if begin.start.finished is not None:
                continue
            if begin.start.folder is not None:
                self._reworded(str(folder), partial(writer.go_on, len(begin.start.points)))
                continue
            with suppress(FileNotFoundError):
                (folder / CHECKPOINT).unlink()
            admit = partial(writer.admit, [entry.prepared.header], force=files.force)
            self._reworded(f"--out {folder}", admit)
            texts |= _texts(folder, entry, files.command)
        forced = {path: files.force or _repeats(path, text) for path, text in texts.items()}
        for path, text in texts.items():
            check_replaces_text(path, text, force=forced[path])
        for path, text in texts.items():
            write_text(path, text, force=forced[path])
        if any(entry.name for entry in entries):
            self._tell_order(files.out, [begin.start.folder or begin.folder or files.out for begin in begins])

    def _tell_order(self, out: Path, folders: Sequence[Path]) -> None:
        """Write the folders of the runs in the order of this command; those of other commands stay behind them."""
        from ..store import ORDER_HEADING, is_order, order_in

        own = [os.path.relpath(folder, out).split(os.sep)[0] for folder in folders]
        told = [*dict.fromkeys([*(self.order or own), *order_in(out)])]
        if is_order(out / ORDER):
            write_text(out / ORDER, "\n".join([ORDER_HEADING, *told, ""]), force=True)

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
        self._reworded(f"--out {folder}: {folder / TRACE}", self._kept[name].claim)

    def _lock(self, folder: Path) -> None:
        try:
            locked = LockedFolder(folder)
        except OSError as error:
            raise errors.not_writable(f"--out {folder}", error) from None
        self._folders.append(locked)
        if not locked.locked:
            raise errors.locked(f"--out {folder}")

    @property
    def _force(self) -> str:
        return self.files.spelling.switch("force")

    def _reworded(self, what: str, step: Callable[[], None]) -> None:
        """Take a step of a trace writer; its refusals name the option, and the one that replaces a run."""
        try:
            step()
        except errors.Refused as why:
            raise errors.refused(what, why, self._force) from None
        except OSError as error:
            raise errors.not_writable(what, error) from None


@contextmanager
def claimed(
    files: Files, names: Sequence[str], communicator: Any = None, order: Sequence[str] = ()
) -> Iterator[Outputs]:
    """The outputs of runs with these names, of all in `order`, until they end. Raises UsageError at every rank."""
    outputs = Outputs(files, communicator, order)
    try:
        at_first_rank(communicator, lambda: outputs.claim(names))
        yield outputs
    finally:
        outputs.release()


def _check_distinct(files: Files, names: Sequence[str]) -> None:
    """Raise UsageError unless outputs are different files, and none is where standard output or error goes."""
    seen: dict[str, str] = {}
    for what, path in _written(files, names):
        place = os.path.realpath(path)
        if place in seen:
            raise errors.written_twice(seen[place], what)
        seen[place] = what
        for stream in (sys.stdout, sys.stderr):
            if path.is_file() and _goes_to(stream.fileno, path):
                raise errors.written_twice(what, f"what {stream.name.strip('<>')} goes to")


def _written(files: Files, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    if files.trace is not None:
        yield f"--trace {files.trace}", files.trace
    if files.save is not None:
        yield f"--save {files.save}", files.save
    for path in files.plots:
        yield f"the plot {path}", path
    if files.report is not None:
        yield f"the report {files.report}", files.report
    if files.out is not None:
        for file in (files.out / name / part for name in names for part in (SPEC, CONFIG, TRACE)):
            yield str(file), file


def _goes_to(descriptor: Callable[[], int], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor()), path.stat())
    except (OSError, ValueError):  # no file at all, as in a notebook
        return False


def _texts(folder: Path, entry: Entry, command: str) -> dict[Path, str]:
    """The spec and the configuration that repeat a run, by file; not the spec where it is the same file."""
    spec, config, header = folder / SPEC, folder / CONFIG, entry.prepared.header
    heading = f"# in this folder: cablese run {SPEC} --config {CONFIG}\n"
    if command:
        heading += f"{_MADE_BY}{printable(command)}\n"
    texts = {
        spec: header.spec,
        config: heading + config_text(entry.options, folder) + _made_with(header),
    }
    if is_same_file(spec, Path(entry.source.name)):
        del texts[spec]
    return texts


def _repeats(path: Path, text: str) -> bool:
    """True where a file holds a configuration of the same run, which another line asked for."""
    if path.name != CONFIG or not path.is_file():
        return False
    held = path.read_text(encoding="utf-8", errors="replace")
    try:
        return _meaning(held) == _meaning(text)
    except TOMLDecodeError:
        return False


def _meaning(config: str) -> tuple[list[str], dict[str, object]]:
    """The comments of a configuration but for its line, and its options, whose files count by their hashes."""
    lines = [line for line in config.splitlines() if line.startswith("#") and not line.startswith(_MADE_BY)]
    told = (line.removeprefix(_READ).rpartition(": ") for line in lines if line.startswith(_READ))
    read = {name: value for name, _, value in told}
    return lines, {name: without_places(name, value, read) for name, value in loads(config).items()}


def _made_with(header: Header) -> str:
    """Comments on versions, and on files that were read, by their hashes; nothing of the machine."""
    files = {name: value for name, value in header.versions.items() if value.startswith(DIGEST)}
    others = [f"{name} {value}" for name, value in header.versions.items() if name not in {"cpu", *files}]
    read = "".join(f"{_READ}{name}: {value}\n" for name, value in files.items())
    return f"# made with {', '.join(others)}\n{read}".replace("\x7f", "\ufffd")
