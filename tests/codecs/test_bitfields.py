import numpy as np
from cablese.runtime.codecs.bitfields import (
    from_bits,
    pack,
    pack_whole,
    to_bits,
    unpack,
    unpack_whole,
    unsigned,
)
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def fields(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    width = draw(st.integers(1, 40))
    rows, count = draw(st.integers(0, 3)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.integers(0, 1 << width, (rows, count), dtype=np.uint64)
    return values.astype(unsigned(width)), width


@settings(deadline=None)
@given(fields())
def test_packed_fields_come_back_and_take_their_width(case: tuple[np.ndarray, int]) -> None:
    values, width = case
    packed, rest = pack(values, width)
    assert 8 * packed.shape[1] + rest.shape[1] == values.shape[1] * width
    assert np.array_equal(unpack(packed, rest, width), values)


@settings(deadline=None)
@given(fields())
def test_whole_messages_come_back(case: tuple[np.ndarray, int]) -> None:
    values, width = case
    data = pack_whole(values, width)
    assert data.shape[1] == -(-values.shape[1] * width // 8)
    back = unpack_whole(data, values.shape[1], width)
    assert back is not None and np.array_equal(back, values)


@settings(deadline=None)
@given(fields())
def test_single_bits_come_back(case: tuple[np.ndarray, int]) -> None:
    values, width = case
    assert np.array_equal(from_bits(to_bits(values, width), width), values)


def test_a_stray_bit_behind_the_last_field_is_noticed() -> None:
    data = pack_whole(np.asarray([[1, 2, 3]], np.uint8), 2)
    data[0, 0] |= 0x80
    assert unpack_whole(data, 3, 2) is None


def test_the_layout_is_fixed() -> None:
    """The wire format may not change unseen: two planes of 4 and 1 bits, then the ninth field bit by bit."""
    values = np.asarray([[1, 2, 3, 4, 16, 0, 31, 0, 5]], np.uint8)
    assert pack_whole(values, 5)[0].tolist() == [0x21, 0x43, 0x00, 0x0F, 0b01010000, 5]
