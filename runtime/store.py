"""A folder of runs as a small store: every run below it, with what tells it from the others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cablese.dsl.text.records import record

from .checkpoint_files import changes
from .errors import SetupError, UsageError
from .execute.interface import Header, Recording
from .files.locks import is_locked, lock
from .files.reading import TEXT_LIMIT, read_file
from .files.run_folder import CHECKPOINT, FILES, ORDER, OUTPUT, TRACE
from .identity import identity_of, placeless
from .tracing import TraceError, read_header, read_trace, read_traces

ORDER_HEADING = "# the runs of this folder, in the order of the command that ran them"

_BY_DESIGN = ("--stop", "--max-bits")  # early ends that are the run's own, and come again


def read_runs(paths: Sequence[str]) -> Iterator[Recording]:
    """The runs of traces, and of the traces in folders and below them, in the order of the commands that ran them.

    Raises UsageError for what is not there and for a folder without one, TraceError.
    """
    for path in map(Path, paths):
        _check_is_there(path)
        files = [place / TRACE for place in _places(path)] if path.is_dir() else [path]
        if not files:
            raise UsageError(f"{path} holds no run: name a folder that --out made, or a trace.")
        for file in files:
            yield from read_traces(file)


def _check_is_there(path: Path) -> None:
    """Raise UsageError for a run that is not there."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such trace, and no folder of runs.")


def _places(folder: Path) -> Iterator[Path]:
    """The folders with a trace in and below a folder: as the command that ran them has them, others by name behind."""
    for place, folders, files in os.walk(folder):
        told = [name for name in order_in(Path(place)) if name in folders]
        folders[:] = [*told, *sorted(set(folders).difference(told))]
        if TRACE in files:
            yield Path(place)


def order_in(folder: Path) -> list[str]:
    """The folders of runs in the order of their command, as a folder tells it; none where it does not."""
    try:
        heading, *names = read_file(folder / ORDER, TEXT_LIMIT).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return []
    return names if heading == ORDER_HEADING else []


def is_order(path: Path) -> bool:
    """True for a file that tells an order of runs, or one that is not there."""
    return not path.exists() or bool(order_in(path.parent))


@record
class Stored:
    """A run on disk: its folder, its trace, whether it has a checkpoint, and whether it is being run."""

    folder: Path
    recording: Recording
    has_checkpoint: bool
    is_running: bool = False

    @property
    def header(self) -> Header:
        """The header of its trace."""
        assert self.recording.header is not None
        return self.recording.header

    @property
    def state(self) -> str:
        """`running`, `finished`, `stopped` and by what, `failed`, or `cut off`; whether a checkpoint is there to go on
        from."""
        if self.is_running:
            return "running"
        summary = self.recording.summary
        if summary is None:
            found = "cut off"
        elif summary.failed:
            found = "failed"
        else:
            found = f"stopped by {summary.stopped}" if summary.stopped else "finished"
        return f"{found}, can go on" if self.has_checkpoint and found != "finished" else found

    @property
    def rounds(self) -> int:
        """Rounds up to the last point."""
        return self.recording.points[-1].round if self.recording.points else 0

    def values(self) -> dict[str, Any]:
        """All that a filter may ask for, by name."""
        header, points = self.header, self.recording.points
        last = points[-1].metrics if points else {}
        return {
            **header.params,
            **header.compressors,
            **last,
            "algorithm": header.algorithm,
            "problem": header.problem,
            "n": header.n,
            "d": header.d,
            "rounds": header.rounds,
            "seed": header.seed,
            "state": self.state,
        }


def is_finished(recording: Recording, folder: Path) -> bool:
    """True for a run that came to its end, or to the end that its own rule sets, and whose output point is in its folder."""
    summary = recording.summary
    return (
        summary is not None
        and not summary.failed
        and (not summary.stopped or summary.stopped.startswith(_BY_DESIGN))
        and (folder / OUTPUT).exists()
    )


