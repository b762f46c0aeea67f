"""The text of fused rounds -> the compiled function, kept between runs where there is a place to write it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..arrays import (
    numba_bits,
    numba_blocks,
    numba_calls,
    numba_draws,
    numba_games,
    numba_gaps,
    numba_linear,
    numba_losses,
    numba_mpi,
    numba_rounds,
    numba_sums,
    numba_symbols,
    numba_wire,
)
from ..files.whole import write_whole

_PARTS = (
    numba_rounds,
    numba_draws,
    numba_games,
    numba_mpi,
    numba_wire,
    numba_symbols,
    numba_sums,
    numba_gaps,
    numba_linear,
    numba_blocks,
    numba_losses,
    numba_calls,
    numba_bits,
)
_ALWAYS = ("empty", "fast", "float64", "int64", "uint64", "uint8")
_BY_WIRE = {name: f"{name}_{{wire}}" for name in ("wired", "put_entries", "got_entries")} | {"wire": "{wire}"}
_BY_HANDLE = {name: f"{name}_{{handle}}" for name in ("gather", "broadcast", "scatter")}
_BY_KIND = _BY_WIRE | _BY_HANDLE


@cache
def compiled_rounds(text: str, functions: Sequence[str], wire: str, handle: int) -> Callable[..., int]:
    """The function `rounds`, for messages of `wire` floats and handles of MPI with so many bits; it is compiled at its first
    call."""
    listed = "\n".join(imports(functions, wire, handle))
    rounds: Callable[..., int] = loaded(f'"""Fused rounds of a run."""\n\n{listed}\n\n\n@fast\n{text}')[
        "rounds"
    ]
    return rounds


def imports(functions: Sequence[str], wire: str, handle: int) -> list[str]:
    """The lines that import functions, some of them by kind."""
    names = {
        name: _BY_KIND.get(name, name).format(wire=wire, handle=handle) for name in (*functions, *_ALWAYS)
    }
    return [f"from {_home_of(name)} import {name} as {wanted}" for wanted, name in sorted(names.items())]


def function_of(name: str) -> Any:
    """A function that fused rounds may call."""
    return next(getattr(part, name) for part in _PARTS if hasattr(part, name))


def _home_of(name: str) -> str:
    """The module that has a function."""
    return next(part.__name__ for part in _PARTS if hasattr(part, name))


def is_kept(module: str) -> bool:
    """True for a module that was loaded before, in this or another run: what it compiled may be kept, too."""
    return _place_of(module).exists()


def _place_of(module: str) -> Path:
    return folder() / f"rounds_{sha256((module + _text_of_parts()).encode()).hexdigest()[:32]}.py"


def loaded(module: str) -> dict[str, Any]:
    """The names of a module, which has a file of its own: compiled code is kept beside a file alone."""
    place = _place_of(module)
    name = place.stem
    try:
        if not place.exists() or place.read_text(encoding="utf-8") != module:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(place, module.encode())
        spec = importlib.util.spec_from_file_location(name, place)
    except OSError:
        spec = None
    if spec is None or spec.loader is None:
        names: dict[str, Any] = {"__name__": name}
        exec(compile(module, "<fused rounds>", "exec"), names)
        return names
    loaded = sys.modules[name] = importlib.util.module_from_spec(spec)  # where numba looks for it
    spec.loader.exec_module(loaded)
    return vars(loaded)


def folder() -> Path:
    """The place of such files, this user's own."""
    above = os.environ.get("XDG_CACHE_HOME")
    return (Path(above) if above else Path.home() / ".cache") / "cablese" / "rounds"


@cache
def _text_of_parts() -> str:
    """The text of the functions that are called: compiled code is of no use once they change."""
    return "".join(Path(part.__file__ or "").read_text(encoding="utf-8") for part in _PARTS)
