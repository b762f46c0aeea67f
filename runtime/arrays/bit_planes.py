"""Unsigned fields of a fixed width as bit planes, in array-API operations; `codecs.bitfields` has the layout.

The first m - m % 8 fields of a row fill whole bytes, plane by plane; the last ones follow them bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from .backend import Array

Planes: TypeAlias = Sequence[tuple[int, int]]
"""The first bit of each plane and its number of bits."""


def planes(width: int) -> Planes:
    """(shift, bits) of each plane: bytes first, then 4, 2 and 1 bits."""
    found, shift = [], 0
    for size in (8,) * (width // 8) + tuple(size for size in (4, 2, 1) if width & size):
        found.append((shift, size))
        shift += size
    return found


def pack_fields(xp: Any, fields: Array, width: int) -> Array:
    """(rows, m) fields below 2^width -> (rows, ceil(m * width / 8)) bytes, zeros behind the last bit."""
    rows, count = fields.shape
    octets, wide = count // 8, xp.astype(fields, xp.uint64)
    whole = xp.reshape(wide[:, : 8 * octets], (rows, octets, 8))
    parts = [_plane(xp, whole >> shift & (1 << size) - 1, size) for shift, size in planes(width)]
    if count % 8:
        bits = xp.stack([wide[:, 8 * octets :] >> bit & 1 for bit in range(width)], axis=-1)
        spare = xp.reshape(bits, (rows, count % 8 * width))
        padding = xp.zeros((rows, -spare.shape[1] % 8), dtype=xp.uint64, device=spare.device)
        padded = xp.concat((spare, padding), axis=1)
        parts.append(_plane(xp, xp.reshape(padded, (rows, padded.shape[1] // 8, 8)), 1))
    return xp.concat(parts, axis=1)


def unpack_fields(xp: Any, packed: Array, count: int, width: int) -> Array:
    """The inverse of `pack_fields`: (rows, count) uint64."""
    rows, octets = packed.shape[0], count // 8
    wide = xp.astype(packed, xp.uint64)
    whole = xp.zeros((rows, octets, 8), dtype=xp.uint64, device=packed.device)
    for shift, size in planes(width):
        own = xp.reshape(wide[:, octets * shift : octets * (shift + size)], (rows, octets, size))
        joined = _joined(xp, own, 8)
        eight = xp.stack([joined >> place * size & (1 << size) - 1 for place in range(8)], axis=-1)
        whole = whole | eight << shift
    whole = xp.reshape(whole, (rows, 8 * octets))
    if not count % 8:
        return whole
    left = wide[:, octets * width :]
    bits = xp.reshape(xp.stack([left >> bit & 1 for bit in range(8)], axis=-1), (rows, 8 * left.shape[1]))
    spare = xp.reshape(bits[:, : count % 8 * width], (rows, count % 8, width))
    return xp.concat((whole, _joined(xp, spare, 1)), axis=1)


def _plane(xp: Any, parts: Array, size: int) -> Array:
    """(rows, octets, 8) numbers of `size` bits -> (rows, octets * size) bytes."""
    joined = _joined(xp, parts, size)
    octets = xp.stack([joined >> 8 * place & 255 for place in range(size)], axis=-1)
    return xp.astype(xp.reshape(octets, (parts.shape[0], parts.shape[1] * size)), xp.uint8)


def _joined(xp: Any, parts: Array, size: int) -> Array:
    """(..., count) numbers of `size` bits as one, the first one lowest."""
    joined = parts[..., 0]
    for place in range(1, parts.shape[-1]):
        joined = joined | parts[..., place] << place * size
    return joined
