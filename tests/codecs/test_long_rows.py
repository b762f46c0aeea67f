"""Entropy coding of long rows: numba writes the library's bytes, and counts choose the form that measuring all does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays.numba_dispatch import compiled, kernels_always, numpy_alone
from cablese.runtime.codecs import ans, forms
from cablese.runtime.codecs.codes import code_codec
from cablese.runtime.codecs.errors import CodecError
from cablese.runtime.codecs.forms import Shortest, encodings
from cablese.runtime.codecs.levels import level_codec
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.packets import CodePacket, LevelPacket
from cablese.runtime.codecs.symbols import CodeSymbols, LevelSymbols, Symbols, level_dtype
from cablese.runtime.codecs.tables import coded_bits, table_of

needs_numba = pytest.mark.skipif(compiled() is None, reason="numba is not installed")


def rows_of(s: int, spread: float, d: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).laplace(0, spread, (2, d)).round()
    return np.clip(drawn, -s, s).astype(level_dtype(s))


@needs_numba
@pytest.mark.parametrize("bins", [2, 3, 255, 256, 300, 4096])
@pytest.mark.parametrize("d", [1, 2, 5, 1000])
def test_numba_and_the_library_write_the_same_bytes(bins: int, d: int) -> None:
    numbers = (np.random.default_rng(bins + d).random(d) ** 8 * bins).astype(np.uint16)
    numbers[0], numbers[-1] = 0, bins - 1
    counts = np.bincount(numbers, minlength=bins)[None]
    counts[0, :2] += 1  # two symbols at least
    frequency = table_of(counts).frequencies[0]
    room, values = (
        whole_bytes(int(coded_bits(counts, frequency[None])[0])) + 8,
        np.arange(bins, dtype=np.uint16),
    )
    with numpy_alone():
        written = ans.encode(numbers, frequency, room)
    with kernels_always():
        assert ans.encode(numbers, frequency, room) == written
        assert np.array_equal(ans.decode(written, frequency, values, d), numbers)
        longer = written.rstrip(b"\0") + b"\1\2\3\4"
        with pytest.raises(CodecError):
            ans.decode(longer, frequency, values, d)


KINDS: list[tuple[Symbols, Any]] = [
    *(
        (LevelSymbols(s), rows_of(s, spread, 4000))
        for s in (1, 4, 127, 1000)
        for spread in (0.01, 0.4, 3, 200)
    ),
    (CodeSymbols(9), (np.random.default_rng(0).geometric(0.4, (2, 4000)) + 100).astype(np.uint16)),
    (CodeSymbols(9), np.zeros((1, 4000), np.uint16)),
]


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_counts_choose_what_measuring_chooses(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    symbols, entries = KINDS[number]
    plain = encodings(4000, symbols, "entropy")
    monkeypatch.setattr(forms, "LONG", 0)
    chosen = encodings(4000, symbols, "entropy")
    assert type(plain) is Shortest is not type(chosen)
    clustered = np.concatenate((entries[:, 3000:], np.sort(entries[:, :3000], axis=1)), axis=1)
    for rows in (entries, clustered, clustered[:, ::-1]):
        assert chosen._choices(rows) == plain._choices(rows)
        assert np.array_equal(chosen.bits(rows), plain.bits(rows))


@pytest.mark.parametrize("s", [1, 7, 127, 1000])
@pytest.mark.parametrize("spread", [0.05, 0.3, 20])
def test_long_messages_are_the_same_with_numba(s: int, spread: float) -> None:
    d = 40_001
    packet = LevelPacket(np.ones(2, np.float32), rows_of(s, spread, d))
    codec = level_codec(d, s, 32, "entropy")
    with numpy_alone():
        messages = codec.encode(packet)
    with kernels_always():
        assert codec.encode(packet) == messages
        assert np.array_equal(codec.decode(messages).levels, packet.levels)
        assert [whole_bytes(int(bits)) for bits in codec.bits(packet)] == [len(m) for m in messages]


def test_long_codes_are_the_same_with_numba() -> None:
    d, draws = 40_001, np.random.default_rng(0)
    packet = CodePacket(
        (draws.geometric(0.4, (1, d)) + 100 + 256 * draws.integers(0, 2, (1, d))).astype(np.uint16)
    )
    codec = code_codec(d, 9, "entropy")
    with numpy_alone():
        messages = codec.encode(packet)
    with kernels_always():
        assert codec.encode(packet) == messages
        assert np.array_equal(codec.decode(messages).codes, packet.codes)
