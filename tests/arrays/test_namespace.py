"""NumPy as the array API has it, against the library that wraps it and the one that is strict."""

import subprocess
import sys

import array_api_compat.numpy as wrapped
import array_api_strict as strict
import numpy as np
import pytest
from cablese.runtime.arrays.namespace import (
    NUMPY,
    as_places,
    device_of,
    namespace_of,
    repeat,
    take,
    take_along_axis,
)

TIES = np.array([[2.0, 1.0, 2.0, -0.0, 0.0, 1.0], [3.0, 3.0, 3.0, 1.0, 3.0, -1.0]])


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("descending", [False, True])
def test_sorts_as_the_standard_has_them(axis: int, descending: bool) -> None:
    for name in ("sort", "argsort"):
        ours = getattr(NUMPY, name)(TIES, axis=axis, descending=descending)
        theirs = getattr(strict, name)(strict.asarray(TIES), axis=axis, descending=descending)
        assert ours.tolist() == np.asarray(theirs).tolist()


def test_equal_entries_keep_their_order_where_none_is_asked_for() -> None:
    many = np.zeros(1000)
    assert NUMPY.argsort(many).tolist() == list(range(1000))
    assert NUMPY.argsort(many, descending=True).tolist() == list(range(1000))


def test_has_every_name_of_the_standard() -> None:
    missing = [
        name for name in vars(strict) if name[0] != "_" and name in dir(wrapped) and not hasattr(NUMPY, name)
    ]
    assert missing == []


def test_a_comparison_of_methods_loads_no_lazy_part_of_numpy() -> None:
    code = (
        "import cablese, sys; repr(cablese.diff('marina', 'diana')); "
        "sys.exit(str({'numpy.f2py', 'numpy.testing', 'scipy.linalg'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stderr == "set()\n"


def test_namespaces_and_devices_of_arrays() -> None:
    array = strict.zeros(3)
    assert namespace_of(np.zeros(3)) is NUMPY
    assert namespace_of(array) is strict
    assert device_of(np.zeros(3)) == "cpu"
    assert device_of(array) == strict.Device("CPU_DEVICE")


def test_places_of_narrow_systems_are_those_of_numpy() -> None:
    """In a browser, where intp has 32 bits; here what they do beside narrowing."""
    x, rows = np.arange(12.0).reshape(3, 4), np.array([2, 0, 1, 1])
    assert np.array_equal(take(x, rows, axis=0), np.take(x, rows, axis=0))
    assert np.array_equal(take(x[0], rows), x[0][rows])
    order = np.argsort(-x, axis=1)
    assert np.array_equal(take_along_axis(x, order), np.take_along_axis(x, order, axis=1))
    assert np.array_equal(repeat(x, np.array([2, 0, 1]), axis=0), np.repeat(x, [2, 0, 1], axis=0))
    assert np.array_equal(repeat(x, 2, axis=1), np.repeat(x, 2, axis=1))
    assert as_places(rows.astype(np.int32)).dtype == np.intp and as_places(rows) is rows
