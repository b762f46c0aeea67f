"""Choice of a run's backend by device and float types; imports the chosen library and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors

if TYPE_CHECKING:
    from .backend import Backend

REAL_TYPES = ("float64", "float32")
WIRE_TYPES = ("float32", "float64", "float16")
_STRICT_WIRE_TYPES = ("float32", "float64")


def backend(device: str, real: str, wire: str) -> Backend:
    """The backend on "cpu", "cuda" or, for tests, "strict", computing in `real` and sending floats as `wire`.

    Raises `SetupError` if a name is unknown or the device is not available.
    """
    if real not in REAL_TYPES:
        raise errors.unknown_float("--dtype", real, REAL_TYPES)
    wires = _STRICT_WIRE_TYPES if device == "strict" else WIRE_TYPES
    if wire not in wires:
        raise errors.unknown_float("--wire", wire, wires)
    match device:
        case "cpu":
            from .numpy_backend import NumpyBackend

            return NumpyBackend(real, wire)
        case "cuda":
            return _cuda(real, wire)
        case "strict":
            return _strict(real, wire)
        case _:
            raise errors.unknown_device(device)


def _cuda(real: str, wire: str) -> Backend:
    try:
        from . import cupy_backend
    except ImportError as error:
        raise errors.cupy_missing(str(error)) from error
    cupy_backend.require_gpu()
    return cupy_backend.CupyBackend(real, wire)


def _strict(real: str, wire: str) -> Backend:
    try:
        from .strict_backend import StrictBackend
    except ImportError as error:
        raise errors.strict_missing() from error
    return StrictBackend(real, wire)
