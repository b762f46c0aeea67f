"""Entries as coders take them, from every kind of packet: a number each, or a sign and a magnitude.

A magnitude of 0 is the common case (level 0, the code of 0). Magnitudes of codes count powers of two downwards from the
largest of the message, its origin. Methods take arrays of any library, those named `from_` host arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from .fields import moved
from .messages import Host

Row = npt.NDArray[np.int64]

_TILE = 1 << 15


class Symbols(Protocol):
    """The entries of one kind of packet, (rows, d)."""

    cases: int
    most: int  # the largest magnitude
    origin_bits: int

    def plain(self, entries: Host) -> Host:
        """Unsigned numbers below `cases`, as fields of a fixed size hold them."""

    def from_plain(self, numbers: Host) -> Host:
        """The inverse of `plain`; may write to `numbers`."""

    def ordered(self, xp: Any, entries: Array) -> Array:
        """int64 numbers below `cases`, neighbours about as frequent as each other."""

    def bins(self, entries: Host) -> Host:
        """The same of host entries, in an unsigned type no wider than theirs."""

    def from_bins(self, numbers: Host) -> Host:
        """The inverse of `bins`, of numbers in any type; may write to them."""

    def origins(self, xp: Any, entries: Array) -> Array:
        """The origin of each row, int64 (rows,)."""

    def magnitudes(self, xp: Any, entries: Array, origins: Array) -> Array:
        """Magnitudes (rows, d), in a signed type that holds `most`."""

    def negative(self, entries: Array) -> Array:
        """True where an entry is negative, bool (rows, d)."""

    def from_signed(self, negative: npt.NDArray[np.bool_], magnitudes: Row, origin: int) -> Host:
        """Signs and magnitudes -> entries, of one message."""


class LevelSymbols:
    """Levels -s .. s."""

    origin_bits = 0

    def __init__(self, s: int) -> None:
        self.cases, self.most = 2 * s + 1, s

    def plain(self, entries: Host) -> Host:
        """level + s; wraps around as intended: -s becomes 0."""
        return moved(raw(entries), self.most)

    def from_plain(self, numbers: Host) -> Host:
        """number - s."""
        dtype = level_dtype(self.most)
        patterns: Host = numbers.astype(f"u{dtype.itemsize}", copy=False)
        patterns -= patterns.dtype.type(self.most)
        return patterns.view(dtype)

    def ordered(self, xp: Any, entries: Array) -> Array:
        """level + s."""
        return xp.astype(entries, xp.int64) + self.most

    def bins(self, entries: Host) -> Host:
        """level + s."""
        return self.plain(entries)

    def from_bins(self, numbers: Host) -> Host:
        """number - s."""
        return self.from_plain(numbers)

    def origins(self, xp: Any, entries: Array) -> Array:
        """The origin of each row: 0."""
        return xp.sum(xp.zeros_like(entries[:, :1], dtype=xp.int64), axis=1)

    def magnitudes(self, xp: Any, entries: Array, origins: Array) -> Array:
        """|level|, in the levels' type."""
        return xp.abs(entries)

    def negative(self, entries: Array) -> Array:
        """True where a level is below 0."""
        return entries < 0

    def from_signed(self, negative: npt.NDArray[np.bool_], magnitudes: Row, origin: int) -> Host:
        """Levels: magnitudes with signs."""
        return np.where(negative, -magnitudes, magnitudes).astype(level_dtype(self.most))


def raw(levels: Host) -> Host:
    """The bits of signed numbers as unsigned ones."""
    return levels.view(f"u{levels.dtype.itemsize}")


def in_tiles(values: Host, function: Callable[[Host], Host]) -> Host:
    """A function, which goes entry by entry, of values below 2^15, as uint16; in pieces that the cache holds."""
    found = np.empty(values.shape, np.uint16)
    for first in range(0, values.shape[-1], _TILE):
        part = values[..., first : first + _TILE].astype(np.uint16, copy=False)
        found[..., first : first + _TILE] = function(part)
    return found


class CodeSymbols:
    """Codes of `width` bits: a sign, then an exponent."""

    def __init__(self, width: int) -> None:
        self.cases, self.origin_bits = 1 << width, width - 1
        self.most = 1 << (width - 1)

    def plain(self, entries: Host) -> Host:
        """The codes themselves."""
        return entries

    def from_plain(self, numbers: Host) -> Host:
        """The codes themselves."""
        return numbers.astype(np.uint16, copy=False)

    def ordered(self, xp: Any, entries: Array) -> Array:
        """Exponent, then sign as the lowest bit."""
        codes = xp.astype(entries, xp.int64)
        return ((codes << 1) & (self.cases - 1)) | (codes >> self.origin_bits)

    def bins(self, entries: Host) -> Host:
        """Exponent, then sign as the lowest bit."""
        return in_tiles(
            entries, lambda codes: ((codes << 1) & (self.cases - 1)) | (codes >> self.origin_bits)
        )

    def from_bins(self, numbers: Host) -> Host:
        """The codes: sign as the highest bit, then exponent."""
        return in_tiles(numbers, lambda part: (part >> 1) | ((part & 1) << self.origin_bits))

    def origins(self, xp: Any, entries: Array) -> Array:
        """The origin of each row: its largest exponent."""
        return xp.astype(xp.max(self._exponents(xp, entries), axis=1), xp.int64)

    def magnitudes(self, xp: Any, entries: Array, origins: Array) -> Array:
        """1 + the largest exponent - the entry's; 0 for the code 0."""
        below = xp.astype(origins + 1, xp.int32)[:, None] - self._exponents(xp, entries)
        return xp.where(entries != 0, below, xp.zeros_like(below))

    def negative(self, entries: Array) -> Array:
        """True where the sign's bit is set."""
        return entries >= self.most

    def from_signed(self, negative: npt.NDArray[np.bool_], magnitudes: Row, origin: int) -> Host:
        """Codes of sign and exponent."""
        exponents = np.where(magnitudes > 0, origin + 1 - magnitudes, 0)
        codes: Host = (exponents | negative.astype(np.int64) << self.origin_bits).astype(np.uint16)
        return codes

    def _exponents(self, xp: Any, entries: Array) -> Array:
        return xp.astype(entries, xp.int32) & (self.most - 1)


def level_dtype(s: int) -> np.dtype[np.signedinteger]:
    """The smallest signed type that holds -s .. s."""
    return np.dtype(f"i{1 if s < 1 << 7 else 2 if s < 1 << 15 else 4 if s < 1 << 31 else 8}")
