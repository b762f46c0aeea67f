from math import ceil, lgamma, log, log2

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.packets import MaskedPacket
from cablese.runtime.codecs.supports import MaskedCodec
from hypothesis import given, settings
from hypothesis import strategies as st


def masked(d: int, shares: list[float], float_bits: int = 32, seed: int = 0) -> MaskedPacket:
    rng = np.random.default_rng(seed)
    mask = rng.random((len(shares), d)) < np.asarray(shares, np.float64)[:, None]
    values = rng.standard_normal((len(shares), d)).astype(f"f{float_bits // 8}")
    return MaskedPacket(mask, np.where(mask, values, values.dtype.type(0)))


def verify(d: int, packet: MaskedPacket, float_bits: int) -> None:
    codec = MaskedCodec(d, float_bits)
    messages, bits = codec.encode(packet), codec.bits(packet)
    back = codec.decode(messages)
    assert back.mask.tobytes() == packet.mask.tobytes() and back.mask.dtype == np.bool_
    assert back.values.tobytes() == packet.values.tobytes() and back.values.dtype == packet.values.dtype
    assert bits.dtype == np.int64 and bits.shape == (packet.rows,)
    assert [len(message) for message in messages] == [whole_bytes(b) for b in bits.tolist()]


@settings(deadline=None)
@given(st.data())
def test_any_masks_come_back_at_exactly_the_counted_size(data: st.DataObject) -> None:
    d = data.draw(st.integers(1, 300))
    shares = data.draw(st.lists(st.sampled_from([0, 0.01, 0.1, 0.3, 0.5, 0.8, 0.99, 1]), max_size=4))
    float_bits = data.draw(st.sampled_from([16, 32, 64]))
    verify(d, masked(d, shares, float_bits, data.draw(st.integers(0, 2**32))), float_bits)


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**12 - 1))
def test_every_small_set_comes_back(d: int, chosen: int) -> None:
    mask = np.asarray([[chosen >> j & 1 for j in range(d)]], np.bool_)
    verify(d, MaskedPacket(mask, mask.astype(np.float32)), 32)


def test_a_kept_zero_is_sent_and_a_missing_one_is_not() -> None:
    mask = np.asarray([[True, False, True]])
    codec, packet = MaskedCodec(3, 32), MaskedPacket(mask, np.zeros((1, 3), np.float32))
    assert codec.decode(codec.encode(packet)).mask.tolist() == mask.tolist()
    assert codec.bits(packet).tolist() == [
        2 * 32 + 2 + 2
    ]  # two floats, one of three sets, a number from 0 to 3


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3])
def test_a_set_costs_its_information_and_its_number(share: float) -> None:
    d = 200_000
    packet = masked(d, [share])
    t = int(packet.mask.sum())
    bound = (lgamma(d + 1) - lgamma(t + 1) - lgamma(d - t + 1)) / log(2) + ceil(log2(d + 1))
    assert bound - 64 < MaskedCodec(d, 32).bits(packet)[0] - 32 * t <= 1.015 * bound + 16


@pytest.mark.parametrize("d", [7, 300, 5000])
def test_sizes_are_computed_on_the_packet_s_device(d: int) -> None:
    strict = backend("strict", "float64", "float32")
    packet = masked(d, [0, 0.02, 0.4, 0.9, 1])
    far = MaskedPacket(
        strict.xp.asarray(packet.mask, device=strict.device), strict.to_wire(strict.to_device(packet.values))
    )
    bits = MaskedCodec(d, 32).bits(far)
    assert bits.device == strict.device
    assert np.array_equal(strict.to_host(bits), MaskedCodec(d, 32).bits(packet))


def test_no_message_is_an_empty_list() -> None:
    codec = MaskedCodec(9, 32)
    empty = masked(9, [])
    assert codec.encode(empty) == [] and codec.decode([]).mask.shape == (0, 9)
    assert codec.bits(empty).shape == (0,)


def test_a_number_of_coordinates_above_d_is_refused() -> None:
    message = MaskedCodec(5, 32).encode(masked(5, [0.5]))[0]
    with pytest.raises(CodecError, match="number of coordinates above 5"):
        MaskedCodec(5, 32).decode([message[:-1] + bytes([message[-1] | 0xE0])])
