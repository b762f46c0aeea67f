"""Data in .npz archives with arrays X and y, as numpy.savez writes them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (zipfile.BadZipFile, ValueError, EOFError, AttributeError):
        # numpy's own words would advise to load it unsafely
        raise errors.broken_archive(name, "it is no archive of plain numeric arrays") from None
    except OSError as reason:
        raise errors.unreadable_data(name, reason.strerror or reason) from None


def _numbers(values: HostArray, key: str, name: str) -> HostArray:
    if values.dtype.kind not in "fiub":
        raise errors.broken_archive(name, f"{key} holds {values.dtype}, not numbers")
    return values.astype(np.float64)
