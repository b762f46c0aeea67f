"""Addresses of the inner loops of NumPy's functions, for compiled code that needs their very bits."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .backend import HostArray

_DOUBLE = np.dtype(np.float64).num


class UfuncHead(ctypes.Structure):
    """The public part of `PyUFuncObject` in NumPy's ufuncobject.h, up to the types of its loops."""

    _fields_ = (
        ("ob_base", ctypes.c_byte * object.__basicsize__),
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
        ("reserved1", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("types", ctypes.POINTER(ctypes.c_char)),
    )


def double_loop(ufunc: np.ufunc) -> HostArray | None:
    """The address of the loop from doubles to a double, and its data, (2,); None where NumPy is not laid out as expected."""
    if sys.implementation.name != "cpython":
        return None
    head, kinds = UfuncHead.from_address(id(ufunc)), "d" * ufunc.nin + "->" + "d" * ufunc.nout
    told = (head.nin, head.nout, head.nargs, head.ntypes)
    if told != (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes) or kinds not in ufunc.types:
        return None
    place = ufunc.types.index(kinds)
    numbers = head.types[place * ufunc.nargs : (place + 1) * ufunc.nargs]
    if head.name != ufunc.__name__.encode() or numbers != bytes([_DOUBLE]) * ufunc.nargs:
        return None
    return np.array([head.functions[place] or 0, head.data[place] or 0], dtype=np.int64)


@cache
def exp_loop() -> HostArray | None:
    """The loop of `np.exp`, if compiled calls of it have the bits of NumPy's, for numbers of all sizes in rows of all
    lengths."""
    from .numba_linear import applied

    loop = double_loop(np.exp)
    if loop is None or not loop[0]:
        return None
    draws = np.random.default_rng(0)
    numbers = draws.normal(size=1009) * 2.0 ** draws.integers(-60, 10, 1009)
    numbers[:4] = 0.0, -0.0, 709.0, -745.0
    for count in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100, 1009):
        for first in range(min(8, 1010 - count)):
            given = np.minimum(numbers[first : first + count], 709.0)
            found = np.empty_like(given)
            applied(loop, given, found)
            if found.tobytes() != np.exp(given).tobytes():
                return None
    return loop
