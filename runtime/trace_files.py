"""Writing of trace files: locked by one run, on disk line by line; a finished trace is replaced on demand only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cablese.dsl.text.records import record

from . import output_errors as errors
from .execute.interface import Header, Point, Recording, Summary
from .files.locks import lock
from .files.whole import is_stream, open_stream, scratch_of, write_all, write_whole
from .identity import identity_of
from .tracing import TraceError, header_record, point_record, read_traces, summary_record

_BEGINNING = b'{"type": "header"'


@record
class Standing:
    """A trace that a file holds before another is written to it; `whole` is False where it is damaged."""

    runs: tuple[Recording, ...]
    whole: bool = True

    @property
    def finished(self) -> bool:
        """True where any of its runs came to its end: such a trace is not to be lost."""
        return any(run.summary is not None and not run.summary.stopped for run in self.runs)

    def is_of(self, headers: Sequence[Header]) -> bool:
        """True where it holds these runs, or the first of them: from the same spec, values, problem and versions."""
        held = [run.header for run in self.runs if run.header is not None]
        return self.whole and [identity_of(h) for h in held] == [identity_of(h) for h in headers[: len(held)]]


def standing_trace(path: Path) -> Standing | None:
    """The trace in a file; None where there is no file or no header in it. Raises NotATrace for anything else."""
    if not path.exists() or is_stream(path):
        return None
    with path.open("rb") as stream:
        beginning = stream.read(len(_BEGINNING))
    if _BEGINNING.startswith(beginning) and beginning != _BEGINNING:
        return None  # not even a header
    if beginning != _BEGINNING:
        raise errors.NotATrace
    try:
        return Standing(read_traces(path))
    except TraceError:
        return Standing((), whole=False)


class TraceWriter:
    """A watcher that writes every record to a file at once, so that a killed run keeps what it measured.

    `claim` it before the run, let it `admit` the runs, and `close` it after the last. A finished trace stays until
    the runs that replace it have ended.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target = path if is_stream(path) else Path(os.path.realpath(path))
        self._claimed: int | None = None  # the file that is locked
        self._written: int | None = None  # the file that the records go to
        self._scratch: Path | None = None  # the latter's name where they differ
        self._measured: set[str] = set()  # metrics of the same run in the trace before
        self._made = self._begun = self._whole = self._goes_on = False

    def claim(self) -> None:
        """Open the file, made if there is none, and lock it. Raises OSError, Locked, NotATrace."""
        if is_stream(self._path):
            self._claimed = open_stream(self._path)
            return
        while not self._is_current():
            self._release()
            self._open()
            assert self._claimed is not None
            if not lock(self._claimed):
                self._made = False
                raise errors.Locked
        standing_trace(self._path)

    def admit(self, headers: Sequence[Header], *, force: bool) -> None:
        """Let runs replace the trace before. Raises AnotherRun unless it is of these runs, or `force`."""
        found = standing_trace(self._path)
        if found is None:
            return
        same = found.is_of(headers)
        if not (same or force):
            raise errors.AnotherRun(found.runs)
        if same and found.finished:
            self._scratch = scratch_of(self._target)
            firsts = [] if force else [run.points[0] for run in found.runs if run.points]
            self._measured = {name for point in firsts for name in point.metrics}

    def go_on(self, points: int) -> None:
        """Keep the header and so many points of the trace before, and write behind them. Raises OSError."""
        assert self._claimed is not None, "claim comes first"
        end = _end_of(self._target, points)
        os.ftruncate(self._claimed, end)
        os.lseek(self._claimed, end, os.SEEK_SET)
        self._written, self._begun, self._goes_on = self._claimed, True, True

    def begin(self, header: Header) -> None:
        """Empty the file if this is the first run, and write the header; nothing where a run goes on."""
        if self._goes_on:
            self._goes_on = False
            return
        if self._written is None:
            self._written = self._emptied()
        self._whole = False
        self._write(header_record(header))
        self._begun = True

    def tick(self, rounds_done: int) -> None:
        """Write nothing."""

    def point(self, point: Point) -> None:
        """Write one point. Raises OutputFailed where the trace before had metrics that this one lacks."""
        if self._measured and (lacking := sorted(self._measured - point.metrics.keys())):
            raise errors.fewer_metrics(self._path, lacking)
        self._measured = set()
        self._write(point_record(point))

    def end(self, summary: Summary) -> None:
        """Write the summary."""
        self._write(summary_record(summary))
        self._whole = not summary.stopped

    def put(self, content: bytes) -> None:
        """Replace the file by a whole trace. Raises OSError."""
        write_whole(self._path, content)
        self._begun = True

    def close(self) -> None:
        """Unlock the file; remove it if it was made and holds no run."""
        if self._scratch is not None and self._written is not None:
            os.close(self._written)
            with suppress(OSError):
                if self._whole:
                    os.replace(self._scratch, self._target)
                else:
                    os.unlink(self._scratch)
        elif self._made and not self._begun:
            with suppress(OSError):
                os.unlink(self._target)
        self._written = self._scratch = None
        self._release()

    def hand_over(self) -> None:
        """Leave the file to a process that has it open as well, and is to close it."""
        for descriptor in {self._claimed, self._written}:
            if descriptor is not None:
                os.close(descriptor)
        self._claimed = self._written = self._scratch = None
        self._made = False

    # --- the file --------------------------------------------------------------------------------------------

    def _is_current(self) -> bool:
        """True where the open file still has the name, under which a run that ended may have put another."""
        if self._claimed is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._claimed), os.stat(self._target))
        except FileNotFoundError:
            return False

    def _open(self) -> None:
        try:
            self._claimed = os.open(self._target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            self._made = True
        except FileExistsError:
            self._claimed = os.open(self._target, os.O_RDWR)
            self._made = False

    def _release(self) -> None:
        if self._claimed is not None:
            os.close(self._claimed)
            self._claimed = None

    def _emptied(self) -> int:
        assert self._claimed is not None, "claim comes first"
        if self._scratch is not None:
            mode = os.fstat(self._claimed).st_mode & 0o7777
            return os.open(self._scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        if not is_stream(self._path):
            os.ftruncate(self._claimed, 0)
        return self._claimed

    def _write(self, record: dict[str, Any]) -> None:
        assert self._written is not None, "begin comes first"
        try:
            write_all(self._written, _line(record))
        except OSError as error:
            raise errors.failed(self._path, error) from None


def write_trace(path: Path, recording: Recording, *, force: bool = False) -> None:
    """Write a recording whole. Raises UsageError where the file holds another run or no trace, OutputFailed where it cannot
    be written."""
    assert recording.header is not None, "a recording starts with a header"
    writer = TraceWriter(path)
    try:
        writer.claim()
        writer.admit([recording.header], force=force)
        writer.put(b"".join(map(_line, _records(recording))))
    except errors.Refused as refused:
        raise errors.refused(str(path), refused, "force=True") from None
    except OSError as error:
        raise errors.failed(path, error) from None
    finally:
        writer.close()


def _end_of(path: Path, points: int) -> int:
    """The place behind the header and so many points."""
    end, left = 0, points + 1
    with path.open("rb") as stream:
        for line in stream:
            if not left:
                break
            end, left = end + len(line), left - 1
    return end


def _records(recording: Recording) -> Iterator[dict[str, Any]]:
    assert recording.header is not None
    yield header_record(recording.header)
    yield from map(point_record, recording.points)
    if recording.summary is not None:
        yield summary_record(recording.summary)


def _line(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n").encode(
        "utf-8", "backslashreplace"
    )
