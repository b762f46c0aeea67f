"""A point of a problem in a file: its named parts, as safetensors or as an archive of NumPy's."""

from __future__ import annotations

from io import BytesIO
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files.safetensors import packed as packed_tensors
from ..files.whole import write_whole
from ..networks import errors
from .base import Problem

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

ARCHIVE, TENSORS = ".npz", ".safetensors"


def check_can_save(path: Path) -> None:
    """Raise UsageError for a name without a suffix of a format."""
    if path.suffix not in (ARCHIVE, TENSORS):
        raise errors.no_model_file(path)


def save_parts(path: Path, problem: Problem | None, point: HostArray | None) -> None:
    """Write the blocks of a point (d,) by name, float32 for a network.

    SetupError without a point, UsageError for a name of another format, OutputFailed where it cannot be written.
    """
    if problem is None or point is None:
        raise errors.no_output()
    check_can_save(path)
    ends = np.cumsum([prod(shape) for _, shape in problem.blocks])[:-1]
    parts = {
        name: np.ascontiguousarray(part.reshape(shape), dtype=problem.dtype)
        for (name, shape), part in zip(problem.blocks, np.split(point, ends), strict=True)
    }
    try:
        write_whole(path, _packed(path.suffix, parts))
    except OSError as reason:
        raise errors.cannot_save(path, reason) from None


def _packed(suffix: str, parts: dict[str, Any]) -> bytes:
    if suffix == ARCHIVE:
        packed = BytesIO()
        np.savez(packed, **parts)
        return packed.getvalue()
    return b"".join(packed_tensors(parts, {}))
