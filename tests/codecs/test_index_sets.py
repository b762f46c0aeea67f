from itertools import combinations
from math import comb, lgamma, log

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs import sizes
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.coded_sets import WideRankedSets
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.packets import SparsePacket
from cablese.runtime.codecs.ranks import RankedSets, _all_sets
from cablese.runtime.codecs.rows import decoded, encoded
from cablese.runtime.codecs.sizes import (
    Gaps,
    Ranked,
    ceil_log2,
    entropy_index_bits,
    expected_index_bits,
    golomb_divisor,
    plan_indices,
)
from cablese.runtime.codecs.sparse import SparseCodec
from hypothesis import given, settings
from hypothesis import strategies as st

SIZES = [
    (1, 1),
    (2, 1),
    (20, 20),
    (64, 63),
    (112, 5),
    (112, 56),
    (1000, 10),
    (5000, 4000),
    (100_000, 30),
    (1_000_000, 1000),
    (1 << 33, 1),
]
GRID = [
    (d, k)
    for d in (20, 50, 112, 300, 1000, 5000, 100_000, 1_000_000)
    for k in sorted(
        {
            1,
            2,
            5,
            10,
            d // 1000,
            d // 100,
            d // 20,
            d // 10,
            d // 5,
            int(0.214 * d),
            int(0.38 * d),
            d // 2,
            d - d // 20,
            d,
        }
    )
    if 1 <= k <= d
]


def draw_sets(d: int, k: int, rows: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if k == 1:
        return rng.integers(0, d, (rows, 1))
    return np.sort(np.stack([rng.choice(d, k, replace=False, shuffle=False) for _ in range(rows)]), axis=1)


def log2_comb(d: int, k: int) -> float:
    return (lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)) / log(2)


def verify_round_trip(d: int, indices: np.ndarray, float_bits: int = 32, encode: str = "fixed") -> None:
    rows, k = indices.shape
    values = np.random.default_rng(1).standard_normal((rows, k)).astype(f"f{float_bits // 8}")
    codec = SparseCodec(d, k, float_bits, encode)
    packet = SparsePacket(indices, values)
    messages, bits = codec.encode(packet), codec.bits(packet)
    back = codec.decode(messages)
    assert np.array_equal(back.indices, indices) and back.indices.dtype == np.int64
    assert back.values.tobytes() == values.tobytes() and back.values.dtype == values.dtype
    assert bits.dtype == np.int64 and bits.shape == (rows,)
    assert [len(message) for message in messages] == [whole_bytes(b) for b in bits.tolist()]
    if codec.fixed_bits is not None:
        assert set(bits.tolist()) <= {codec.fixed_bits}


@pytest.mark.parametrize(("d", "k"), SIZES)
@pytest.mark.parametrize("float_bits", [16, 32, 64])
def test_sparse_packets_come_back(d: int, k: int, float_bits: int) -> None:
    verify_round_trip(d, draw_sets(d, k, 5), float_bits)


@settings(deadline=None)
@given(st.data())
def test_any_set_comes_back(data: st.DataObject) -> None:
    d = data.draw(st.integers(1, 150))
    k = data.draw(st.integers(1, d))
    one_row = st.lists(st.integers(0, d - 1), min_size=k, max_size=k, unique=True).map(sorted)
    verify_round_trip(d, np.asarray(data.draw(st.lists(one_row, min_size=1, max_size=3)), np.int64))


@pytest.mark.parametrize(("d", "k"), [(1000, 100), (1000, 900), (1000, 500), (3000, 1000), (662, 252)])
def test_extreme_sets_come_back_within_the_longest_message(d: int, k: int) -> None:
    spread = np.linspace(0, d - 1, k).astype(np.int64)
    sets = np.stack([np.arange(k), np.arange(d - k, d), spread])
    assert isinstance(plan_indices(d, k), Gaps)
    verify_round_trip(d, sets)
    worst = SparseCodec(d, k, 32).bits(SparsePacket(sets, sets.astype(np.float32))) - 32 * k
    assert worst.max() <= 1.08 * d  # never much above a bitmap


