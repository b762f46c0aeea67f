"""The CuPy backend against NumPy's, on a real GPU."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.arrays.rounding import Grid, words_for
from cablese.runtime.chance.distinct import Floyd, Subsets
from cablese.runtime.chance.streams import NodeRange, Stream
from cablese.runtime.chance.uniforms import uniforms
from cablese.runtime.codecs.bitfields import pack, unsigned
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


@pytest.mark.parametrize("real", ["float32", "float64"])
@pytest.mark.parametrize("d", [5000, 100_003, 3_000_000])
def test_top_k_of_long_rows_with_ties_and_broken_entries(device: Backend, real: str, d: int) -> None:
    generator = np.random.default_rng(d)
    rows = [np.abs(generator.standard_normal(d)), generator.integers(0, 5, d), np.zeros(d), np.ones(d)]
    magnitudes = np.stack(rows).astype(real)
    magnitudes[0, [d // 3, d - 1]], magnitudes[0, d // 2] = np.nan, np.inf
    host = select.backend("cpu", real, "float32")
    for k in (1, d // 100, d - 1):
        found = device.top_k(device.xp.asarray(magnitudes), k)
        np.testing.assert_array_equal(device.to_host(found), host.top_k(magnitudes, k))


@pytest.mark.parametrize("d", [4096, 50_000])
def test_top_keys_of_long_rows(device: Backend, d: int) -> None:
    words = np.random.default_rng(d).integers(0, 2**64, (3, d), dtype=np.uint64)
    found = device.top_keys(device.to_device(words), d // 3)
    np.testing.assert_array_equal(device.to_host(found), HOST.top_keys(words, d // 3))


@pytest.mark.parametrize("s", [1, 7, 127, 128, 1000])
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_levels(real: str, s: int) -> None:
    """Division, product and rounding to the nearest are IEEE 754's on both: not one level differs."""
    device, host = _pair(real)
    generator, d = np.random.default_rng(s), 100_001
    x = (generator.standard_normal((3, d)) * 10.0 ** generator.integers(-9, 1, (3, d))).astype(real)
    x[0, :4] = 0.0, -0.0, 1e-38, -1e-38
    norms = np.abs(x).max(axis=1)
    norms[2] = np.inf
    words = generator.integers(0, 2**64, (3, words_for(d) + 1), dtype=np.uint64)[:, :-1]
    expected = host.levels(x, norms, words, Grid(s))
    sent = device.to_device(np.ascontiguousarray(words))
    found = device.levels(device.to_device(x), device.to_device(norms), sent, Grid(s))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(device.to_host(found), expected)
    np.testing.assert_array_equal(device.to_host(device.halves(sent, d)), host.halves(words, d))


def _pair(real: str) -> tuple[Backend, Backend]:
    try:
        return select.backend("cuda", real, "float32"), select.backend("cpu", real, "float32")
    except SetupError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("count", [1, 8, 9, 100_003])
@pytest.mark.parametrize("width", [1, 3, 4, 8, 9, 12, 17, 33])
def test_bit_planes(device: Backend, width: int, count: int) -> None:
    made = np.random.default_rng(width).integers(0, 2**width, (3, count), dtype=np.uint64)
    values = made.astype(unsigned(width))
    planes, rest = pack(values, width)
    expected = np.concatenate((planes, np.packbits(rest, axis=1, bitorder="little")), axis=1)
    packed = device.pack_fields(device.xp.asarray(values), width)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(device.to_host(packed), expected)
    back = device.unpack_fields(packed, count, width, values.dtype.name)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(device.to_host(back), values)


def test_no_rows_launch_nothing(device: Backend) -> None:
    empty = device.to_device(np.zeros((0, 5000)))
    assert device.top_k(empty, 3).shape == (0, 3)
    words = device.to_device(np.zeros((0, words_for(5000)), np.uint64))
    assert device.levels(empty, device.to_device(np.zeros(0)), words, Grid(7)).shape == (0, 5000)
