"""Sets of positions in Golomb code in loops that numba compiles; `codecs.golomb` has the format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_bits import fast, fields_read, fields_written

if TYPE_CHECKING:
    from .backend import HostArray

_BLOCK = 1 << 12  # gaps that are divided before their remainders are written
_FLUSHED = 32  # bits that are written at once


@fast
def gaps_summed(mask: HostArray, offsets: HostArray, divisors: HostArray, sums: HostArray) -> None:
    """Fill sums (rows,) with those of floor((gap + offset) / divisor) over the gaps before the True entries of mask."""
    for row in range(len(mask)):
        line, offset, divisor = mask[row], np.uint64(offsets[row]), np.uint64(divisors[row])
        total, before = np.uint64(0), -1
        for place in range(line.size):
            if line[place]:
                total += (np.uint64(place - before - 1) + offset) // divisor
                before = place
        sums[row] = total


@fast
def gaps_divided(positions: HostArray, offset: int, divisor: int) -> int:
    """The sum of floor((gap + offset) / divisor) over the gaps before positions (rows, coded).

    A number below 2^50 and a half, times 1 / divisor, is on the right side of each whole one.
    """
    total, share, coded = 0, 1.0 / divisor, positions.shape[1]
    for row in range(len(positions)):
        later, before = positions[row, 1:], positions[row, : coded - 1]
        total += (positions[row, 0] + offset) // divisor
        for j in range(later.size):
            total += np.int64((np.float64(later[j] - before[j] + (offset - 1)) + 0.5) * share)
    return total


@fast
def gaps_written(
    positions: HostArray, room: HostArray, divisor: int, low: int, cut: int, bits: HostArray
) -> None:
    """Fill room (rows, slot) with the sets of positions (rows, coded), and bits (rows,) with the bits of each."""
    coded = positions.shape[1]
    quotients, remainders = np.empty(coded, np.int64), np.empty(min(_BLOCK, coded), np.int64)
    for row in range(len(positions)):
        line = room[row]
        line[:] = 0
        # bits from byte `byte` on that wait to be written, and their number
        byte, held, count = coded * low >> 3, np.uint64(0), coded * low & 7
        for first in range(0, coded, _BLOCK):
            here = remainders[: min(_BLOCK, coded - first)]
            _gaps_divided(positions[row], first, divisor, quotients, here)
            for j in range(here.size if cut < divisor else 0):
                long = np.int64(here[j] >= cut)
                remainder = here[j] + long * cut
                here[j] = remainder >> long
                held |= np.uint64(remainder & long) << np.uint64(count)
                count += long
                if count == _FLUSHED:
                    _put(line, byte, held)
                    byte, held, count = byte + 4, np.uint64(0), 0
            fields_written(line, here, first, coded, low)
        for j in range(coded):
            count += quotients[j]
            while count >= _FLUSHED:
                _put(line, byte, held)
                byte, held, count = byte + 4, held >> np.uint64(_FLUSHED), count - _FLUSHED
            held |= np.uint64(1) << np.uint64(count)
            count += 1
        bits[row] = 8 * byte + count
        while held:
            line[byte] |= held & np.uint64(255)
            byte, held = byte + 1, held >> np.uint64(8)


@fast
def _gaps_divided(
    places: HostArray, first: int, divisor: int, quotients: HostArray, remainders: HostArray
) -> None:
    """Divide the gaps before positions `first` and the following, as many as there is room for remainders.

    Products with 1 / divisor, which are quick, are at most 1 off the quotient.
    """
    share = 1.0 / divisor
    remainders[0] = places[first] - places[first - 1] - 1 if first else places[0]
    for j in range(1, remainders.size):
        remainders[j] = places[first + j] - places[first + j - 1] - 1
    for j in range(remainders.size):
        quotient = np.int64(remainders[j] * share)
        remainder = remainders[j] - quotient * divisor
        off = np.int64(remainder >= divisor) - np.int64(remainder < 0)
        quotients[first + j], remainders[j] = quotient + off, remainder - off * divisor


@fast
def _put(line: HostArray, byte: int, bits: np.uint64) -> None:
    """Add the lowest 32 bits to four bytes."""
    for place in range(4):
        line[byte + place] |= bits >> np.uint64(8 * place) & np.uint64(255)


@fast
def gaps_read(
    room: HostArray, d: int, divisor: int, low: int, cut: int, positions: HostArray, bits: HostArray
) -> bool:
    """The inverse: fill positions and bits. False where room has anything but sets of positions below d and zeros behind."""
    coded, slot = positions.shape[1], room.shape[1]
    if coded * low + coded > 8 * slot:
        return False
    for row in range(len(room)):
        line, places = room[row], positions[row]
        fields_read(line, places, low)
        at = coded * low
        if cut < divisor:
            at = _long_remainders_read(line, at, cut, places)
        byte = at >> 3
        word = _eight_bytes(line, byte) >> np.uint64(at & 7) << np.uint64(at & 7)
        last, j = -1, 0
        while True:
            while word and j < coded:
                place = 8 * byte + _PLACES[(word & (~word + np.uint64(1))) * _FACTOR >> np.uint64(58)]
                word &= word - np.uint64(1)
                last += 1 + (place - at) * divisor + places[j]
                places[j] = last
                at = place + 1
                j += 1
            if j == coded:
                break
            byte += 8
            if byte >= slot:
                return False
            word = _eight_bytes(line, byte)
        if word or last >= d:
            return False
        for behind in range(byte + 8, slot):
            if line[behind]:
                return False
        bits[row] = at
    return True


@fast
def _long_remainders_read(line: HostArray, at: int, cut: int, remainders: HostArray) -> int:
    """Complete the long ones of remainders, of which there are the first bits, by the bits from `at` on, and zeros behind
    the line; the place behind their last bit."""
    byte, used = at >> 3, at & 7
    word = _eight_bytes(line, byte)
    for j in range(remainders.size):
        long = np.int64(remainders[j] >= cut)
        bit = np.int64(word >> np.uint64(used) & np.uint64(1))
        remainders[j] += long * (remainders[j] - cut + bit)
        used += int(long)
        if used == 64:
            byte, used = byte + 8, 0
            word = _eight_bytes(line, byte)
    return 8 * byte + used


@fast
def _eight_bytes(line: HostArray, byte: int) -> np.uint64:
    """The bits from a byte on, 64 of them, with zeros behind the line."""
    word = np.uint64(0)
    if byte + 8 <= line.size:
        for place in range(8):
            word |= np.uint64(line[byte + place]) << np.uint64(8 * place)
        return word
    for place in range(max(line.size - byte, 0)):
        word |= np.uint64(line[byte + place]) << np.uint64(8 * place)
    return word


_FACTOR = np.uint64(
    0x03F79D71B4CB0A89
)  # of de Bruijn: its products with powers of two have unlike first six bits
_PLACES = np.argsort([(int(_FACTOR) << place) % (1 << 64) >> 58 for place in range(64)])
