from math import ceil, inf, log2
from typing import Any

import numpy as np
import pytest
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.plain import (
    BagCodec,
    BoolCodec,
    IntCodec,
    MaskCodec,
    NodeSetCodec,
    PlainCodec,
    RealCodec,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def verify(codec: PlainCodec, value: Any, bits: int) -> None:
    message = codec.encode(value)
    assert codec.bits(value) == bits
    assert codec.fixed_bits in (None, bits)
    assert len(message) == whole_bytes(bits)
    assert np.array_equal(codec.decode(message), value)


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_is_one_bit(value: bool) -> None:
    verify(BoolCodec(), value, 1)


@settings(deadline=None)
@given(st.integers(-(10**20), 10**20), st.integers(0, 10**20), st.data())
def test_an_int_takes_the_logarithm_of_its_range(least: int, span: int, data: st.DataObject) -> None:
    value = data.draw(st.integers(least, least + span))
    verify(IntCodec(least, least + span), value, span.bit_length())


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False))
def test_a_real_is_one_float(value: float) -> None:
    verify(RealCodec(32), value, 32)


def test_a_real_is_rounded_to_the_wire() -> None:
    assert RealCodec(32).decode(RealCodec(32).encode(0.1)) == float(np.float32(0.1))
    assert RealCodec(16).decode(RealCodec(16).encode(1e9)) == inf
    assert RealCodec(64).decode(RealCodec(64).encode(0.1)) == 0.1


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_a_mask_takes_a_bit_a_coordinate(mask: list[bool]) -> None:
    verify(MaskCodec(len(mask)), np.asarray(mask), len(mask))


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_node_set_costs_what_the_language_says(n: int, data: st.DataObject) -> None:
    nodes = sorted(data.draw(st.sets(st.integers(0, n - 1))))
    bits = 1 + min(n, ceil(log2(n + 1)) + len(nodes) * ceil(log2(n)))
    verify(NodeSetCodec(n), np.asarray(nodes, np.int64), bits)


@settings(deadline=None)
@given(st.integers(1, 300), st.lists(st.integers(0, 299), max_size=20))
def test_a_bag_costs_what_the_language_says(n: int, drawn: list[int]) -> None:
    bag, r = np.asarray([node % n for node in drawn], np.int64), len(drawn)
    verify(BagCodec(n, r), bag, ceil(log2(r + 1)) + r * ceil(log2(n)))


CODECS: list[PlainCodec] = [
    BoolCodec(),
    IntCodec(-3, 9),
    IntCodec(4, 4),
    RealCodec(32),
    MaskCodec(13),
    NodeSetCodec(1),
    NodeSetCodec(10),
    NodeSetCodec(200),
    BagCodec(10, 5),
    BagCodec(1, 5),
]


@pytest.mark.parametrize("codec", CODECS, ids=repr)
@settings(deadline=None)
@given(st.binary(max_size=40))
def test_damage_is_refused_or_decodes_to_what_encodes_to_it(codec: PlainCodec, message: bytes) -> None:
    try:
        value = codec.decode(message)
    except CodecError:
        return
    assert codec.encode(value) == message


def test_a_node_set_in_the_longer_form_is_refused() -> None:
    """No node of 200 is a list of 9 bits, not a bitmap of 201; and a list ascends."""
    with pytest.raises(CodecError, match="not in the form"):
        NodeSetCodec(200).decode(bytes(26))
    with pytest.raises(CodecError, match="not in the form"):
        NodeSetCodec(200).decode(NodeSetCodec(200).encode(np.asarray([9, 4])))


@pytest.mark.parametrize(
    "codec", [NodeSetCodec(10), BagCodec(10, 3), MaskCodec(9), IntCodec(0, 300), BoolCodec()], ids=repr
)
def test_oversized_messages_are_refused(codec: PlainCodec) -> None:
    with pytest.raises(CodecError, match="bytes"):
        codec.decode(bytes(1000))
