"""The CuPy backend over a stand-in for CuPy: its kernels get the arguments that they take, and the host waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.rounding import Grid, words_for
from cablese.runtime.codecs.columns import device_coder
from cablese.runtime.codecs.levels import LevelCodec
from cablese.runtime.codecs.packets import LevelPacket
from cuda_on_host import COMPILER
from cupy_on_host import Stream, cupy_on_host

pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler: g++ or clang++")
STREAM, D = Stream(), 4501
REALS = pytest.mark.parametrize("real", ["float32", "float64"])


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Backend]]:
    with cupy_on_host(tmp_path_factory.mktemp("cupy"), STREAM) as made:
        yield made


@REALS
def test_sums_selection_levels_and_words_are_those_of_numpy(
    make: Callable[[str], Backend], real: str
) -> None:
    device, host, generator = make(real), NumpyBackend(real, "float32"), np.random.default_rng(1)
    x = generator.integers(-9, 9, (2, D)).astype(real)
    counters = generator.integers(0, 2**63, (3, 4), dtype=np.uint64)
    words = host.consecutive_words((1, 2), (0, 1, 0, 0), 2, -(-words_for(D) // 4))[:, : words_for(D)]
    norms = np.abs(x).max(axis=1)
    indices = generator.integers(0, 7, 400)
    values = generator.standard_normal(400).astype(real)
    pairs = (
        (device.random_words((3, 4), counters, 5), host.random_words((3, 4), counters, 5)),
        (device.top_k(np.abs(x), 300), host.top_k(np.abs(x), 300)),
        (device.levels(x, norms, words, Grid(7)), host.levels(x, norms, words, Grid(7))),
        (device.sum_at(indices, values, 7), host.sum_at(indices, values, 7)),
    )
    for found, wanted in pairs:
        np.testing.assert_array_equal(device.to_host(found), wanted)


@pytest.mark.parametrize("s", [7, 200])
def test_the_host_waits_for_the_bytes_of_a_message(make: Callable[[str], Backend], s: int) -> None:
    """They are made by a kernel that has not run when the message is asked for."""
    device, codec = make("float32"), LevelCodec(D, s, 32)
    levels = np.random.default_rng(s).integers(-s, s, (2, D), endpoint=True)
    packet = LevelPacket(np.ones(2, np.float32), levels.astype(np.int8 if s < 128 else np.int16))
    coder, wanted, found = device_coder(codec, device), *(np.zeros((2, codec.slot), np.uint8) for _ in "ab")
    assert coder is not None
    codec.write(packet, wanted)
    coder.write(packet, found)
    np.testing.assert_array_equal(found, wanted)
    read = coder.read(wanted)
    assert isinstance(read, LevelPacket)
    np.testing.assert_array_equal(device.to_host(read.levels), levels)


def test_bytes_that_a_kernel_still_makes_are_waited_for(make: Callable[[str], Backend]) -> None:
    device, fields = make("float32"), np.full((1, D), 5, np.uint8)
    STREAM.holds = True
    try:
        packed = device.pack_fields(fields, 4)  # type: ignore[attr-defined]
        assert STREAM.pending
        assert (device.to_host(packed)[0, :-1] == 0x55).all()
        assert not STREAM.pending
    finally:
        STREAM.holds = False


@pytest.mark.usefixtures("make")
def test_every_compressor_and_a_run_over_the_stand_in_equal_the_host() -> None:
    """All but the device itself: what `certify --device cuda` compares."""
    from cablese.runtime.library import find_spec
    from cablese.runtime.verify.devices import compare_packets, compare_runs

    found = compare_packets("cuda")
    assert [each for each in found if (each.sets, each.symbols, each.bits) != (True, 1.0, True)] == []
    runs = compare_runs("cuda", [find_spec(name) for name in ("diana", "ef21", "pp_marina")])
    assert [run for run in runs if not run.stands] == []
