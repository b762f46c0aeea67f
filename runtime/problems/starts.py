"""Starts of one's own, for any problem: the argument `x0`, drawn by the run's seed or read from a file."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..data.split_names import FILE, RUN
from ..families import behind
from ..files.reading import DATA_LIMIT, check_is_file, read_file
from ..files.run_folder import OUTPUT
from ..files.safetensors import unpacked
from . import start_errors as errors
from .base import Problem, Setting
from .blocks import Blocks
from .chance import generator

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

X0 = Argument(
    "x0",
    ArgumentKind.TEXT,
    "",
    doc="the start: zeros, normal(0.1), file:point.npz; else the problem's own",
    example='""',
)
"""The argument that every problem has, unless it has one of this name."""

_NORMAL = re.compile(r"normal\(\s*([^()]+?)\s*\)")


class Started(Problem):
    """The front that `started` puts before a problem's class: the same problem, from a start of one's own."""

    def __init__(self, setting: Setting, x0: str, **arguments: Any) -> None:
        """The problem as its class deals it; `SetupError` for a start that is none, or does not fit the model."""
        super().__init__(setting, **arguments)
        self._start = _start(x0, self.d, self.blocks, setting.seed)

    @property
    def start(self) -> HostArray:
        """As `Problem` has it."""
        return self._start


@cache
def started(family: type[Problem]) -> type[Problem]:
    """A problem's class with a start to be given by the argument `x0`."""
    return behind(Started, family)


def with_start(problem: str, x0: object) -> str:
    """A problem's text with its start; `SetupError` for one that is no text."""
    if not isinstance(x0, str):
        raise errors.no_text(x0)
    return f'{problem[:-1]}{"" if problem.endswith("()") else ", "}x0 = "{x0}")'


def _start(text: str, d: int, blocks: Blocks, seed: int) -> HostArray:
    """The start (d,) that a text names, float64."""
    bare = text.strip()
    if bare.startswith(FILE):
        return _of_file(bare.removeprefix(FILE).strip(), d, blocks)
    if bare.startswith(RUN):
        return _of_run(bare.removeprefix(RUN).strip(), d, blocks)
    if bare == "zeros":
        return np.zeros(d)
    normal = _NORMAL.fullmatch(bare)
    deviation = _positive(normal[1]) if normal else None
    if deviation is None:
        raise errors.unknown_start(text)
    return deviation * generator(seed, "x0").standard_normal(d)


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < math.inf else None


def _of_run(name: str, d: int, blocks: Blocks) -> HostArray:
    """The output point of a run that is finished in a folder."""
    folder = Path(name).expanduser()
    if not (folder / OUTPUT).is_file():
        raise errors.no_output(name, OUTPUT)
    return _of_file(str(folder / OUTPUT), d, blocks)


def _of_file(name: str, d: int, blocks: Blocks) -> HostArray:
    """A point (d,) of an .npy file, or the arrays of an .npz or .safetensors file that have the blocks' names and shapes."""
    path = Path(name).expanduser()
    if not path.exists():
        raise errors.no_file(name)
    found = _arrays(path, name)
    if set(found) == {""}:
        point = found[""]
        if point.size != d:
            raise errors.wrong_size(name, point.shape, d)
    else:
        absent = [block for block, _ in blocks if block not in found]
        if absent:
            raise errors.lacks_blocks(name, absent, sorted(found))
        for block, shape in blocks:
            if found[block].shape != tuple(shape):
                raise errors.wrong_shape(name, block, found[block].shape, tuple(shape))
        point = np.concatenate([found[block].ravel() for block, _ in blocks])
    if point.dtype.kind not in "fiu":
        raise errors.no_point(name, f"it holds {point.dtype}, not numbers")
    if not np.isfinite(point).all():
        raise errors.no_point(name, "it has entries that are not finite")
    return np.asarray(point, dtype=np.float64).ravel()


def _arrays(path: Path, name: str) -> Mapping[str, HostArray]:
    """Arrays by name; a lone one without, under the empty name."""
    try:
        check_is_file(path)
        if path.suffix == ".safetensors":
            return _tensors(path)
        found = np.load(path, allow_pickle=False)
        return {"": found} if isinstance(found, np.ndarray) else {key: found[key] for key in found.files}
    except (ValueError, EOFError, KeyError, MemoryError, zipfile.BadZipFile):
        raise errors.no_point(name, "it is no .npy, .npz or .safetensors file of numbers") from None
    except OSError as reason:
        raise errors.no_point(name, f"it cannot be read: {reason.strerror or reason}") from None


def _tensors(path: Path) -> Mapping[str, HostArray]:
    return unpacked(read_file(path, DATA_LIMIT))[0]
