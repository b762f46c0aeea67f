"""The integer arithmetic of the CUDA kernels with NumPy, thread for thread an entry of an array."""

from __future__ import annotations

import numpy as np
from cablese.runtime.arrays.cuda_select import digits


def pack_fields(fields: np.ndarray, width: int) -> np.ndarray:
    """(rows, count) fields below 2^width -> bytes: each octet's planes, then what is left bit by bit."""
    rows, count = fields.shape
    octets, wide = count // 8, fields.astype(np.uint64)
    packed = np.zeros((rows, -(-count * width // 8)), np.uint8)
    whole = wide[:, : 8 * octets].reshape(rows, octets, 8)
    for shift, size in planes(width):
        part = whole >> np.uint64(shift) & np.uint64((1 << size) - 1)
        joined = np.bitwise_or.reduce(part << (np.arange(8, dtype=np.uint64) * np.uint64(size)), axis=2)
        for i in range(size):
            packed[:, octets * shift + i : octets * (shift + size) : size] = joined >> np.uint64(
                8 * i
            ) & np.uint64(255)
    for bit in range(count % 8 * width):
        field = wide[:, 8 * octets + bit // width] >> np.uint64(bit % width) & np.uint64(1)
        packed[:, octets * width + bit // 8] |= (field << np.uint64(bit % 8)).astype(np.uint8)
    return packed


def unpack_fields(packed: np.ndarray, count: int, width: int) -> np.ndarray:
    """The inverse, uint64."""
    octets, fields = count // 8, np.zeros((len(packed), count), np.uint64)
    for i in range(count):
        octet, place = divmod(i, 8)
        for shift, size in planes(width) if octet < octets else [(shift, 1) for shift in range(width)]:
            bit = place * size if octet < octets else place * width + shift
            at = octets * shift + octet * size if octet < octets else octets * width
            part = packed[:, at + bit // 8] >> np.uint8(bit % 8) & np.uint8((1 << size) - 1)
            fields[:, i] |= part.astype(np.uint64) << np.uint64(shift)
    return fields


def planes(width: int) -> list[tuple[int, int]]:
    """(shift, bits) of each plane."""
    found, shift = [], 0
    while shift < width:
        size = next(size for size in (8, 4, 2, 1) if size <= width - shift)
        found.append((shift, size))
        shift += size
    return found


def keys(entries: np.ndarray) -> np.ndarray:
    """Unsigned integers in the order of the entries; NaN as infinity, -0 as 0."""
    if entries.dtype.kind == "u":
        return entries
    bits = 8 * entries.itemsize
    patterns = entries.view(f"u{entries.itemsize}").copy()
    top = patterns.dtype.type(1 << bits - 1)
    infinity = np.asarray(np.inf, entries.dtype).view(patterns.dtype)
    patterns[(patterns & ~top) > infinity] = infinity
    patterns[patterns == top] = 0
    return np.where(patterns & top, ~patterns, patterns | top)


def select_largest(entries: np.ndarray, k: int) -> np.ndarray:
    """Digit by digit the k-th largest key of each row, then what is above it and the first entries at it."""
    kept = []
    for row in keys(entries).astype(np.uint64):
        prefix, left = 0, k
        for shift, bits in digits(8 * entries.itemsize):
            above = [int(key) >> shift + bits for key in row]
            mine = row[np.asarray(above, np.uint64) == prefix]
            counts = np.bincount(
                (mine >> np.uint64(shift) & np.uint64((1 << bits) - 1)).astype(int), minlength=1 << bits
            )
            reached = np.cumsum(counts[::-1])[::-1]
            digit = int(np.flatnonzero(reached >= left)[-1])
            left -= int(reached[digit] - counts[digit])
            prefix = prefix << bits | digit
        above = row > prefix
        tied = np.cumsum(row == prefix) - (row == prefix)
        kept.append(np.flatnonzero(above | (row == prefix) & (tied < left)))
    return np.stack(kept)
