"""Loops over entries: the bits of NumPy, in place and in pieces, and NumPy itself for what no loop is written of."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays import threads
from cablese.runtime.arrays.numba_dispatch import compiled, kernels_always, numpy_alone
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs.packets import CodePacket, DensePacket, LevelPacket, SignPacket
from cablese.runtime.compressors.natural import NaturalKernel
from cablese.runtime.compressors.quantize import QuantizeKernel
from cablese.runtime.compressors.signs import SignKernel
from cablese.runtime.compressors.unexpanded import RoundedRows, Unexpanded
from cablese.runtime.execute import entry_loops, tiles
from cablese.runtime.execute.entry_loops import pass_of
from cablese.runtime.execute.functions import Functions
from cablese.runtime.transports.dense_payload import DensePayload
from cablese.runtime.transports.local import LocalTransport
from cablese.runtime.transports.wirecheck import WireCheck

pytestmark = pytest.mark.skipif(compiled() is None, reason="needs numba")

D = 5000
NUMBERS: dict[str, Any] = {"weak": 0.3, "int": 3, "single": np.float32(0.3), "double": np.float64(0.3)}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "step": lambda c, a, b: a - c * b,
    "sum of three": lambda c, a, b: (a + b) * c + -a / 3,
    "numbers first": lambda c, a, b: c / (1 - a) + 2 * b - a,
    "twice": lambda c, a, b: (a * b) * (a * b) - (a - b) / c,
}


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tiles, "LONG_ROW", 1)
    monkeypatch.setattr(threads, "AT_ONCE", 700)
    monkeypatch.setattr(threads, "SPAN", 3000)
    with kernels_always(), np.errstate(all="ignore"):
        yield


def functions(kind: str = "float32") -> Functions:
    return Functions(backend("cpu", kind, "float32"), D)


def vectors(kind: str, rows: int = 2) -> np.ndarray:
    drawn = np.random.default_rng(0).standard_normal((rows, D)).astype(kind)
    drawn[:, :4] = 0, -0.0, np.finfo(kind).max, np.finfo(kind).tiny / 8
    return drawn


def same(found: np.ndarray, wanted: np.ndarray) -> bool:
    return found.dtype == wanted.dtype and found.tobytes() == wanted.tobytes()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """True for each call that had a loop."""
    seen: list[bool] = []

    def noted(*args: Any) -> Any:
        found = pass_of(*args)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(tiles, "pass_of", noted)
    return seen


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("kinds", [("float32", "float32"), ("float64", "float64"), ("float32", "float64")])
def test_sums_have_the_bits_of_numpy(
    function: str, number: str, kinds: tuple[str, str], written: list[bool]
) -> None:
    one, other = vectors(kinds[0])[0], vectors(kinds[1])[1]
    wanted = FUNCTIONS[function](NUMBERS[number], one, other)

    def sums(a: Any, b: Any) -> Any:
        return FUNCTIONS[function](NUMBERS[number], a, b)

    assert same(functions().in_tiles(sums, one, one, other), wanted)
    assert written == [True]


def family(name: str, real: str) -> Unexpanded:
    """Three rows of a compressor's packet."""
    chosen, draws = backend("cpu", real, "float32"), np.random.default_rng(1)
    scales = draws.random((3, 1)).astype(np.float32)
    match name:
        case "levels":
            levels = draws.integers(-3, 4, (3, D)).astype(np.int8)
            parts = [LevelPacket(scales[some, 0], levels[some]) for some in (slice(0, 1), slice(1, 3))]
            return Unexpanded(QuantizeKernel(chosen, D, 3, True, "fixed"), tuple(parts), D)
        case "codes":
            kernel = NaturalKernel(chosen, D, "fixed")
            codes = draws.integers(100, 140, (3, D)) + 256 * draws.integers(0, 2, (3, D))
            return Unexpanded(kernel, (CodePacket(codes.astype(np.uint16)),), D)
        case "floats":
            values = draws.standard_normal((3, D)).astype(np.float32)
            return Unexpanded(RoundedRows(chosen), (DensePacket(values),), D)
        case _:
            negative = draws.integers(0, 2, (3, D)).astype(np.bool_)
            return Unexpanded(SignKernel(chosen, D, (D,)), (SignPacket(scales, negative),), D)


