import numpy as np
import pytest
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.fields import pack_whole, put_whole, symbol_fields, unpack_whole
from cablese.runtime.codecs.sizes import symbol_bits
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(deadline=None)
@given(st.data())
def test_symbols_come_back_and_take_their_room(data: st.DataObject) -> None:
    cases = data.draw(st.sampled_from([2, 3, 4, 5, 9, 255, 2001, 1 << 20]))
    rows, count = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 60))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    symbols = rng.integers(0, cases, (rows, count)).astype(np.min_scalar_type(cases))
    fields = symbol_fields(count, cases)
    packed = pack_whole(fields, symbols)
    assert fields.bits == symbol_bits(count, cases)
    assert packed.shape == (rows, -(-fields.bits // 8))
    assert np.array_equal(unpack_whole(fields, packed), symbols)


def test_trits_take_eight_fifths_of_a_bit() -> None:
    assert symbol_bits(1_000_000, 3) == 1_600_000
    assert [symbol_bits(count, 3) for count in (1, 2, 3, 4, 5, 6)] == [2, 4, 5, 7, 8, 10]


def test_the_layout_of_trits_is_fixed() -> None:
    """Symbols 0 and 5 lead the two bytes' lanes; two are left over: 2 + 3 * 1 = 5 in four bits."""
    symbols = np.asarray([[1, 0, 2, 0, 0, 0, 0, 2, 1, 1, 2, 1]], np.uint8)
    assert pack_whole(symbol_fields(12, 3), symbols)[0].tolist() == [1 + 6 + 81, 54 + 81, 5]


@pytest.mark.parametrize(("count", "octets"), [(5, [243]), (2, [9]), (4, [81])])
def test_trits_that_there_are_not_are_refused(count: int, octets: list[int]) -> None:
    with pytest.raises(CodecError, match="above"):
        unpack_whole(symbol_fields(count, 3), np.asarray([octets], np.uint8))


def test_a_stray_bit_behind_the_last_field_is_noticed() -> None:
    fields = symbol_fields(3, 4)
    data = pack_whole(fields, np.asarray([[1, 2, 3]], np.uint8))
    data[0, 0] |= 0x80
    with pytest.raises(CodecError, match="unused last bits"):
        unpack_whole(fields, data)


@pytest.mark.parametrize("cases", [2, 3, 5, 15, 31, 511, 513])
@pytest.mark.parametrize("count", [1, 5, 129, 200, 1003])
def test_moved_numbers_are_put_as_the_bytes_of_the_whole(cases: int, count: int) -> None:
    symbols = np.random.default_rng(0).integers(0, cases, (2, count)).astype(np.uint16)
    layout = symbol_fields(count, cases)
    wanted = pack_whole(layout, symbols)
    for added in (0, 1, 400):
        room = np.full_like(wanted, 7)
        put_whole(layout, symbols - np.uint16(added), added, room)
        assert np.array_equal(room, wanted)
