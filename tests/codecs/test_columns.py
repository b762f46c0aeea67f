"""Messages that a device writes and reads are those of the host, damage included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays.bit_planes import pack_fields, unpack_fields
from cablese.runtime.arrays.strict_backend import StrictBackend
from cablese.runtime.codecs import bitfields
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.codes import CodeCodec
from cablese.runtime.codecs.columns import DeviceCoder, device_coder, placed
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.levels import LevelCodec
from cablese.runtime.codecs.packets import CodePacket, LevelPacket, Packet, SignPacket, arrays_of
from cablese.runtime.codecs.signs import SignCodec
from cablese.runtime.codecs.symbols import level_dtype

DEVICE = StrictBackend("float64", "float32")
LENGTHS = [1, 4, 5, 7, 8, 9, 15, 40, 43]
RNG = np.random.default_rng(5)


def levels(d: int, s: int) -> tuple[Any, Packet]:
    drawn = RNG.integers(-s, s, (3, d), endpoint=True).astype(level_dtype(s))
    return LevelCodec(d, s, 32), LevelPacket(RNG.random(3, np.float32), drawn)


def codes(d: int, width: int) -> tuple[Any, Packet]:
    return CodeCodec(d, width), CodePacket(RNG.integers(0, 1 << width, (3, d)).astype(np.uint16))


def signs(d: int, blocks: int) -> tuple[Any, Packet]:
    return SignCodec(d, blocks, 32), SignPacket(RNG.random((3, blocks), np.float32), RNG.random((3, d)) < 0.5)


def made() -> list[tuple[Any, Packet]]:
    """Each codec that lists columns, at lengths that leave every number of fields over."""
    return [
        case
        for d in LENGTHS
        for case in (
            *(levels(d, s) for s in (1, 2, 7, 127, 128, 1000, 2**31, 2**40)),
            *(codes(d, width) for width in (9, 12)),
            *(signs(d, blocks) for blocks in (0, 1, 3)),
        )
    ]


def coder_of(codec: Any) -> DeviceCoder:
    found = device_coder(codec, DEVICE)
    assert found is not None
    return found


def on_device(packet: Packet) -> Packet:
    return placed(DEVICE, packet)


def test_messages_of_the_device_are_those_of_the_host() -> None:
    for codec, packet in made():
        wanted, found = (np.full((3, codec.slot), 0xAA, np.uint8) for _ in range(2))
        codec.write(packet, wanted)
        coder_of(codec).write(on_device(packet), found)
        np.testing.assert_array_equal(found, wanted)
        back = coder_of(codec).read(wanted)
        assert type(back) is type(packet)
        for part, sent in zip(arrays_of(back), arrays_of(packet), strict=True):
            host = DEVICE.to_host(part)
            assert host.dtype == sent.dtype
            np.testing.assert_array_equal(host, sent)


def test_damaged_messages_are_refused_as_on_the_host() -> None:
    """Every byte of a message in turn, all bits set or flipped."""
    refused = 0
    for codec, packet in made():
        if codec.slot > 60:
            continue
        sent = np.empty((3, codec.slot), np.uint8)
        codec.write(packet, sent)
        for place in range(codec.slot):
            for damage in (255, sent[1, place] ^ 0x80):
                room = sent.copy()
                room[1, place] = damage
                assert says(coder_of(codec).read, room) == says(codec.read, room)
                refused += bool(says(codec.read, room))
    assert refused > 100


def says(read: Any, room: np.ndarray) -> str:
    try:
        read(room)
    except CodecError as error:
        return str(error)
    return ""


def test_codecs_without_columns_and_the_host_have_no_device_coder() -> None:
    from cablese.runtime.arrays.numpy_backend import NumpyBackend

    assert device_coder(DenseCodec(4, 32), DEVICE) is None
    assert device_coder(LevelCodec(4, 1, 32), NumpyBackend("float64", "float32")) is None


@pytest.mark.parametrize("width", [1, 2, 3, 4, 7, 8, 9, 12, 17, 31, 33, 63, 64])
def test_planes_in_array_operations_are_those_of_the_codecs(width: int) -> None:
    for count in LENGTHS:
        drawn = RNG.integers(0, 2**width - 1, (2, count), dtype=np.uint64, endpoint=True)
        fields = drawn.astype(bitfields.unsigned(width))
        planes, rest = bitfields.pack(fields, width)
        wanted = np.concatenate((planes, np.packbits(rest, axis=1, bitorder="little")), axis=1)
        packed = pack_fields(DEVICE.xp, DEVICE.xp.asarray(fields, device=DEVICE.device), width)
        np.testing.assert_array_equal(DEVICE.to_host(packed), wanted)
        np.testing.assert_array_equal(DEVICE.to_host(unpack_fields(DEVICE.xp, packed, count, width)), fields)
