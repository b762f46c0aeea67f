"""Data in .npz archives with arrays X and y, or X_train, y_train, X_test and y_test, as numpy.savez writes them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..files.reading import check_is_file, too_large, unpacked_limit
from . import errors
from .stored import Reading, Samples, Stored
from .text_files import packed_bytes

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_PARTS = (("X", "y"), ("X_train", "y_train"))
_TEST = ("X_test", "y_test")


def load_npz(path: Path, name: str, how: Reading) -> Stored:
    """Samples (m, …), in their own type, and targets (m,), float64; `name` is for messages. Arrays X_test and y_test are the
    test part; other arrays with an entry for each sample are columns."""
    arrays = _members(path, name)
    keys = next((keys for keys in _PARTS if keys[0] in arrays), _PARTS[0])
    test = _part(arrays, _TEST, name) if _TEST[0] in arrays else None
    return Stored(_part(arrays, keys, name), test)


def _part(arrays: Mapping[str, HostArray], keys: tuple[str, str], name: str) -> Samples:
    absent = [key for key in keys if key not in arrays]
    if absent:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise errors.broken_archive(name, f"it has no {' and no '.join(absent)}, only {held}")
    samples, targets = (_numbers(arrays[key], key, name) for key in keys)
    if samples.ndim < 2 or targets.shape not in ((len(samples),), (len(samples), 1)):
        raise errors.broken_archive(
            name, f"{keys[0]} has shape {samples.shape} and {keys[1]} {targets.shape}"
        )
    if not samples.size:
        raise errors.empty_data(name)
    columns = {k: v for k, v in arrays.items() if k not in keys and v.shape == (len(samples),)}
    return Samples(samples, targets.ravel().astype(np.float64), columns)


def _members(path: Path, name: str) -> dict[str, HostArray]:
    try:
        check_is_file(path)
        content = path if path.suffix.lower() == ".npz" else io.BytesIO(packed_bytes(path, name))
        _check_sizes(content, unpacked_limit(path), name)
        with np.load(content, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, AttributeError, RuntimeError):
        # numpy's own words would advise to load it unsafely
        raise errors.broken_archive(name, "it is no archive of plain numeric arrays") from None
    except OSError as reason:
        raise errors.unreadable_data(name, reason.strerror or reason) from None


def _check_sizes(content: Path | IO[bytes], limit: int, name: str) -> None:
    """The archive unpacks to what a file may hold, and each array to what its archive says of it."""
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > limit:
            raise too_large(limit, "save it with `numpy.savez`, which does not pack")
        for member in members:
            with archive.open(member) as stream:
                if member.filename.endswith(".npy") and _bytes_of(stream) > member.file_size:
                    raise errors.broken_archive(name, f"{member.filename} is cut off")
    if isinstance(content, io.BytesIO):
        content.seek(0)


def _bytes_of(stream: IO[bytes]) -> int:
    """Bytes that an array takes by its header."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return prod(shape) * dtype.itemsize


def _numbers(values: HostArray, key: str, name: str) -> HostArray:
    if values.dtype.kind not in "fiub":
        raise errors.broken_archive(name, f"{key} holds {values.dtype}, not numbers")
    return values
