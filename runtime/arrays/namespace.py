"""The array-API namespace of an array: NumPy's, which lacks but the order of sorts, or array_api_compat's for others.

array_api_compat's wrapper of NumPy loads all of NumPy's lazy parts, f2py among them: half of what a run needs to start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ADD_UP: Any = np.add.reduce


def sort(
    x: NDArray[Any], /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> NDArray[Any]:
    """The standard's `sort`: NumPy's knows no falling order, and is stable when asked to be."""
    rising = np.sort(x, axis=axis, stable=stable)
    return np.flip(rising, axis=axis) if descending else rising


def argsort(
    x: NDArray[Any], /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> NDArray[np.int64]:
    """The standard's `argsort`, as `sort`; equal entries keep their order in both directions."""
    if not descending:
        return np.argsort(x, axis=axis, stable=stable)
    turned = np.argsort(np.flip(x, axis=axis), axis=axis, stable=stable)
    return np.flip(x.shape[axis] - 1 - turned, axis=axis)


def total(x: NDArray[Any], /, axis: int | None = None, *, dtype: Any = None, keepdims: bool = False) -> Any:
    """The standard's `sum`: NumPy's own asks what it was given first, for as long as a short sum takes."""
    return _ADD_UP(x, axis, dtype, None, keepdims)


IS_NARROW = np.dtype(np.intp).itemsize < 8
"""True on systems of 32 bits, such as Python in a browser, where NumPy takes no integers of 64 bits for places."""


def as_places(indices: NDArray[Any]) -> NDArray[np.intp]:
    """Integers as NumPy takes them for places and counts, whatever the system's bits."""
    return indices.astype(np.intp, copy=False)


def take(x: NDArray[Any], indices: NDArray[Any], /, *, axis: int | None = None) -> NDArray[Any]:
    """The standard's `take`, of integers of 64 bits on narrow systems too."""
    return np.take(x, as_places(indices), axis=axis)


def take_along_axis(x: NDArray[Any], indices: NDArray[Any], /, *, axis: int = -1) -> NDArray[Any]:
    """Likewise `take_along_axis`."""
    return np.take_along_axis(x, as_places(indices), axis=axis)


def repeat(x: NDArray[Any], repeats: Any, /, *, axis: int | None = None) -> NDArray[Any]:
    """Likewise `repeat`."""
    return np.repeat(x, as_places(np.asarray(repeats)), axis=axis)


class _Numpy:
    """NumPy as the array API has it."""

    def __init__(self) -> None:
        vars(self).update({**vars(np), "sort": sort, "argsort": argsort, "sum": total})
        if IS_NARROW:
            vars(self).update({"take": take, "take_along_axis": take_along_axis, "repeat": repeat})

    def __getattr__(self, name: str) -> Any:
        """A part that NumPy loads when asked for, such as `fft`."""
        return getattr(np, name)


NUMPY: Any = _Numpy()


def namespace_of(values: Any) -> Any:
    """The array-API namespace of an array."""
    if isinstance(values, np.ndarray):
        return NUMPY
    from array_api_compat import array_namespace

    return array_namespace(values)


def device_of(values: Any) -> Any:
    """The device of an array, as its namespace's functions take it."""
    if isinstance(values, np.ndarray):
        return "cpu"
    from array_api_compat import device

    return device(values)
