"""Data in .npz archives with arrays X and y, as numpy.savez writes them."""

from __future__ import annotations

import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..files.reading import check_is_file, too_large, unpacked_limit
from . import errors

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


def load_npz(path: Path, name: str) -> tuple[HostArray, HostArray]:
    """Samples (m, features) and targets (m,), float64; more axes are flattened; `name` is for messages."""
    arrays = _members(path, name)
    absent = [key for key in ("X", "y") if key not in arrays]
    if absent:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise errors.broken_archive(name, f"it has no {' and no '.join(absent)}, only {held}")
    samples, targets = (_numbers(arrays[key], key, name) for key in ("X", "y"))
    if samples.ndim < 2 or targets.shape not in ((len(samples),), (len(samples), 1)):
        raise errors.broken_archive(name, f"X has shape {samples.shape} and y {targets.shape}")
    if not samples.size:
        raise errors.empty_data(name)
    return samples.reshape(len(samples), -1), targets.ravel()


def _members(path: Path, name: str) -> dict[str, HostArray]:
    try:
        check_is_file(path)
        _check_sizes(path, name)
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, AttributeError, RuntimeError):
        # numpy's own words would advise to load it unsafely
        raise errors.broken_archive(name, "it is no archive of plain numeric arrays") from None
    except OSError as reason:
        raise errors.unreadable_data(name, reason.strerror or reason) from None


def _check_sizes(path: Path, name: str) -> None:
    """The archive unpacks to what a file may hold, and each array to what its archive says of it."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        limit = unpacked_limit(path)
        if sum(member.file_size for member in members) > limit:
            raise too_large(limit, "save it with `numpy.savez`, which does not pack")
        for member in members:
            with archive.open(member) as stream:
                if member.filename.endswith(".npy") and _bytes_of(stream) > member.file_size:
                    raise errors.broken_archive(name, f"{member.filename} is cut off")


def _bytes_of(stream: IO[bytes]) -> int:
    """Bytes that an array takes by its header."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return prod(shape) * dtype.itemsize


def _numbers(values: HostArray, key: str, name: str) -> HostArray:
    if values.dtype.kind not in "fiub":
        raise errors.broken_archive(name, f"{key} holds {values.dtype}, not numbers")
    return values.astype(np.float64)
