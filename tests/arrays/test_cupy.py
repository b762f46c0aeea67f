"""The CuPy backend against NumPy's, on a real GPU."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.chance.distinct import Floyd, Subsets
from cablese.runtime.chance.streams import NodeRange, Stream
from cablese.runtime.chance.uniforms import uniforms
from cablese.runtime.errors import SetupError

pytestmark = pytest.mark.gpu
HOST = select.backend("cpu", "float64", "float32")


@pytest.fixture(scope="module")
def device() -> Backend:
    try:
        return select.backend("cuda", "float64", "float32")
    except SetupError as error:
        pytest.skip(str(error))


def test_moves_and_rounding(device: Backend) -> None:
    values = np.random.default_rng(0).standard_normal((3, 7))
    held = device.to_device(values)
    np.testing.assert_array_equal(device.to_host(held), values)
    np.testing.assert_array_equal(device.to_host(device.to_wire(held)), HOST.to_wire(values))
    np.testing.assert_array_equal(device.to_host(device.bit_patterns(held)), HOST.bit_patterns(values))


@pytest.mark.parametrize("real", ["float32", "float64"])
def test_scatter_add_is_that_of_numpy_to_the_bit(device: Backend, real: str) -> None:
    device, host = select.backend("cuda", real, "float32"), select.backend("cpu", real, "float32")
    generator = np.random.default_rng(1)
    indices = generator.integers(0, 50, 5000)
    values = host.to_device(generator.standard_normal(5000))
    expected = np.ones(50, dtype=host.real)
    target = device.to_device(expected)
    host.scatter_add(expected, indices, values)
    device.scatter_add(target, device.to_device(indices), device.to_device(values))
    np.testing.assert_array_equal(device.to_host(target), expected)


def test_put(device: Backend) -> None:
    target = device.to_device(np.zeros(4))
    device.put(target, device.to_device(np.asarray([2, 0])), device.to_device(np.asarray([5.0, 7.0])))
    assert device.to_host(target).tolist() == [7.0, 0.0, 5.0, 0.0]


@pytest.mark.parametrize(("d", "k"), [(20, 3), (20000, 500)])
def test_top_k(device: Backend, d: int, k: int) -> None:
    magnitudes = np.random.default_rng(d).integers(0, 2 * d, (4, d)).astype(np.float64)
    magnitudes[0, 5] = np.nan
    found = device.top_k(device.to_device(magnitudes), k)
    np.testing.assert_array_equal(device.to_host(found), HOST.top_k(magnitudes, k))


def test_words_and_what_is_made_of_them(device: Backend) -> None:
    stream, rows = Stream(3, "compressor", "m", 0, "node"), NodeRange(2, 9)
    words, expected = stream.words(device, 37, 5, (), rows), stream.words(HOST, 37, 5, (), rows)
    np.testing.assert_array_equal(device.to_host(words), expected)
    np.testing.assert_array_equal(device.to_host(uniforms(device, words)), uniforms(HOST, expected))
    floyd = Floyd(device, 13, 37).draw(words)
    np.testing.assert_array_equal(device.to_host(floyd), Floyd(HOST, 13, 37).draw(expected))
    keys = Subsets(device, 37, 12).draw(words)
    np.testing.assert_array_equal(device.to_host(keys), Subsets(HOST, 37, 12).draw(expected))


def test_all_finite(device: Backend) -> None:
    assert device.all_finite(device.to_device(np.asarray([1e308, 1e308])))
    assert not device.all_finite(device.to_device(np.asarray([1.0, np.nan])))