def test_ranks_number_all_sets_without_a_gap() -> None:
    d, k = 9, 4
    plan = plan_indices(d, k)
    assert isinstance(plan, Ranked)
    sets = np.asarray(list(combinations(range(d), k)))
    ranks = [int.from_bytes(message, "little") for message in encoded(RankedSets(plan), sets, len(sets))]
    assert sorted(ranks) == list(range(comb(d, k)))


@pytest.mark.parametrize(("d", "k"), [(20, 2), (20, 1), (100, 10), (300, 6), (62, 31), (5000, 4)])
def test_few_ranked_sets_are_read_as_many_are(d: int, k: int) -> None:
    """Some ways of reading pay for few sets alone; those of the first and the last rank are the most unlike."""
    plan, rng = plan_indices(d, k), np.random.default_rng(d)
    assert isinstance(plan, Ranked)
    sets = RankedSets(plan)
    drawn = [np.sort(rng.choice(d, k, replace=False)) for _ in range(300)]
    positions = np.stack([np.arange(k), np.arange(d - k, d), *drawn])
    room = np.empty((len(positions), sets.slot + 3), np.uint8)[:, 2:-1]
    sets.write(positions, room)
    assert np.array_equal(sets.read(room), positions)
    for first in range(len(room)):
        few = sets.read(room[first : first + 2])
        assert few.dtype == np.int64 and np.array_equal(few, positions[first : first + 2])
    if sets.count < 1 << 8 * sets.slot:
        room[1] = np.frombuffer(sets.count.to_bytes(sets.slot, "little"), np.uint8)
        for rows in (room, room[:2]):
            with pytest.raises(CodecError, match="rank of an index set"):
                sets.read(rows)


def test_no_message_is_an_empty_list() -> None:
    for d, k in ((20, 5), (1000, 100)):
        codec = SparseCodec(d, k, 32)
        empty = SparsePacket(np.zeros((0, k), np.int64), np.zeros((0, k), np.float32))
        assert codec.encode(empty) == []
        assert codec.decode([]).indices.shape == (0, k)
        assert codec.bits(empty).shape == (0,)


SHARES = [
    0.001,
    0.01,
    0.05,
    0.1,
    0.15,
    0.2,
    0.22,
    0.24,
    0.2451,
    0.25,
    0.28,
    0.3,
    0.33,
    0.36,
    0.38,
    0.39,
    0.45,
    0.5,
]
MORE = [
    (d, int(part * d) or 1)
    for d in (700, 3000, 50_000, 1_000_000, 10_000_000)
    for share in SHARES
    for part in (share, 1 - share)
]


@pytest.mark.parametrize(("d", "k"), [*GRID, *MORE, (43_025, 321)])
def test_index_sets_cost_little_more_than_log2_of_their_number(d: int, k: int) -> None:
    """Ranks: exactly the bound, rounded up. Gaps: at most 1.5 % and 16 bits above it in the mean, 4.5 % for shares
    between 0.3 and 0.7."""
    bound, mean = log2_comb(d, k), expected_index_bits(d, k)
    share = min(k, d - k) / d
    if isinstance(plan_indices(d, k), Ranked):
        assert mean == ceil_log2(comb(d, k))
    else:
        assert bound <= mean <= bound * (1.015 if share <= 0.3 else 1.045) + 16


@pytest.mark.parametrize("coded", [7, 30, 99, 245, 300, 375, 381, 383, 400, 500])
@pytest.mark.parametrize("d", [1000, 8013])
def test_no_divisor_is_much_better_than_the_chosen_one(d: int, coded: int) -> None:
    """By brute force over all of them, with the chances of a gap computed term by term."""
    fits = [1.0]  # P(gap >= t)
    for t in range(d - coded):
        fits.append(fits[-1] * (d - coded - t) / (d - t))

    def cost(divisor: int) -> float:
        shorter = divisor.bit_length() - 1
        cut = 2 ** (shorter + 1) - divisor
        mean_quotient = sum(fits[divisor::divisor])
        long = sum(
            fits[t] - (fits[t - cut + divisor] if t - cut + divisor < len(fits) else 0)
            for t in range(cut, len(fits), divisor)
        )
        return shorter + 1 + mean_quotient + long

    chosen = cost(golomb_divisor(d, coded))
    assert chosen <= 1.002 * min(cost(divisor) for divisor in range(1, d))
    assert chosen * coded == pytest.approx(_expected(d, coded), rel=1e-9)


