"""Unsigned fields of a fixed width as bit planes, least significant bit first; whole bytes and a rest of single bits.

The first m - m % 8 fields of a row fill whole bytes in planar layout (planes of 8 bits, then of 4, 2 and 1 as the
width needs), which NumPy packs at memory speed; the last m % 8 are single bits, to which a caller may append.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays.bit_planes import Planes, planes
from ..arrays.numba_dispatch import dispatched
from .messages import Bytes, Host

TILE_OCTETS = 1 << 14


def pack(fields: Host, width: int) -> tuple[Bytes, Bytes]:
    """(rows, m) unsigned fields below 2^width -> bytes (rows, m // 8 * width) and bits (rows, m % 8 * width)."""
    whole = fields.shape[1] // 8 * 8
    return pack_planes(fields[:, :whole], width), to_bits(fields[:, whole:], width)


def unpack(packed: Bytes, rest: Bytes, width: int) -> Host:
    """The inverse of `pack`; fields in the smallest unsigned type that holds `width` bits."""
    rows, octets = packed.shape[0], packed.shape[1] // max(width, 1)
    spare = rest.shape[1] // max(width, 1)
    shape = rows, 8 * octets + spare
    fields = np.empty(shape, unsigned(width)) if width else np.zeros(shape, np.uint8)
    unpack_planes(packed, planes(width), fields[:, : 8 * octets])
    if spare:
        fields[:, 8 * octets :] = from_bits(rest, width)
    return fields


def pack_planes(fields: Host, width: int) -> Bytes:
    """(rows, 8 octets) fields -> (rows, octets * width)."""
    packed = np.empty((fields.shape[0], fields.shape[1] // 8 * width), np.uint8)
    return put_planes(fields, 0, width, packed)


@dispatched(lambda fields, added, width, room: fields.size)
def put_planes(fields: Host, added: int, width: int, room: Bytes) -> Bytes:
    """Fill room (rows, octets * width) with fields (rows, 8 octets), unsigned numbers to which one is added, and may wrap
    around; return it."""
    octets = fields.shape[1] // 8
    for first, last in _tiles(octets):
        tile = fields[:, 8 * first : 8 * last]
        if added:
            tile = tile + tile.dtype.type(added)
        for shift, size in planes(width):
            place = octets * shift
            room[:, place + first * size : place + last * size] = _packed(_slice(tile, shift, size), size)
    return room


@dispatched(lambda packed, planes, fields: fields.size)
def unpack_planes(packed: Bytes, planes: Planes, fields: Host) -> Host:
    """The inverse of `pack_planes`, into fields that may hold anything; returns them. The first plane's first bit is 0."""
    octets = fields.shape[1] // 8
    for first, last in _tiles(octets):
        tile = fields[:, 8 * first : 8 * last]
        for shift, size in planes:
            place = octets * shift
            _merge(tile, _spread(packed[:, place + first * size : place + last * size], size), shift)
    return fields


def to_bits(fields: Host, width: int) -> Bytes:
    """(rows, m) fields -> (rows, m * width) single bits, 0 or 1."""
    rows, count = fields.shape
    shifts = np.arange(width, dtype=np.uint64)
    bits = (fields.astype(np.uint64)[:, :, None] >> shifts) & np.uint64(1)
    return bits.astype(np.uint8).reshape(rows, count * width)


def from_bits(bits: Bytes, width: int) -> Host:
    """(rows, m * width) single bits -> (rows, m) fields, uint64."""
    rows, total = bits.shape
    split = bits.reshape(rows, total // width, width).astype(np.uint64)
    folded: Host = (split << np.arange(width, dtype=np.uint64)).sum(axis=2, dtype=np.uint64)
    return folded


def unsigned(width: int) -> np.dtype[np.unsignedinteger]:
    """The smallest unsigned type of at least `width` bits."""
    return np.dtype(f"u{1 if width <= 8 else 2 if width <= 16 else 4 if width <= 32 else 8}")


def _tiles(octets: int) -> Iterator[tuple[int, int]]:
    """Pieces of a row that fit the cache, so that steps between bytes and fields do not go to memory."""
    for first in range(0, octets, TILE_OCTETS):
        yield first, min(first + TILE_OCTETS, octets)


def _slice(fields: Host, shift: int, size: int) -> Bytes:
    part = fields >> fields.dtype.type(shift) if shift else fields
    part = part.astype(np.uint8, copy=False)
    return part if size == 8 else part & np.uint8((1 << size) - 1)


def _merge(fields: Host, part: Bytes, shift: int) -> None:
    """Put a plane into fields: the first overwrites them, later ones find zeros."""
    if not shift:
        fields[...] = part
        return
    wide = part.astype(fields.dtype)
    wide <<= fields.dtype.type(shift)
    fields |= wide


def _packed(values: Bytes, size: int) -> Bytes:
    """One value of `size` bits a byte -> 8 / size values a byte."""
    match size:
        case 4:
            pairs = values.view("<u2")
            joined = pairs | pairs >> 4
        case 2:
            fours = values.view("<u4")
            joined = fours | fours >> 6 | fours >> 12 | fours >> 18
        case 1:
            return np.packbits(values, axis=1, bitorder="little")
        case _:
            return values
    return np.asarray(joined, dtype=np.uint8)


def _spread(packed: Bytes, size: int) -> Bytes:
    """The inverse of `_packed`."""
    match size:
        case 4:
            split = packed.astype("<u2")
            split |= split << 4
            split &= 0x0F0F
        case 2:
            split = packed.astype("<u4")
            split |= split << 12
            split |= split << 6
            split &= 0x03030303
        case 1:
            return np.unpackbits(packed, axis=1, bitorder="little")
        case _:
            return packed
    return np.asarray(split).view(np.uint8)
