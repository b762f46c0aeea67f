"""Kernels of numba: to the bit what NumPy makes, on long arrays only, and nothing is missing without numba."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays import numba_dispatch, rounding, row_sums, select, selection, signs, sums
from cablese.runtime.arrays.bit_planes import planes
from cablese.runtime.arrays.generic import ordered_sum
from cablese.runtime.arrays.lazy_words import PendingWords
from cablese.runtime.arrays.numpy_backend import NumpyBackend, unbroken_words
from cablese.runtime.arrays.rounding import Grid, words_for
from cablese.runtime.codecs import bitfields, golomb, sparse
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.packets import CodePacket, LevelPacket, SignPacket, SparsePacket
from cablese.runtime.codecs.signs import write_signs
from cablese.runtime.codecs.sizes import Gaps, golomb_divisor
from cablese.runtime.codecs.sparse import SparseCodec
from cablese.runtime.compressors import kernels
from cablese.runtime.compressors.natural import NaturalKernel
from cablese.runtime.compressors.quantize import QuantizeKernel
from cablese.runtime.compressors.signs import SignKernel
from tiers import every

TWIN: Any = numba_dispatch.compiled()
needs_numba = pytest.mark.skipif(TWIN is None, reason="numba is not installed: the extra `fast`")
HOST = NumpyBackend("float64", "float32")
SIZES = (1, 7, 8, 129, (1 << 13) + 3, 1 << 15, (1 << 15) + 1, 3 * (1 << 15), 100_003)
REALS = ("float32", "float64")


def vectors(real: str, d: int) -> Iterator[np.ndarray]:
    """Of many kinds, (2, d)."""
    rng = np.random.default_rng(d)
    plain = rng.standard_normal((2, d)).astype(real)
    yield plain
    yield plain * 10.0 ** rng.integers(-30, 30, (2, d)).astype(real)  # float64 sums of these round
    yield np.round(2 * plain)  # ties, and zeros of both signs
    yield np.where(rng.random((2, d)) < 0.01, plain, np.asarray(0, real))
    tiny = np.finfo(real).smallest_subnormal
    yield (rng.integers(-5, 6, (2, d)) * tiny).astype(real)
    yield np.ones((2, d), real)
    yield np.asfortranarray(plain)[:, ::-1]  # rows that are not contiguous


def same(one: np.ndarray, other: np.ndarray) -> None:
    """Types and bits."""
    assert one.dtype == other.dtype and one.shape == other.shape
    assert np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


@needs_numba
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("d", SIZES)
def test_sums(real: str, d: int) -> None:
    for x in vectors(real, d):
        for name in ("square_sums", "magnitude_sums"):
            found = getattr(TWIN, name)(x)
            if d < sums.COLUMNS:
                assert found is None
            else:
                same(found, getattr(sums, name).__wrapped__(x))


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("d", SIZES)
def test_largest_magnitudes(real: str, d: int) -> None:
    for x in vectors(real, d):
        for y in (x, np.minimum(x, 0), np.maximum(x, 0), 0 * np.abs(x)):
            expected = np.maximum(np.max(y, axis=1), -np.min(y, axis=1))
            same(sums.largest_magnitudes.__wrapped__(y), expected)
            found = None if TWIN is None else TWIN.largest_magnitudes(y)
            if found is not None:
                same(found, expected)
    assert TWIN is None or TWIN.largest_magnitudes(np.ones((2, d), real)) is not None
    for edge in (np.inf, -np.inf, np.nan):
        y = np.full((1, d), edge, real)
        same(np.abs(sums.largest_magnitudes(y)), np.abs(y[:, 0]))


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("rows", [1, 9])
def test_sums_by_tiles_are_those_of_every_host(real: str, rows: int) -> None:
    """What `row_sums` makes in array-API operations; traces of all backends agree to the bit."""
    backend = NumpyBackend(real, "float32")
    for x in vectors(real, 100_003):
        x = np.ascontiguousarray(np.concatenate([x] * 5)[:rows])
        same(kernels.square_sums(backend, x), kernels.row_sums(backend, x, lambda part: part * part))
        same(kernels.magnitude_sums(backend, x), kernels.row_sums(backend, x, np.abs))
    assert sums.COLUMNS == kernels.TILE_COLUMNS


@needs_numba
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("d", every(2, [d for d in SIZES if d > 8]))
def test_largest(real: str, d: int) -> None:
    for x in vectors(real, d):
        for k in {1, 5, d // 100 + 1, d // 2, d - 1}:
            check_largest(x[0], k)


@needs_numba
@pytest.mark.parametrize("real", REALS)
def test_largest_where_entries_are_no_numbers(real: str) -> None:
    x = next(vectors(real, 100_003))[0]
    x[[3, 50, 99_999]], x[[4, 60_000]], x[7] = np.nan, np.inf, -np.inf
    for k in (1, 4, 6, 7, 1000, 90_000):
        check_largest(x, k)
    x[::2] = np.nan
    for k in (1, 4, 1000, 60_000):
        check_largest(x, k)
    check_largest(np.full_like(x, np.nan), 10)


def check_largest(row: np.ndarray, k: int) -> None:
    magnitudes = np.where(np.isnan(row), np.inf, np.abs(row))
    expected = np.sort(np.argsort(-magnitudes, kind="stable")[:k])
    np.testing.assert_array_equal(selection.largest_of_row.__wrapped__(row, k), expected)
    found = TWIN.largest_of_row(row, k)
    if found is not None:  # it may leave rows to NumPy
        np.testing.assert_array_equal(found, expected)


@needs_numba
def test_largest_is_the_twins_where_it_ought_to_be() -> None:
    x = next(vectors("float32", 100_003))[0]
    assert all(TWIN.largest_of_row(x, k) is not None for k in (1, 100, 1000, 10_000))


@pytest.mark.parametrize("device", ["cpu", "strict"])
@pytest.mark.parametrize("d", [20, 1 << 14, 20_001])
def test_largest_of_signed_rows(device: str, d: int) -> None:
    backend = select.backend(device, "float64", "float32")
    x = next(vectors("float64", d))
    x[0, [3, 11]] = np.nan
    expected = HOST.top_k(np.abs(x), 7)
    np.testing.assert_array_equal(backend.to_host(backend.largest(backend.to_device(x), 7)), expected)


@needs_numba
@pytest.mark.parametrize("count", [4, 12, 4096])
@pytest.mark.parametrize("start", [(0, 0, 0, 0), (0, 5, 7, 1), (2**63, 2**64 - 1, 0, 2**64 - 1)])
def test_words(count: int, start: tuple[int, int, int, int]) -> None:
    for key in ((0, 0), (2**64 - 1, 12345)):
        arguments = (np.random.Philox(0), key, start, count)
        same(TWIN.unbroken_words(*arguments), unbroken_words.__wrapped__(*arguments))


@needs_numba
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("s", [1, 7, 127, 128, 1000, 2**31, 2**40])
def test_levels(real: str, s: int) -> None:
    for d in (7, 1000, 20_001):
        words = np.random.default_rng(s).integers(0, 2**64, (2, words_for(d) + 1), dtype=np.uint64)[:, :-1]
        words[:, 0], words[:, 1] = 0, 2**64 - 1
        for x in vectors(real, d):
            norms = np.abs(x).max(axis=1)
            norms[norms == 0] = np.inf
            for scale in (norms, 100 * norms, np.full_like(norms, np.inf)):
                arguments = (x, scale, HOST.halves(words, d), Grid(s))
                same(TWIN.levels_by_tiles(*arguments), rounding.levels_by_tiles.__wrapped__(*arguments))


@needs_numba
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize(
    ("s", "kind"), [(7, "int8"), (127, "int8"), (1000, "int16"), (2**31, "int64"), (2**40, "int64")]
)
def test_values_of_levels(real: str, s: int, kind: str) -> None:
    levels = np.random.default_rng(s).integers(-s, s + 1, (2, 20_003)).astype(kind)
    norms = np.array([0.7, 3e-9], real)
    for rows in (levels, np.asfortranarray(levels)[:, 1:]):
        same(TWIN.values_of_levels(rows, norms, s), rounding.values_of_levels.__wrapped__(rows, norms, s))


@pytest.mark.parametrize("real", REALS)
def test_signs(real: str) -> None:
    negative = next(vectors(real, 100_003)) < 0
    for magnitude in (1.0, 0.0, 1e-310, np.inf):
        magnitudes = np.asarray([magnitude, 2 * magnitude], real)
        expected = np.where(negative, -magnitudes[:, None], magnitudes[:, None])
        for mask in (negative, np.asfortranarray(negative)):
            same(signs.signed_rows.__wrapped__(magnitudes, mask), expected)
            if TWIN is not None:
                same(TWIN.signed_rows(magnitudes, mask), expected)


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("d", SIZES)
def test_signs_beside_sums(real: str, d: int) -> None:
    for x in vectors(real, d):
        x[0, d // 2], x[1, -1] = np.nan, -np.inf
        negative, totals = x < 0, sums.magnitude_sums.__wrapped__(x)
        for way in (signs.signs_and_sums.__wrapped__, *([] if TWIN is None else [TWIN.signs_and_sums])):
            found = way(x)
            same(found[0], negative)
            same(np.abs(found[1]), np.abs(totals))  # of NaN no sign is known
        for alone in (signs.signs_alone.__wrapped__, *([] if TWIN is None else [TWIN.signs_alone])):
            same(alone(x), negative)


@needs_numba
@pytest.mark.parametrize("d", [1, 8, 63, 64, 65, 520, 1003])
def test_bits_of_signs(d: int) -> None:
    """Wherever they stand, and whatever stood there."""
    mask = np.random.default_rng(d).random((2, d + 1)) < 0.5
    for negative in (mask[:, 1:], np.asfortranarray(mask)[:, :-1]):
        rooms = np.full((2, 2, -(-d // 8) + 3), 0xFF, np.uint8)
        written = [rooms[0, :, 3:], rooms[1, :, 3:]]
        assert write_signs.__wrapped__(negative, written[0]) is written[0]
        assert TWIN.write_signs(negative, written[1]) is written[1]
        same(rooms[1], rooms[0])
        same(np.unpackbits(written[0], axis=1, count=d, bitorder="little").view(np.bool_), negative.copy())


@needs_numba
@pytest.mark.parametrize("width", every(2, [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 33, 64]))
def test_planes(width: int) -> None:
    kind, found = bitfields.unsigned(width), planes(width)
    for octets in (0, 1, 5, 1000):
        fields = (
            np.random.default_rng(width).integers(0, 2**width, (2, 8 * octets + 1), np.uint64).astype(kind)
        )
        fields = fields[:, : 8 * octets]
        packed = bitfields.pack_planes(fields, width)
        for added in (0, 1, 2**width - 1):
            rooms = np.full((2, 2, octets * width + 5), 9, np.uint8)
            lower = fields - kind.type(added)
            for put, room in ((bitfields.put_planes.__wrapped__, rooms[0]), (TWIN.put_planes, rooms[1])):
                own = room[:, 3:-2]
                assert put(lower, added, width, own) is own
                same(own, packed)
            same(rooms[1], rooms[0])
        room = np.zeros(fields.shape, kind)
        assert TWIN.unpack_planes(packed, found, room) is room
        same(room, fields)


RUNS = (
    ("marina", {"Q": "quantize(s = 7)"}),
    ("marina", {"Q": "quantize(s = 200, norm = inf)"}),
    ("ef21", {"C": "top_k(k = 20)"}),
    ("ef21", {"C": "scaled_sign()"}),
)


GAPS = [
    *((300, 40), (300, 270), (9000, 1000), (1000, 500), (70_001, 17), (1 << 27, 3), (700, 350)),
    *((131_072, 9001), (20_011, 9001), (5000, 1), (30_000, 5003), (1 << 33, 5)),
]


@needs_numba
@pytest.mark.parametrize(("d", "k"), GAPS)
def test_gaps(d: int, k: int) -> None:
    """Sets may stand in any columns of a matrix; damage that NumPy refuses is left to it."""
    coded = min(k, d - k)
    sets = golomb.GapSets(Gaps(d, coded, golomb_divisor(d, coded)), absent=2 * k > d)
    rng = np.random.default_rng(d + k)
    drawn = [np.sort(rng.choice(d, coded, replace=False)) for _ in range(3)] if d < 1 << 20 else []
    positions = np.stack([*drawn, np.arange(coded), np.arange(d - coded, d)])
    gaps = np.diff(positions, axis=1, prepend=-1) - 1
    varying = int(((gaps + sets.plan.divisor - sets.plan.cut) // sets.plan.divisor).sum())
    for divided in (golomb.divided_gaps.__wrapped__, TWIN.divided_gaps):
        assert divided(positions, sets.plan) == varying
        assert divided(positions[:0], sets.plan) == 0
    for room in (
        np.empty((len(positions), sets.slot), np.uint8),
        np.empty((len(positions), sets.slot + 5), np.uint8)[:, 2:-3],
    ):
        plain, found = golomb.write_gaps.__wrapped__, room.copy()
        bits = plain(positions, room, sets)
        found[...] = 0xFF
        same(TWIN.write_gaps(positions, found, sets), bits)
        same(found, room)
        for one, other in zip(TWIN.read_gaps(room, sets), (positions, bits), strict=True):
            same(one, other)
        for _ in range(200):
            damaged = room.copy()
            row = rng.integers(len(room))
            place = rng.integers(8 * room.shape[1])
            damaged[row, place >> 3] ^= 1 << (place & 7)
            read = TWIN.read_gaps(damaged, sets)
            try:
                expected = golomb.read_gaps.__wrapped__(damaged, sets)
            except CodecError:
                assert read is None
                continue
            for one, other in zip(read, expected, strict=True):
                same(one, other)


@needs_numba
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("rows", [0, 1, 2, 4, 7])
@pytest.mark.parametrize("d", [2, 8193, 20_002])
def test_sums_of_rows(real: str, rows: int, d: int) -> None:
    """Sums equal those of the expanded rows in order, on every host; of zeros of either sign, too."""
    rng, backend = np.random.default_rng(d), NumpyBackend(real, "float32")
    for s, kind in ((1, np.int8), (7, np.int8), (300, np.int16), (70_000, np.int32)):
        levels = rng.integers(-s, s + 1, (rows, d + 3)).astype(kind)[:, 1:-2]
        kernel = QuantizeKernel(backend, d, s, True, "fixed")
        packet = LevelPacket(rng.random(rows).astype(np.float32), levels)
        wanted = ordered_sum(np, kernel.expand(packet))
        for add in (row_sums.sum_levels.__wrapped__, TWIN.sum_levels):
            same(add(levels, packet.scales.astype(real), s, np.empty(d, real)), wanted)
            same(in_two(add, (levels, packet.scales.astype(real)), (s,), np.empty(d, real)), wanted)
    of_signs = SignKernel(backend, d, (d,))
    for scales in (rng.random(rows), np.zeros(rows)):
        sent = SignPacket(scales.astype(np.float32)[:, None], rng.random((rows, d + 3))[:, 1:-2] < 0.5)
        wanted = ordered_sum(np, of_signs.expand(sent))
        for sum_rows in (row_sums.sum_signs.__wrapped__, TWIN.sum_signs):
            given = sent.negative, scales.astype(np.float32).astype(real)
            same(sum_rows(*given, np.empty(d, real)), wanted)
            same(in_two(sum_rows, given, (), np.empty(d, real)), wanted)
        total = np.empty(d, real)
        of_signs.sum_rows(sent, total)
        same(total, wanted)
    kernel = NaturalKernel(backend, d, "fixed")
    for codes in (
        rng.integers(0, 512, (rows, d)),
        np.full((rows, d), 256),
        rng.integers(0, 2, (rows, d)) * 256,
    ):
        packet = CodePacket(codes.astype(np.uint16))
        with np.errstate(invalid="ignore", over="ignore"):  # codes of infinity of both signs
            wanted = ordered_sum(np, kernel.expand(packet))
            for add in (row_sums.sum_codes.__wrapped__, TWIN.sum_codes):
                same(add(packet.codes, kernel._values, np.empty(d, real)), wanted)
                same(in_two(add, (packet.codes,), (kernel._values,), np.empty(d, real)), wanted)


def in_two(add: Any, rows: Sequence[np.ndarray], others: Sequence[Any], total: np.ndarray) -> np.ndarray:
    """The sum of the first rows, and of the rest behind it."""
    add(*(each[:2] for each in rows), *others, total)
    add(*(each[2:] for each in rows), *others, total, True)
    return total


@needs_numba
@pytest.mark.parametrize("real", REALS)
def test_sums_at_indices(real: str) -> None:
    rng, plain = np.random.default_rng(0), row_sums.sum_at.__wrapped__
    cuts = [
        (rng.integers(0, 50, (rows, 40)), rng.standard_normal((rows, 40)).astype(real)) for rows in (3, 0, 2)
    ]
    indices, values = (np.concatenate(arrays) for arrays in zip(*cuts, strict=True))
    for summed in (row_sums.sum_of_parts.__wrapped__, TWIN.sum_of_parts):
        same(summed(cuts, 50, np.dtype(real)), plain(indices, values, 50, np.dtype(real)))
    for shape in ((3, 40), (1, 1), (70,)):
        indices, values = rng.integers(0, 50, shape), rng.standard_normal(shape).astype(real)
        wanted = np.zeros(50, real)
        for place, value in zip(indices.flat, values.flat, strict=True):
            wanted[place] += value
        for add in (plain, TWIN.sum_at):
            same(add(indices, values, 50, np.dtype(real)), wanted)
        same(NumpyBackend(real, "float32").sum_at(indices, values, 50), wanted)
    for place in (50, -1):  # left to NumPy, which reads no memory of others
        assert TWIN.sum_at(np.array([3, place]), np.ones(2, real), 50, np.dtype(real)) is None


@needs_numba
@pytest.mark.parametrize(("d", "k"), [(112, 12), (20, 2), (9, 1), (30, 7), (4, 4), (300, 3)])
@pytest.mark.parametrize("bits", [32, 64])
def test_sparse_messages_with_ranked_sets(d: int, k: int, bits: int) -> None:
    """Columns and ranks that do not exist are left to NumPy, which refuses them."""
    codec, rng = SparseCodec(d, k, bits), np.random.default_rng(d + k)
    columns = np.stack([np.sort(rng.choice(d, k, replace=False)) for _ in range(5)]).astype(np.int64)
    values = rng.standard_normal((5, k)).astype(f"f{bits // 8}")
    values[0, 0] = np.frombuffer(b"\x01\xff\xff\x7f" * 2, values.dtype)[0]  # NaN, with a mark
    packet = SparsePacket(columns, values)
    room, found = (np.full((5, codec.slot), byte, np.uint8) for byte in (0, 0xFF))
    codec.write_parts(packet, room)
    if not codec.is_ranked:
        assert TWIN.write_sparse(codec, packet, found) is TWIN.read_sparse_behind(codec, packet, room) is None
        return
    same(TWIN.write_sparse(codec, packet, found), room)
    for rows in (slice(5), slice(0), slice(1, 4)):
        own = SparsePacket(columns[rows], values[rows])
        wanted = sparse.read_sparse_behind.__wrapped__(codec, own, room)
        for one, other in zip(TWIN.read_sparse_behind(codec, own, room), wanted, strict=True):
            same(one, other)
    for column in (-1, d):
        beyond = columns.copy()
        beyond[3, -1] = column
        assert TWIN.write_sparse(codec, SparsePacket(beyond, values), found) is None
    assert TWIN.write_sparse(codec, packet, np.zeros((5, codec.slot + 1), np.uint8)[:, 1:]) is None
    room[2, -1] = 0xFF
    assert codec.fixed_bits is not None
    if codec.fixed_bits % 8 or k > 1:
        assert TWIN.read_sparse_behind(codec, packet, room) is None


@needs_numba
@pytest.mark.parametrize(("saved", "first"), [(1.0, 2), (0.5, 5)])
def test_many_short_calls_are_worth_a_kernel(
    saved: float, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(TWIN, "write_gaps", lambda *given: calls.append(given) or np.zeros(1))
    monkeypatch.setattr(numba_dispatch, "MANY", 3 * 40)
    sets = golomb.GapSets(Gaps(300, 40, 5), absent=False)
    short = numba_dispatch.dispatched(lambda positions, room, sets: positions.size, short=True, saved=saved)
    write = short(golomb.write_gaps.__wrapped__)
    for call in range(8):
        write(np.arange(40)[None, :], np.empty((1, sets.slot), np.uint8), sets)
        assert len(calls) == max(0, call + 1 - first)


@needs_numba
@pytest.mark.parametrize(("method", "chosen"), RUNS, ids=[next(iter(chosen.values())) for _, chosen in RUNS])
def test_a_run_is_the_same_with_twins(method: str, chosen: dict[str, str]) -> None:
    """Of vectors that count as long meanwhile."""
    problem = "quadratic(d = 40000, mu = 0.01, L = 1, spread = 0.1, seed = 0)"

    def points() -> list[tuple[Any, ...]]:
        trace = cablese.run(method, problem=problem, nodes=2, rounds=3, set=chosen).trace
        return [tuple(trace[name]) for name in ("grad_norm2", "bits_up")]

    with numba_dispatch.numpy_alone():
        expected = points()
    with numba_dispatch.kernels_always():
        assert points() == expected


def test_without_numba_numpy_does_all() -> None:
    code = """
