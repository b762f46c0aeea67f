"""Messages as rows of a matrix: as `encode` writes them, wherever the matrix lies, with zeros alone behind the shorter."""

from typing import Any

import numpy as np
import pytest
from cablese.runtime.codecs import rows, sparse
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.codes import CodeCodec
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.levels import LevelCodec
from cablese.runtime.codecs.packets import (
    CodePacket,
    DensePacket,
    IndexPacket,
    LevelPacket,
    OctetPacket,
    Packet,
    SignPacket,
    SparsePacket,
    arrays_of,
    from_arrays,
)
from cablese.runtime.codecs.rows import RowCodec
from cablese.runtime.codecs.scaled_bytes import OctetCodec
from cablese.runtime.codecs.signs import SignCodec
from cablese.runtime.codecs.sparse import IndexCodec, SeededCodec, SparseCodec

RNG = np.random.default_rng(8)
ROWS = 3


def drawn_sets(d: int, k: int) -> np.ndarray:
    return np.sort(np.stack([RNG.choice(d, k, replace=False) for _ in range(ROWS)]), axis=1)


def floats(*shape: int) -> np.ndarray:
    return np.abs(RNG.standard_normal((ROWS, *shape))).astype(np.float32)


CASES: dict[str, tuple[RowCodec, Packet]] = {
    "dense": (DenseCodec(5, 32), DensePacket(floats(5))),
    "levels": (LevelCodec(11, 1, 32), LevelPacket(floats(), RNG.integers(-1, 2, (ROWS, 11)).astype(np.int8))),
    "codes": (CodeCodec(7, 9), CodePacket(RNG.integers(0, 512, (ROWS, 7)).astype(np.uint16))),
    "signs": (SignCodec(9, 2, 32), SignPacket(floats(2), RNG.random((ROWS, 9)) < 0.5)),
    "octets": (OctetCodec(6, 2, 32, 256), OctetPacket(floats(2), RNG.integers(0, 9, (ROWS, 6), np.uint8))),
    "seeded": (SeededCodec(4, 32), SparsePacket(np.zeros((ROWS, 4), np.int64), floats(4))),
    "ranks": (SparseCodec(20, 5, 32), SparsePacket(drawn_sets(20, 5), floats(5))),
    "wide ranks": (SparseCodec(80, 40, 32, "entropy"), SparsePacket(drawn_sets(80, 40), floats(40))),
    "coded": (SparseCodec(2100, 1000, 32, "entropy"), SparsePacket(drawn_sets(2100, 1000), floats(1000))),
    "gaps": (SparseCodec(300, 40, 32), SparsePacket(drawn_sets(300, 40), floats(40))),
    "gaps left out": (SparseCodec(300, 270, 32), SparsePacket(drawn_sets(300, 270), floats(270))),
    "set alone": (IndexCodec(500, 60), IndexPacket(drawn_sets(500, 60))),
}
VARYING = [name for name, (codec, _) in CASES.items() if codec.fixed_bits is None]


def written(codec: RowCodec, packet: Packet, room: np.ndarray) -> np.ndarray:
    """The matrix, whose bytes were none of a message before."""
    room[...] = 0xFF
    bits = codec.write(packet, room)
    expected = codec.bits(packet) if bits is None else bits
    assert expected.tolist() == codec.bits(packet).tolist()
    return room


def equal(one: Packet, other: Packet) -> bool:
    pairs = zip(arrays_of(one), arrays_of(other), strict=True)
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", CASES)
def test_rows_are_the_messages_and_zeros_behind_them(name: str) -> None:
    codec, packet = CASES[name]
    among = np.empty((ROWS, codec.slot + 7), np.uint8)
    for room in (np.empty((ROWS, codec.slot), np.uint8), among[:, 3 : 3 + codec.slot]):
        written(codec, packet, room)
        for row, message in zip(room, codec.encode(packet), strict=True):
            assert row.tobytes() == message.ljust(codec.slot, b"\0")
            assert codec.least <= len(message) <= codec.slot
        found: Any = codec.read(room)
        wanted = codec.decode(codec.encode(packet))
        assert equal(found, wanted)


@pytest.mark.parametrize("name", CASES)
def test_rows_are_read_behind_those_of_another_packet(name: str) -> None:
    codec, packet = CASES[name]
    before = [array.tobytes() for array in arrays_of(packet)]
    room = codec.written(packet)
    assert [row.tobytes() for row in room] == [m.ljust(codec.slot, b"\0") for m in codec.encode(packet)]
    for count in (0, 2):
        own = from_arrays(packet, iter([array[:count] for array in arrays_of(packet)]))
        found, read = codec.read_behind(own, room[1:]), codec.read(room[1:])
        for made, first, then in zip(*map(arrays_of, (found, own, read)), strict=True):
            assert made.tobytes() == first.tobytes() + then.tobytes() and made.dtype == first.dtype
            assert not np.shares_memory(made, room)
            made[...] = 0
    assert [array.tobytes() for array in arrays_of(packet)] == before


@pytest.mark.parametrize("name", VARYING)
@pytest.mark.parametrize("bit", [0, 7])
def test_anything_behind_a_message_is_refused(name: str, bit: int) -> None:
    codec, packet = CASES[name]
    room = written(codec, packet, np.empty((ROWS, codec.slot), np.uint8))
    lengths = [len(message) for message in codec.encode(packet)]
    assert min(lengths) < codec.slot
    for row, length in enumerate(lengths):
        for place in {length, codec.slot - 1} - {codec.slot}:
            damaged = room.copy()
            damaged[row, place] |= 1 << bit
            with pytest.raises(CodecError):
                codec.read(damaged)


@pytest.mark.parametrize("name", CASES)
def test_no_rows(name: str) -> None:
    codec, packet = CASES[name]
    none: Any = type(packet)(*(array[:0] for array in arrays_of(packet)))
    room = written(codec, none, np.empty((0, codec.slot), np.uint8))
    assert equal(codec.read(room), none)


def test_slots_add_little() -> None:
    for d, k in ((10_000, 1000), (10_000, 9000), (100_000, 300), (2000, 700)):
        codec = SparseCodec(d, k, 32)
        mean = float(codec.bits(SparsePacket(drawn_sets(d, k), floats(k))).mean()) / 8
        assert mean <= codec.slot <= 1.05 * mean


def test_a_long_message_is_the_row_that_write_fills() -> None:
    d = 8 * rows._LONG + 3
    packet, codec = SignPacket(floats(1)[:1], RNG.random((1, d)) < 0.5), SignCodec(d, 1, 32)
    (message,) = codec.encode(packet)
    assert type(message) is bytes
    assert message == written(codec, packet, np.empty((1, codec.slot), np.uint8)).tobytes()
    again = codec.encode(packet)[0]
    assert again == message
    assert again is not message
    assert np.array_equal(codec.decode([message]).negative, packet.negative)


@pytest.mark.parametrize("name", CASES)
def test_totals_are_the_sums_of_sizes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    codec, packet = CASES[name]
    wanted = 2 * int(codec.bits(packet).sum())
    for many in (0, 1 << 12):
        monkeypatch.setattr(sparse, "_MANY", many)
        assert codec.total_bits(np, [packet, packet]) == wanted
        assert 2 * codec.total_bits(np, [packet]) == wanted
