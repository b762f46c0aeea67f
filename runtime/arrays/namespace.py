"""The array-API namespace of an array: NumPy's, which lacks but the order of sorts, or array_api_compat's for others.

array_api_compat's wrapper of NumPy loads all of NumPy's lazy parts, f2py among them: half of what a run needs to start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


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


class _Numpy:
    """NumPy as the array API has it."""

    def __init__(self) -> None:
        vars(self).update({**vars(np), "sort": sort, "argsort": argsort})

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
