import numpy as np
from cablese.runtime.codecs.bitfields import (
    from_bits,
    pack,
    to_bits,
    unpack,
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
def test_single_bits_come_back(case: tuple[np.ndarray, int]) -> None:
    values, width = case
    assert np.array_equal(from_bits(to_bits(values, width), width), values)


def test_the_layout_is_fixed() -> None:
    """The wire format may not change unseen: two planes of 4 and 1 bits, then the ninth field bit by bit."""
    values = np.asarray([[1, 2, 3, 4, 16, 0, 31, 0, 5]], np.uint8)
    packed, rest = pack(values, 5)
    assert packed[0].tolist() == [0x21, 0x43, 0x00, 0x0F, 0b01010000]
    assert rest[0].tolist() == [1, 0, 1, 0, 0]
