"""A point of a problem in a file: its named parts, as safetensors."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files.whole import write_whole
from ..networks import errors
from .base import Problem

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


def save_parts(path: Path, problem: Problem | None, point: HostArray | None) -> None:
    """Write the blocks of a point (d,) by name, float32 for a network; SetupError without a point or safetensors."""
    if problem is None or point is None:
        raise errors.no_output()
    try:
        from safetensors.numpy import save
    except ImportError:
        raise errors.no_saving() from None
    ends = np.cumsum([prod(shape) for _, shape in problem.blocks])[:-1]
    parts = {
        name: np.ascontiguousarray(part.reshape(shape), dtype=problem.dtype)
        for (name, shape), part in zip(problem.blocks, np.split(point, ends), strict=True)
    }
    try:
        write_whole(path, save(parts))
    except OSError as reason:
        raise errors.cannot_save(path, reason) from None