import sys
sys.modules["numba"] = None
import numpy as np
from cablese.runtime.arrays import numba_dispatch
from cablese.runtime.arrays.sums import square_sums
assert square_sums(np.ones((1, numba_dispatch.LONG), np.float32)).tolist() == [numba_dispatch.LONG]
assert numba_dispatch.compiled() is None
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_short_arrays_do_not_load_numba() -> None:
    code = """
import sys, cablese
cablese.run("ef21", nodes=2, rounds=3, set={"C": "scaled_sign()"})
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@needs_numba
def test_twins_need_no_place_to_keep_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    plain = numba.njit

    def nowhere(function: Any, **options: Any) -> Any:
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return plain(function, **options)

    monkeypatch.setattr(numba, "njit", nowhere)
    assert TWIN._fast(lambda: 3)() == 3


@pytest.mark.parametrize("s", [7, 1000])
@pytest.mark.parametrize("d", [1 << 14, (1 << 16) + 9, 100_003])
def test_words_drawn_late_are_those_drawn_before(s: int, d: int) -> None:
    count, key, counter = words_for(d), (5, 2**64 - 7), (40, 3, 0, 0)
    pending = PendingWords(key, counter, 2, -(-count // 4), count)
    for real in REALS:
        backend, strict = NumpyBackend(real, "float32"), select.backend("strict", real, "float32")
        x = next(vectors(real, d))
        norms = np.abs(x).max(axis=1)
        with numba_dispatch.numpy_alone():
            expected = backend.levels(x, norms, pending.drawn(backend), Grid(s))
            same(backend.levels(x, norms, pending, Grid(s)), expected)
        there = strict.levels(strict.to_device(x), strict.to_device(norms), pending, Grid(s))
        same(strict.to_host(there), expected)
        if TWIN is not None:
            same(TWIN.drawn_levels(None, x, norms, pending, Grid(s)), expected)


def test_a_numba_that_compiles_nothing_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python, kernels are slower than NumPy, and some functions of theirs are not defined."""
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    assert numba_dispatch._load.__wrapped__() is None
