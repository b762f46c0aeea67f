"""Decoders fed with bytes that no encoder wrote: CodecError or a valid packet, never a crash or a large allocation."""

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.codes import code_codec
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.flaws import flaw
from cablese.runtime.codecs.golomb import GapSets
from cablese.runtime.codecs.integers import IntegerCodec
from cablese.runtime.codecs.levels import level_codec
from cablese.runtime.codecs.outliers import TailedCodec
from cablese.runtime.codecs.packets import (
    CodePacket,
    DensePacket,
    IntegerPacket,
    LevelPacket,
    MaskedPacket,
    OctetPacket,
    Packet,
    PartsPacket,
    SparsePacket,
    TailedPacket,
)
from cablese.runtime.codecs.parts import PartsCodec
from cablese.runtime.codecs.rows import decoded, encoded
from cablese.runtime.codecs.scaled_bytes import OctetCodec
from cablese.runtime.codecs.sizes import ENCODINGS, Gaps
from cablese.runtime.codecs.sparse import SparseCodec
from cablese.runtime.codecs.supports import MaskedCodec
from cablese.runtime.codecs.symbols import level_dtype
from hypothesis import given, settings
from hypothesis import strategies as st
from tiers import every

RNG = np.random.default_rng(3)


def sparse(d: int, k: int, encode: str = "fixed") -> tuple[Any, Packet]:
    indices = np.sort(np.stack([RNG.choice(d, k, replace=False) for _ in range(2)]), axis=1)
    return SparseCodec(d, k, 32, encode), SparsePacket(
        indices, RNG.standard_normal((2, k)).astype(np.float32)
    )


def masked(d: int, share: float) -> tuple[Any, Packet]:
    mask = RNG.random((2, d)) < share
    return MaskedCodec(d, 32), MaskedPacket(mask, mask * RNG.standard_normal((2, d)).astype(np.float32))


def levels(d: int, s: int, encode: str) -> tuple[Any, Packet]:
    drawn = np.clip(RNG.laplace(0, s / 5, (2, d)).round(), -s, s).astype(level_dtype(s))
    return level_codec(d, s, 32, encode), LevelPacket(np.ones(2, np.float32), drawn)