@pytest.mark.parametrize("real", ["float32", "float64"])
@pytest.mark.parametrize("name", ["levels", "codes", "signs", "floats"])
def test_rows_of_packets_are_read_as_they_are_expanded(name: str, real: str, written: list[bool]) -> None:
    packets, rows = family(name, real), vectors(real, 3)
    wanted = rows + 0.3 * packets[..., slice(0, D)]
    found = functions(real).in_tiles(lambda h, m: h + 0.3 * m, rows, rows, packets)
    assert found is rows
    assert same(found, wanted)
    assert written == [True] * 3


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("real", ["float32", "float64"])
@pytest.mark.parametrize("name", ["dense", "levels", "codes", "signs", "floats"])
def test_lines_in_one_pass_with_means_and_messages(
    name: str, real: str, count: int, written: list[bool]
) -> None:
    helper = functions(real)
    rows: Any = (
        np.random.default_rng(2).standard_normal((3, D)).astype(real)
        if name == "dense"
        else family(name, real)
    )
    chosen = backend("cpu", real, "float32")
    payload = DensePayload("g", chosen, False, D, 32)
    h, x = vectors(real)[:, 3:5].repeat(D // 2, axis=1).copy()
    send = LocalTransport(WireCheck(everything=True)).in_pieces(payload)

    def piece(m: Any, h: Any, x: Any, send: Any) -> list[Any]:
        mean = helper.mean_rows(m)
        g = send(h + mean)
        return [h + 0.1 * helper.sum_rows(m) - mean, x - 0.3 * g]

    with numpy_alone():
        wanted = helper.in_one_pass(piece, [None, None], rows, h, x, send())
    with threads.threads(count):
        found = helper.in_one_pass(piece, [h, x], rows, h, x, send())
    assert found[0] is h
    assert all(map(same, found, wanted))
    assert written == [False, True]


def test_what_no_loop_is_written_of_is_numpys(written: list[bool]) -> None:
    one, other = vectors("float32")
    spread = np.broadcast_to(np.float32(2), (D,))
    for function, arrays in [
        (lambda a, b: a - b * np.array([0.5]), (one, other)),
        (lambda a, b: a - b, (one, spread)),
        (lambda a, b: a - b, (one, np.arange(D))),
    ]:
        assert same(functions().in_tiles(function, None, *arrays), function(*arrays))
    assert written == [False] * 3


def test_a_loop_waits_until_it_pays(written: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_loops, "is_forced", lambda: False)
    monkeypatch.setattr(entry_loops, "KEPT", 2 * D)
    monkeypatch.setattr(entry_loops, "NEW", 4 * D)
    one, other = vectors("float32")
    for _ in range(5):
        functions().in_tiles(lambda a, b: a * 7 - b * 7 - 7, None, one, other)
    assert written in ([False] * 3 + [True] * 2, [False, True, True, True, True])
    with numpy_alone():
        functions().in_tiles(lambda a, b: a * 7 - b * 7 - 7, None, one, other)
    assert not written[-1]


def test_arrays_are_freed_with_their_last_name() -> None:
    helper, rows = functions(), vectors("float32")
    kept = weakref.ref(rows)
    gc.disable()
    try:
        helper.in_one_pass(lambda m, x: [x - 0.3 * helper.mean_rows(m)], [None], rows, vectors("float32")[1])
        helper.in_tiles(lambda m: m - 0.3 * m, None, rows)
        del rows
        assert kept() is None
    finally:
        gc.enable()
