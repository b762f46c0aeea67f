"""Loops over single bits that numba compiles: sets of positions in Golomb code, whose format `codecs.golomb` describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from .backend import HostArray

F = TypeVar("F", bound=Callable[..., Any])


def fast(function: F) -> F:
    """Decorator: compile at the first call for each type of arguments; division by zero is that of floats."""
    try:
        made: F = numba.njit(function, cache=True, error_model="numpy", nogil=True)
    except RuntimeError:  # nowhere to keep it
        made = numba.njit(function, error_model="numpy", nogil=True)
    return made


@fast
def field_written(line: HostArray, field: int, j: int, coded: int, width: int) -> None:
    """Write field j of `coded` ones (see `codecs.bitfields`) to a line of zeros."""
    octets = coded // 8
    if j >= 8 * octets:
        start = 8 * octets * width + (j - 8 * octets) * width
        for place in range(width):
            bit = start + place
            line[bit >> 3] |= (field >> place & 1) << (bit & 7)
        return
    shift = 0
    while width - shift >= 8:
        line[octets * shift + j] = field >> shift & 255
        shift += 8
    for size in (4, 2, 1):
        if width & size:
            bit = 8 * octets * shift + j * size
            line[bit >> 3] |= (field >> shift & ((1 << size) - 1)) << (bit & 7)
            shift += size


@fast
def field_read(line: HostArray, j: int, coded: int, width: int) -> int:
    """Field j as `field_written` wrote it."""
    octets, field = coded // 8, 0
    if j >= 8 * octets:
        start = 8 * octets * width + (j - 8 * octets) * width
        for place in range(width):
            bit = start + place
            field |= (int(line[bit >> 3]) >> (bit & 7) & 1) << place
        return field
    shift = 0
    while width - shift >= 8:
        field |= int(line[octets * shift + j]) << shift
        shift += 8
    for size in (4, 2, 1):
        if width & size:
            bit = 8 * octets * shift + j * size
            field |= (int(line[bit >> 3]) >> (bit & 7) & ((1 << size) - 1)) << shift
            shift += size
    return field


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
def gaps_written(
    positions: HostArray, room: HostArray, divisor: int, low: int, cut: int, bits: HostArray
) -> None:
    """Fill room (rows, slot) with the sets of positions (rows, coded), and bits (rows,) with the bits of each."""
    coded = positions.shape[1]
    quotients = np.empty(coded, np.int64)
    for row in range(len(positions)):
        line = room[row]
        line[:] = 0
        at, last = coded * low, -1
        for j in range(coded):
            gap = positions[row, j] - last - 1
            last, quotients[j] = positions[row, j], gap // divisor
            remainder = gap - quotients[j] * divisor
            if remainder >= cut:
                remainder += cut
                line[at >> 3] |= (remainder & 1) << (at & 7)
                remainder >>= 1
                at += 1
            field_written(line, remainder, j, coded, low)
        for j in range(coded):
            at += quotients[j]
            line[at >> 3] |= 1 << (at & 7)
            at += 1
        bits[row] = at


@fast
def gaps_read(
    room: HostArray, d: int, divisor: int, low: int, cut: int, positions: HostArray, bits: HostArray
) -> bool:
    """The inverse: fill positions and bits. False where room has anything but sets of positions below d and zeros behind."""
    coded, width = positions.shape[1], 8 * room.shape[1]
    if coded * low + coded > width:
        return False
    for row in range(len(room)):
        line, at = room[row], coded * low
        for j in range(coded):
            remainder = field_read(line, j, coded, low)
            if remainder >= cut:
                if at >= width:
                    return False
                remainder = 2 * remainder - cut + (int(line[at >> 3]) >> (at & 7) & 1)
                at += 1
            positions[row, j] = remainder
        last = -1
        for j in range(coded):
            start = at
            while at < width and not line[at >> 3] >> (at & 7) & 1:
                at += 1
            last += 1 + (at - start) * divisor + positions[row, j]
            if at >= width or last >= d:
                return False
            positions[row, j] = last
            at += 1
        bits[row] = at
        if at < width and int(line[at >> 3]) >> (at & 7) and at & 7:
            return False
        for place in range((at + 7) >> 3, room.shape[1]):
            if line[place]:
                return False
    return True