@record
class Done:
    """The finished runs in and below a folder, found by all that points depend on."""

    folders: Mapping[str, Sequence[Path]]

    def find(self, header: Header, near: Path) -> Stored | None:
        """The same run, finished and with at least the metrics asked for; rather the one in the folder `near`."""
        known = self.folders.get(_key(header), ())
        for folder in sorted(known, key=lambda each: (each != near, each)):
            recording = read_trace(folder / TRACE)
            held = recording.header
            if held is None or not is_finished(recording, folder):
                continue
            if {*placeless(header).metrics} <= {*placeless(held).metrics} and header.thin == held.thin:
                return Stored(folder, recording, has_checkpoint=False)
        return None


NOTHING_DONE = Done({})


def done_in(folder: Path) -> Done:
    """The runs in and below a folder that may be finished; of each trace the header alone is read."""
    found: dict[str, list[Path]] = {}
    for place, _, files in os.walk(folder):
        header = read_header(Path(place) / TRACE) if {TRACE, OUTPUT} <= {*files} else None
        if header is not None:
            found.setdefault(_key(header), []).append(Path(place))
    return Done(found)


def folders_of_runs(folder: Path) -> list[Path]:
    """The folders of the runs in and below a folder, in order."""
    return [place for place in _places(folder) if read_header(place / TRACE) is not None]


def _key(header: Header) -> str:
    """The identity of a run as a text; a whole number is the same as an int and as a float, as traces give it back."""
    record = identity_of(header)
    for name in ("params", "constants"):
        record[name] = {each: float(value) for each, value in record[name].items()}
    return json.dumps(record, sort_keys=True)


def stored_runs(folder: Path) -> list[Stored]:
    """Every run in or below a folder, in order. Raises UsageError without such a folder."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name one that holds runs, as --out makes them.")
    return list(_found(folder))


def _found(folder: Path) -> Iterator[Stored]:
    for place in _places(folder):
        locked = is_locked(place / TRACE)  # asked first: whoever ends meanwhile has a summary
        try:
            recording = read_trace(place / TRACE)
        except TraceError:
            continue  # a trace of another kind, or of a run that has just begun
        if recording.header is not None:
            goes_on = locked and (recording.summary is None or _is_run_again(place))
            yield Stored(place, recording, (place / CHECKPOINT).exists(), goes_on)


def _is_run_again(folder: Path) -> bool:
    """True where another trace is written beside a finished one; commands of many runs hold the finished ones, too."""
    return any(folder.glob(f".{TRACE}.*"))


def kept_by(runs: Sequence[Stored], conditions: Sequence[str]) -> list[Stored]:
    """The runs that meet every condition, `NAME=VALUE`; a text is met by what it occurs in. Raises UsageError."""
    return [run for run in runs if all(_meets(run, condition, runs) for condition in conditions)]


def _meets(run: Stored, condition: str, runs: Sequence[Stored]) -> bool:
    name, sign, wanted = (part.strip() for part in condition.partition("="))
    if not sign or not name:
        raise UsageError(f"--where takes NAME=VALUE, such as seed=1 or algorithm=MARINA, not {condition!r}.")
    values = run.values()
    if name not in values:
        known = sorted({each for other in runs for each in other.values()})
        if name not in known:
            raise UsageError(f"no run here has `{name}`; they have {', '.join(known)}.")
        return False
    value = values[name]
    if isinstance(value, str):
        return wanted.lower() in value.lower()
    try:
        return float(wanted) == float(value)
    except ValueError:
        return False


def differences(one: Path, other: Path) -> list[str]:
    """Everything on which points depend that differs between two runs. Raises SetupError, UsageError for an absent one."""
    for path in (one, other):
        _check_is_there(path)
    first, second = (read_trace(path / TRACE if path.is_dir() else path) for path in (one, other))
    if first.header is None or second.header is None:
        raise SetupError("a trace without a header tells nothing of its run.")
    return changes(identity_of(first.header), second.header)


def delete(run: Stored) -> bool:
    """Remove the files of a run, and its folder if nothing else is in it; False, and nothing is removed, where a command
    writes there, which is kept out meanwhile. Raises OSError."""
    with ExitStack() as held:
        for path in (run.folder, run.folder / TRACE):
            descriptor = os.open(path, os.O_RDONLY)
            held.callback(os.close, descriptor)
            if not lock(descriptor):
                return False
        for name in FILES:
            (run.folder / name).unlink(missing_ok=True)
        if not any(run.folder.iterdir()):
            run.folder.rmdir()
    return True