@pytest.mark.parametrize(("d", "k"), [*GRID, *MORE, (2048, 1000), (2049, 1000), (662, 252), (1300, 500)])
def test_with_entropy_index_sets_are_near_the_bound_everywhere(d: int, k: int) -> None:
    bound = log2_comb(d, k)
    assert bound - 1e-6 <= entropy_index_bits(d, k) <= 1.015 * bound + 16


@pytest.mark.parametrize(
    ("d", "k"), [(20, 9), (400, 160), (400, 270), (2048, 1024), (2049, 700), (5000, 3000), (3000, 30)]
)
def test_entropy_coded_sets_come_back(d: int, k: int) -> None:
    spread = np.linspace(0, d - 1, k).astype(np.int64)
    sets = np.stack([np.arange(k), np.arange(d - k, d), spread, *draw_sets(d, k, 3)])
    verify_round_trip(d, sets, encode="entropy")


@settings(deadline=None)
@given(st.data())
def test_any_wide_rank_comes_back(data: st.DataObject) -> None:
    d = data.draw(st.integers(70, 300))
    k = data.draw(st.integers(int(0.35 * d), int(0.65 * d)))
    verify_round_trip(d, draw_sets(d, k, 2, data.draw(st.integers(0, 2**32))), encode="entropy")


def test_wide_ranks_are_those_of_the_combinatorial_number_system() -> None:
    wide, narrow = WideRankedSets(Ranked(9, 4, 7)), RankedSets(Ranked(9, 4, 7))
    sets = np.asarray(list(combinations(range(9), 4)))
    written = encoded(narrow, sets, len(sets))
    assert encoded(wide, sets, len(sets)) == written
    assert np.array_equal(decoded(wide, written), sets)


def _expected(d: int, coded: int) -> float:
    plan = Gaps(d, coded, golomb_divisor(d, coded))
    return coded * (plan.low + 1 + sizes._mean_rest(plan))


@pytest.mark.parametrize(
    ("d", "k"), [(d, k) for d, k in GRID if d <= 5000 and isinstance(plan_indices(d, k), Gaps)]
)
def test_the_expected_size_is_the_mean_of_measured_sizes(d: int, k: int) -> None:
    rows = 400
    indices = draw_sets(d, k, rows, seed=d + k)
    codec = SparseCodec(d, k, 32)
    measured = codec.bits(SparsePacket(indices, np.zeros((rows, k), np.float32))) - 32 * k
    standard_error = measured.std() / rows**0.5 + 1e-9
    assert abs(measured.mean() - expected_index_bits(d, k)) < 4.5 * standard_error


@pytest.mark.parametrize(("d", "k"), [(112, 5), (112, 40), (300, 150), (300, 280), (1000, 1000)])
def test_sizes_are_computed_on_the_packet_s_device(d: int, k: int) -> None:
    strict = backend("strict", "float64", "float32")
    indices = draw_sets(d, k, 4)
    values = np.zeros((4, k), np.float32)
    codec = SparseCodec(d, k, 32)
    on_device = SparsePacket(strict.to_device(indices), strict.to_wire(strict.to_device(values)))
    bits = codec.bits(on_device)
    assert bits.device == strict.device
    assert np.array_equal(strict.to_host(bits), codec.bits(SparsePacket(indices, values)))


@pytest.mark.parametrize(("d", "coded"), [(5, 2), (7, 3), (12, 4), (6, 6)])
def test_listed_sets_stand_at_their_ranks(d: int, coded: int) -> None:
    sets = _all_sets(d, coded)
    assert len(sets) == comb(d, coded)
    assert (np.diff(sets, axis=1) > 0).all()
    assert [sum(comb(place, j + 1) for j, place in enumerate(row)) for row in sets.tolist()] == [
        *range(len(sets))
    ]
