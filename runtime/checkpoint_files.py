"""Checkpoints as files: arrays by name with numbers beside them, checksummed, put in place whole and on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import record, structure

from . import checkpoint_errors as errors
from .execute.carried import Kept
from .execute.checkpoint import Checkpoint, Progress
from .execute.interface import Header
from .files.reading import DATA_LIMIT, read_file
from .files.safetensors import FormatError, packed, unpacked
from .files.whole import write_synced
from .identity import identity_of, placeless_record
from .tracing import point_of, point_record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .problems.base import Problem

FORMAT = 1
_ABOUT, _DIGEST = "cablese", "sha256"


@structure
class CheckpointFile:
    """Implements `Keeper`: the one file of a run, each checkpoint in the place of the one before.

    The trace so far is brought to the disk before it, and is never behind its checkpoint.
    """

    path: Path
    header: Header
    every: int = 0
    trace: Path | None = None

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the file. Raises OutputFailed."""
        try:
            if self.trace is not None:
                _sync(self.trace)
            write_synced(self.path, _parts(self.header, self.every, checkpoint))
        except OSError as error:
            raise errors.not_written(self.path, error) from None

    def remove(self) -> None:
        """Remove the file of a run that has come to its end."""
        with suppress(OSError):
            self.path.unlink()


@record
class Standing:
    """A checkpoint that a file holds: of which run, written every so many rounds."""

    run: Mapping[str, Any]
    every: int
    checkpoint: Checkpoint


def write_output(path: Path, problem: Problem, point: NDArray[Any]) -> None:
    """Write a point (d,), the parts of the model by name. Raises OutputFailed."""
    ends = np.cumsum([prod(shape) for _, shape in problem.blocks])[:-1]
    parts = zip(problem.blocks, np.split(point, ends), strict=True)
    arrays = {name: part.reshape(shape) for (name, shape), part in parts}
    try:
        write_synced(path, packed(arrays, {"problem": problem.written}))
    except OSError as error:
        raise errors.not_written(path, error) from None


def read_checkpoint(path: Path) -> Standing:
    """The checkpoint in a file. Raises SetupError where there is none, or it is damaged."""
    try:
        arrays, texts = unpacked(read_file(path, DATA_LIMIT))
    except FileNotFoundError:
        raise errors.no_checkpoint(path) from None
    except OSError as error:
        raise errors.unreadable(path, error) from None
    except FormatError as error:
        raise errors.damaged(path, str(error)) from None
    if texts.get(_DIGEST) != _digest(texts.get(_ABOUT, ""), arrays):
        raise errors.damaged(path, "its checksum is another")
    about = json.loads(texts[_ABOUT])
    if about["format"] != FORMAT:
        raise errors.other_format(path, about["format"])
    return Standing(about["run"], about["every"], _checkpoint(about, arrays))


def changes(held: Mapping[str, Any], header: Header) -> list[str]:
    """Everything that differs between the run of a checkpoint and a prepared one, in words."""
    held, now, found = _plain(placeless_record(held)), _plain(identity_of(header)), []
    for name in [*held, *(name for name in now if name not in held)]:
        before, after = held.get(name), now.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            keys = dict.fromkeys([*before, *after])
            found += [
                f"{name} {key}: {_told(before.get(key))}, now {_told(after.get(key))}"
                for key in keys
                if before.get(key) != after.get(key)
            ]
        elif before != after:
            found.append(f"{name.replace('_', ' ')}: {_told(before)}, now {_told(after)}")
    return found


def _parts(header: Header, every: int, checkpoint: Checkpoint) -> Iterator[bytes | memoryview]:
    progress = asdict(checkpoint.progress)
    last = checkpoint.progress.last
    progress["last"] = None if last is None else point_record(last)
    about = json.dumps(
        {
            "format": FORMAT,
            "run": _plain(identity_of(header)),
            "every": every,
            "progress": progress,
            "forms": {name: kept.form for name, kept in checkpoint.kept.items()},
        }
    )
    arrays = {name: kept.array for name, kept in checkpoint.kept.items()}
    yield from packed(arrays, {_ABOUT: about, _DIGEST: _digest(about, arrays)})


def _checkpoint(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Checkpoint:
    held = about["progress"]
    progress = Progress(
        **{
            **held,
            "last": None if held["last"] is None else point_of(held["last"]),
            "totals": tuple(held["totals"]),
            "times": tuple(held["times"]),
            "told": tuple((times, bits) for times, bits in held["told"]),
        }
    )
    return Checkpoint(progress, {name: Kept(array, about["forms"][name]) for name, array in arrays.items()})


def _digest(about: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    total = sha256(about.encode("utf-8", "surrogatepass"))
    for name, array in arrays.items():
        total.update(repr((name, array.dtype.str, array.shape)).encode())
        total.update(array.tobytes())
    return total.hexdigest()


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as JSON gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(record))
    return found


def _told(value: Any) -> str:
    return "none" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
