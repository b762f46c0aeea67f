"""`encode = rice` and `encode = entropy`: what comes back, what it costs, and that the room for coded symbols suffices."""

import sys
from math import log2
from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs import ans
from cablese.runtime.codecs.base import Codec
from cablese.runtime.codecs.codes import code_codec
from cablese.runtime.codecs.forms import encodings
from cablese.runtime.codecs.levels import level_codec
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.packets import CodePacket, LevelPacket, map_packet
from cablese.runtime.codecs.sizes import ENCODINGS, choice_bits, symbol_bits
from cablese.runtime.codecs.symbols import LevelSymbols, level_dtype
from cablese.runtime.codecs.tables import PRECISION, coded_bits, frequencies, logarithms, table_of
from cablese.runtime.errors import SetupError
from hypothesis import given, settings
from hypothesis import strategies as st

FITTED = [encode for encode in ENCODINGS if encode != "fixed"]
Case = tuple[Codec, Any, int]


def levels(d: int, s: int, encode: str, spread: float, rows: int = 3, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    drawn = np.clip(rng.laplace(0, spread, (rows, d)).round(), -s, s).astype(level_dtype(s))
    packet = LevelPacket(rng.random(rows).astype(np.float32), drawn)
    return level_codec(d, s, 32, encode), packet, 32 + symbol_bits(d, 2 * s + 1)


def codes(d: int, width: int, encode: str, zeros: float, rows: int = 3, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    top = (1 << (width - 1)) - 1
    fields = np.maximum(top // 2 - rng.geometric(0.5, (rows, d)), 0)
    fields[rng.random((rows, d)) < zeros] = 0
    signs = rng.integers(0, 2, (rows, d)) << (width - 1)
    return code_codec(d, width, encode), CodePacket((fields | signs).astype(np.uint16)), d * width


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, str]:
    encode, seed = draw(st.sampled_from(FITTED)), draw(st.integers(0, 2**32))
    d, rows = draw(st.integers(1, 400)), draw(st.integers(0, 3))
    if draw(st.booleans()):
        width, zeros = draw(st.sampled_from([6, 9, 12])), draw(st.sampled_from([0, 0.3, 1]))
        return codes(d, width, encode, zeros, rows, seed), encode
    s = draw(st.sampled_from([1, 2, 3, 4, 7, 127, 128, 1000, 40_000, 1 << 20]))
    spread = s * draw(st.sampled_from([0.001, 0.05, 0.3, 5]))
    return levels(d, s, encode, spread, rows, seed), encode


def arrays(packet: Any) -> list[np.ndarray]:
    held: list[np.ndarray] = []
    map_packet(lambda array: held.append(array) or array, packet)
    return held


@given(cases())
def test_packets_come_back_at_exactly_the_counted_size(drawn: tuple[Case, str]) -> None:
    (codec, packet, fixed), encode = drawn
    messages, bits = codec.encode(packet), codec.bits(packet)
    for before, after in zip(arrays(packet), arrays(codec.decode(messages)), strict=True):
        assert before.tobytes() == after.tobytes() and before.dtype == after.dtype
    assert bits.dtype == np.int64 and bits.shape == (packet.rows,)
    assert [len(message) for message in messages] == [whole_bytes(b) for b in bits.tolist()]
    assert (bits <= fixed + choice_bits(encode)).all()


def entropy(symbols: np.ndarray) -> float:
    """Of the empirical distribution, in bits of all symbols."""
    counts = np.unique(symbols, return_counts=True)[1]
    return float(-(counts * np.log2(counts / symbols.size)).sum())


def quantised(d: int, s: int, norm: float, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(d)
    places = np.abs(x) / np.linalg.norm(x, norm) * s
    return ((np.floor(places + rng.random(d))) * np.sign(x)).astype(level_dtype(s))[None, :]


@pytest.mark.parametrize(
    ("s", "norm"), [(1, 2), (4, 2), (1000, 2), (1, np.inf), (7, np.inf), (127, np.inf), (1 << 20, 2)]
)
def test_entropy_coded_levels_are_within_two_per_cent_of_their_entropy(s: int, norm: float) -> None:
    """Of a Gaussian vector of 10^6, all but the scale counted: table, trailer and rounding."""
    drawn = quantised(1_000_000, s, norm)
    codec = level_codec(drawn.shape[1], s, 32, "entropy")
    packet = LevelPacket(np.ones(1, np.float32), drawn)
    size = int(codec.bits(packet)[0]) - 32
    assert 0.999 * entropy(drawn) <= size <= 1.02 * entropy(drawn)
    assert np.array_equal(codec.decode(codec.encode(packet)).levels, drawn)


def test_entropy_coded_powers_of_two_are_within_two_per_cent_of_their_entropy() -> None:
    x = np.random.default_rng(2).standard_normal(1_000_000)
    drawn = (np.frexp(x)[1] + 126 + 256 * (x < 0)).astype(np.uint16)[None, :]
    size = int(code_codec(drawn.shape[1], 9, "entropy").bits(CodePacket(drawn))[0])
    assert 3.5 < entropy(drawn) / x.size < 3.7
    assert entropy(drawn) <= size <= 1.02 * entropy(drawn)


@pytest.mark.parametrize(("s", "norm"), [(1, 2), (4, 2), (1000, 2), (7, np.inf)])
def test_rice_stands_between_fixed_and_entropy(s: int, norm: float) -> None:
    drawn = quantised(100_000, s, norm)
    packet = LevelPacket(np.ones(1, np.float32), drawn)
    fixed, rice, entropy_ = (int(level_codec(100_000, s, 32, encode).bits(packet)[0]) for encode in ENCODINGS)
    assert entropy_ <= rice + 1 <= fixed + 2
    assert rice <= 1.25 * entropy(drawn) + 200


@pytest.mark.parametrize(
    "case", [levels(300, 1, e, 0.3) for e in FITTED] + [levels(300, 40_000, e, 900) for e in FITTED]
)
def test_sizes_of_levels_are_computed_on_the_packet_s_device(case: Case) -> None:
    codec, packet, _ = case
    strict = backend("strict", "float64", "float32")
    far = LevelPacket(
        strict.to_wire(strict.to_device(packet.scales)),
        strict.xp.asarray(packet.levels, device=strict.device),
    )
    bits = codec.bits(far)
    assert bits.device == strict.device
    assert np.array_equal(strict.to_host(bits), codec.bits(packet))


@pytest.mark.parametrize("case", [codes(300, 9, e, 0.2) for e in FITTED])
def test_sizes_of_codes_are_computed_on_the_packet_s_device(case: Case) -> None:
    codec, packet, _ = case
    strict = backend("strict", "float64", "float32")
    bits = codec.bits(CodePacket(strict.xp.asarray(packet.codes, device=strict.device)))
    assert np.array_equal(strict.to_host(bits), codec.bits(packet))


def test_the_name_of_the_form_takes_what_is_said() -> None:
    for encode in FITTED:
        forms = encodings(50, LevelSymbols(3), encode)
        assert forms._width == choice_bits(encode)


# --- the table and the room for coded symbols ---------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 1 << 33), min_size=1, max_size=40).filter(any))
def test_frequencies_fill_the_unit_and_leave_nothing_out(counts: list[int]) -> None:
    held = np.asarray([counts])
    found = table_of(held).frequencies
    assert found.sum() == 1 << PRECISION
    assert ((found > 0) == (held > 0)).all()


@settings(deadline=None)
@given(st.integers(1, 1 << PRECISION))
def test_logarithms_do_not_exceed_the_true_ones(value: int) -> None:
    found = int(logarithms(np.asarray([value]))[0]) / (1 << 24)
    assert log2(value) - 2e-7 <= found <= log2(value) + 1e-12


@given(st.data())
def test_coded_symbols_take_no_more_than_their_room(data: st.DataObject) -> None:
    """Whatever the frequencies and the order; `encode` raises where it would not hold."""
    bins = data.draw(st.integers(2, 12))
    roots = [[data.draw(st.sampled_from([0, 1, 1, 2, 30, 1000, 4000])) for _ in range(bins)]]
    frequency = frequencies(np.asarray(roots)) if any(roots[0]) else np.asarray([[1 << PRECISION]])
    used = np.flatnonzero(frequency[0])
    block = data.draw(st.lists(st.sampled_from(used.tolist()), min_size=1, max_size=30))
    numbers = np.asarray(block * data.draw(st.integers(1, 40)))
    counts = np.bincount(numbers, minlength=frequency.shape[1])[None, :]
    room = whole_bytes(int(coded_bits(counts, frequency)[0]))
    if len(used) > 1 and (counts > 0).sum() > 1:
        written = ans.encode(numbers, frequency[0], room)
        assert np.array_equal(
            ans.decode(written, frequency[0], np.arange(len(frequency[0])), len(numbers)), numbers
        )


@pytest.mark.parametrize("rare", [1, 5, 1 << 8, 1 << 16, 1 << 20, (1 << 23) - 1])
@pytest.mark.parametrize("period", [1, 2, 3, 7, 1000])
def test_the_room_suffices_for_rare_symbols_at_the_end_of_the_unit(rare: int, period: int) -> None:
    """Where the bound is tight: a symbol that starts at the end of the unit, sent when the state has just lost a word."""
    frequency = np.asarray([(1 << PRECISION) - rare, rare])
    numbers = (np.arange(20_000) % period == period - 1).astype(np.int64)
    numbers[0] = 0
    counts = np.bincount(numbers, minlength=2)[None, :]
    room = whole_bytes(int(coded_bits(counts, frequency[None, :])[0]))
    assert np.array_equal(
        ans.decode(ans.encode(numbers, frequency, room), frequency, np.arange(len(frequency)), 20_000),
        numbers,
    )


def test_the_library_keeps_the_frequencies_that_it_is_given() -> None:
    """The state after one symbol says with which frequency and start the library coded it."""
    import constriction

    rng = np.random.default_rng(0)
    for _ in range(100):
        frequency = frequencies(rng.integers(1, 4000, (1, int(rng.integers(2, 30)))))[0]
        starts = np.cumsum(frequency) - frequency
        model = ans._model(frequency)
        for symbol, (f, start) in enumerate(zip(frequency.tolist(), starts.tolist(), strict=True)):
            coder = constriction.stream.stack.AnsCoder(np.asarray([0, 1 << 8], np.uint32))
            coder.encode_reverse(np.asarray([symbol], np.int32), model)
            state = sum(int(word) << 32 * place for place, word in enumerate(coder.get_compressed()))
            lost = f << 40 <= (1 << 40)
            before = 1 << 8 if lost else 1 << 40
            after = before // f * (1 << PRECISION) + start + before % f
            assert state == (after << 32 if lost else after)


def test_without_the_library_entropy_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "constriction", None)
    with pytest.raises(SetupError, match=r"pip install 'cablese\[entropy\]'"):
        level_codec(10, 1, 32, "entropy")
    level_codec(10, 1, 32, "rice")