def plain_levels(d: int, s: int, encode: str, level: int) -> tuple[Any, Packet]:
    """The same everywhere, and once with one other entry."""
    drawn = np.full((2, d), level, level_dtype(s))
    drawn[1, d // 2] = -s
    return level_codec(d, s, 16, encode), LevelPacket(np.ones(2, np.float16), drawn)


def plain_codes(d: int, encode: str, code: int) -> tuple[Any, Packet]:
    drawn = np.full((2, d), code, np.uint16)
    drawn[1, 0] = 300
    return code_codec(d, 9, encode), CodePacket(drawn)


def codes(d: int, encode: str) -> tuple[Any, Packet]:
    drawn = 120 - RNG.geometric(0.5, (2, d)) + 256 * RNG.integers(0, 2, (2, d))
    return code_codec(d, 9, encode), CodePacket(drawn.astype(np.uint16))


def tailed(d: int, large: float, small: float) -> tuple[Any, Packet]:
    drawn = RNG.random((2, d))
    masks = drawn < large, (drawn >= large) & (drawn < large + small)
    values = (1 + np.abs(RNG.standard_normal((2, d)))) * masks[0] - masks[1]
    return TailedCodec(d, 32), TailedPacket(np.ones(2, np.float32), *masks, values.astype(np.float32))


def octets(d: int, blocks: int, cases: int) -> tuple[Any, Packet]:
    drawn = RNG.integers(0, 128, (2, d)).astype(np.uint8)
    return OctetCodec(d, blocks, 32, cases), OctetPacket(np.ones((2, blocks), np.float32), drawn)


def integers(d: int, most: int) -> tuple[Any, Packet]:
    return IntegerCodec(d), IntegerPacket(RNG.integers(-most, most + 1, (2, d)))


def joined(*parts: tuple[Any, Packet]) -> tuple[Any, Packet]:
    codecs, packets = zip(*parts, strict=True)
    return PartsCodec(codecs), PartsPacket(packets)


CASES: list[tuple[Any, Packet]] = [
    (DenseCodec(9, 32), DensePacket(RNG.standard_normal((2, 9)).astype(np.float32))),
    sparse(20, 5),
    sparse(20, 17),
    sparse(300, 40),
    sparse(300, 270),
    sparse(300, 140),
    sparse(7, 7),
    sparse(300, 140, "entropy"),
    sparse(2100, 1300, "entropy"),
    *(levels(d, s, encode) for d, s in ((11, 4), (12, 1), (300, 200), (40, 1)) for encode in ENCODINGS),
    *(codes(d, encode) for d in (11, 300) for encode in ENCODINGS),
    *(
        plain_levels(d, s, e, level)
        for d in (9, 257)
        for s in (1, 2)
        for level in (0, s)
        for e in ENCODINGS[1:]
    ),
    *(plain_codes(d, encode, code) for d in (9, 257) for code in (0, 100, 256) for encode in ENCODINGS[1:]),
    masked(20, 0.2),
    masked(300, 0.1),
    masked(300, 0.5),
    masked(300, 0.9),
    *(tailed(300, large, small) for large, small in ((0, 0), (0.1, 0.2), (0.5, 0.5), (0, 0.1), (0.4, 0))),
    tailed(20, 0.1, 0.3),
    octets(20, 3, 255),
    octets(20, 1, 256),
    joined(levels(11, 4, "fixed"), levels(40, 1, "rice"), masked(20, 0.2), sparse(20, 5)),
    joined(sparse(20, 5), masked(300, 0.1)),
    joined(octets(20, 1, 256)),
    *(integers(d, most) for d, most in ((5, 0), (11, 1), (8, 100), (13, 2**40), (3, 2**62 - 1))),
]


def decode_or_refuse(codec: Any, messages: list[bytes]) -> None:
    """What is accepted must be exactly what the encoder writes for it."""
    try:
        packet = codec.decode(messages)
    except CodecError:
        return
    assert codec.encode(packet) == messages
    assert flaw(packet, len(messages), 1 << 62) is None


@pytest.mark.parametrize("case", every(3, range(len(CASES))))
@settings(deadline=None)
@given(st.data())
def test_flipped_bits(case: int, data: st.DataObject) -> None:
    codec, packet = CASES[case]
    first, second = codec.encode(packet)
    damaged = bytearray(first)
    for place in data.draw(st.lists(st.integers(0, 8 * len(first) - 1), min_size=1, max_size=4)):
        damaged[place // 8] ^= 1 << place % 8
    decode_or_refuse(codec, [bytes(damaged), second])


@pytest.mark.parametrize("case", range(len(CASES)))
def test_every_bit_and_pair_of_bits_near_the_end(case: int) -> None:
    """Where the trailer stands, of which few random flips leave the rest of a message right."""
    codec, packet = CASES[case]
    for message in codec.encode(packet):
        last = range(min(8 * len(message), 24))
        for places in (*((place,) for place in last), *itertools.combinations(last[:9], 2)):
            damaged = bytearray(message)
            for place in places:
                damaged[-1 - place // 8] ^= 0x80 >> place % 8
            decode_or_refuse(codec, [bytes(damaged)])


def test_a_root_is_written_as_wide_as_it_is() -> None:
    codec = level_codec(257, 1, 16, "entropy")
    with pytest.raises(CodecError):
        codec.decode([bytes.fromhex("01381080a3")])
    assert codec.encode(codec.decode([bytes.fromhex("01381080a2")])) == [bytes.fromhex("01381080a2")]


@pytest.mark.parametrize("case", every(3, range(len(CASES))))
@settings(deadline=None)
@given(st.data())
def test_other_lengths(case: int, data: st.DataObject) -> None:
    codec, packet = CASES[case]
    first, second = codec.encode(packet)
    cut = data.draw(st.integers(0, len(first)))
    decode_or_refuse(codec, [first[:cut], second])
    decode_or_refuse(codec, [second, first + data.draw(st.binary(max_size=9))])


@pytest.mark.parametrize("case", every(3, range(len(CASES))))
@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes(case: int, message: bytes) -> None:
    decode_or_refuse(CASES[case][0], [message])


@pytest.mark.parametrize("case", range(len(CASES)))
def test_oversized_messages_allocate_nothing(case: int) -> None:
    message = bytes(1 << 20)
    tracemalloc.start()
    with pytest.raises(CodecError, match=r"bytes|shorter"):
        CASES[case][0].decode([message])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_set_with_coordinates_beyond_d_is_refused() -> None:
    positions = np.concatenate((np.arange(39), [305]))[None, :]
    message = encoded(GapSets(Gaps(400, 40, 4), absent=False), positions, 1)
    assert decoded(GapSets(Gaps(400, 40, 4), absent=False), message).tolist() == positions.tolist()
    with pytest.raises(CodecError, match="coordinate above 299"):
        decoded(GapSets(Gaps(300, 40, 4), absent=False), message)
