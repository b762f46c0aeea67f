"""Primitives of the backends that run anywhere, NumPy and the strict device: each against plain Python."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.errors import SetupError


@pytest.fixture(params=["cpu", "strict"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return select.backend(request.param, "float64", "float32")


def exact(backend: Backend, values: np.ndarray) -> object:
    """On the device with its own dtype: `to_device` would turn floats into the computations' type."""
    if backend.name == "numpy":
        return values
    return backend.xp.asarray(values, device=backend.device, copy=True)


def test_floats_become_the_computations_type_and_integers_stay(backend: Backend) -> None:
    floats = backend.to_device(np.asarray([1.5], dtype=np.float32))
    ints = backend.to_device(np.asarray([3], dtype=np.uint8))
    assert floats.dtype == backend.real
    assert ints.dtype == backend.xp.uint8
    assert backend.to_host(floats).tolist() == [1.5]
    assert backend.to_host(ints).dtype == np.uint8


def test_the_wire_rounds_to_nearest(backend: Backend) -> None:
    sent = backend.to_wire(backend.to_device(np.asarray([0.1, 1 + 2.0**-25])))
    assert sent.dtype == backend.wire
    assert backend.to_host(backend.from_wire(sent)).tolist() == [float(np.float32(0.1)), 1.0]
    assert backend.from_wire(sent).dtype == backend.real


def test_float16_on_the_wire() -> None:
    backend = select.backend("cpu", "float32", "float16")
    sent = backend.to_wire(np.asarray([0.1], dtype=np.float32))
    assert sent.dtype == np.float16
    assert backend.from_wire(sent)[0] == np.float32(np.float16(0.1))


def test_scatter_add_adds_in_the_order_given(backend: Backend) -> None:
    generator = np.random.default_rng(1)
    indices = generator.integers(0, 7, 400)
    values = generator.standard_normal(400) * 10.0 ** generator.integers(-8, 9, 400)
    expected = generator.standard_normal(7)
    target = backend.to_device(expected.copy())
    for index, value in zip(indices, values, strict=True):
        expected[index] += value
    backend.scatter_add(target, backend.to_device(indices), backend.to_device(values))
    np.testing.assert_array_equal(backend.to_host(target), expected)


def test_put_writes_in_place(backend: Backend) -> None:
    target = backend.to_device(np.zeros(4))
    places, values = np.asarray([2, 0, 2]), np.asarray([5.0, 7.0, 5.0])
    backend.put(target, backend.to_device(places), backend.to_device(values))
    assert backend.to_host(target).tolist() == [7.0, 0.0, 5.0, 0.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bit_patterns_are_those_of_ieee(backend: Backend, dtype: type) -> None:
    values = np.asarray([[1.0, -0.0], [np.inf, 5e-324]], dtype=dtype)
    patterns = backend.to_host(backend.bit_patterns(exact(backend, values)))
    assert patterns.tobytes() == values.tobytes()
    assert patterns.dtype.kind == "u" and patterns.shape == values.shape


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        (np.zeros((2, 3)), True),
        (np.zeros((0, 3)), True),
        (np.asarray([1.0, np.inf]), False),
        (np.asarray([np.inf, -np.inf]), False),
        (np.asarray([[1.0], [np.nan]]), False),
        (np.asarray([1e308, 1e308]), True),  # the sum overflows, the entries do not
        (np.asarray([3e38, -3e38], dtype=np.float32), True),
        (np.asarray([3, 2**62]), True),
        (np.asarray([True]), True),
    ],
)
def test_all_finite(backend: Backend, values: np.ndarray, answer: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert backend.all_finite(exact(backend, values)) is answer


def test_all_finite_of_half_floats_whose_squares_overflow() -> None:
    backend = select.backend("cpu", "float32", "float16")
    assert backend.all_finite(np.full(9, 6e4, dtype=np.float16))
    assert not backend.all_finite(np.asarray([np.inf], dtype=np.float16))


def test_the_strict_device_refuses_hidden_copies_to_the_host() -> None:
    held = select.backend("strict", "float64", "float32").to_device(np.ones(3))
    with pytest.raises((RuntimeError, TypeError)):
        np.asarray(held)
    with pytest.raises((RuntimeError, TypeError)):
        np.add(held, 1.0)


@pytest.mark.parametrize(
    ("device", "real", "wire", "culprit"),
    [
        ("tpu", "float64", "float32", "--device tpu"),
        ("cpu", "float16", "float32", "--dtype float16"),
        ("cpu", "float64", "int8", "--wire int8"),
        ("strict", "float64", "float16", "--wire float16"),
    ],
)
def test_wrong_choices_are_told(device: str, real: str, wire: str, culprit: str) -> None:
    with pytest.raises(SetupError, match=culprit):
        select.backend(device, real, wire)


def test_without_cupy_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.delitem(sys.modules, "cablese.runtime.arrays.cupy_backend", raising=False)
    with pytest.raises(SetupError, match=r"cupy.*pip install 'cablese\[cuda12\]'"):
        select.backend("cuda", "float64", "float32")


@pytest.mark.parametrize("device", ["cpu", "strict"])
@pytest.mark.parametrize("real", ["float64", "float32"])
def test_sum_at_is_scatter_add_to_zeros(device, real):
    chosen = select.backend(device, real, "float32")
    rng = np.random.default_rng(5)
    indices, values = rng.integers(0, 9, (6, 4)), rng.standard_normal((6, 4))
    total = np.zeros(9, real)
    for index, value in zip(indices.ravel(), values.astype(real).ravel(), strict=True):
        total[index] += value
    found = chosen.sum_at(chosen.to_device(indices), chosen.to_device(values), 9)
    assert (chosen.to_host(found) == total).all()


@pytest.mark.parametrize("device", ["cpu", "strict"])
@pytest.mark.parametrize(("d", "k"), [(1, 1), (20, 5), (112, 5), (112, 112), (5000, 4000)])
def test_top_keys_is_top_k_of_different_words(device, d, k):
    chosen = select.backend(device, "float64", "float32")
    words = np.random.default_rng(d + k).integers(0, 2**64, size=(3, d), dtype=np.uint64)
    expected = np.sort(np.argsort(words, axis=1)[:, d - k :], axis=1)
    assert (chosen.to_host(chosen.top_keys(chosen.to_device(words), k)) == expected).all()
