"""Symbols of a fixed size each: whole numbers in bit fields, or five trits per byte.

Both pack (rows, count) symbols into whole bytes and a rest of single bits, and back.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from . import errors
from .bitfields import from_bits, pack, put_planes, to_bits, unpack
from .messages import Bytes, Host
from .sizes import ceil_log2, trit_bits


class Fields(Protocol):
    """A layout of `count` symbols: `octets` bytes, then bits - 8 octets single bits."""

    bits: int
    octets: int

    def pack(self, symbols: Host) -> tuple[Bytes, Bytes]:
        """(rows, count) unsigned -> bytes (rows, octets) and single bits (rows, bits - 8 octets)."""

    def unpack(self, octets: Bytes, rest: Bytes) -> Host:
        """The inverse of `pack`, in an array of its own; `CodecError` for symbols out of range."""


class BitFields:
    """Symbols below `cases` in ceil(log2 cases) bits each."""

    def __init__(self, count: int, cases: int) -> None:
        self.count, self._width, self._last = count, ceil_log2(cases), cases - 1
        self.bits = count * self._width
        self.octets = count // 8 * self._width

    def pack(self, symbols: Host) -> tuple[Bytes, Bytes]:
        """As `Fields` has it."""
        return pack(symbols, self._width)

    def put(self, numbers: Host, added: int, room: Bytes) -> None:
        """Fill room with symbols `numbers` + `added`."""
        whole = self.count // 8 * 8
        put_planes(numbers[:, :whole], added, self._width, room[:, : self.octets])
        if whole < self.count:
            rest = to_bits(moved(numbers[:, whole:], added), self._width)
            room[:, self.octets :] = np.packbits(rest, axis=1, bitorder="little")

    def unpack(self, octets: Bytes, rest: Bytes) -> Host:
        """As `Fields` has it."""
        symbols = unpack(octets, rest, self._width)
        if symbols.max(initial=0) > self._last:
            raise errors.out_of_range("symbol", self._last)
        return symbols


class TritFields:
    """Symbols 0, 1, 2: byte i of n = count // 5 holds symbols i, n + i, … 4 n + i, the first one least; the last
    count % 5 symbols are one number."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.bits = trit_bits(count)
        self.octets = count // 5

    def pack(self, symbols: Host) -> tuple[Bytes, Bytes]:
        """As `Fields` has it."""
        n = self.octets
        octets = symbols[:, 4 * n : 5 * n].astype(np.uint8)
        for lane in (3, 2, 1, 0):
            octets *= 3
            octets += symbols[:, lane * n : (lane + 1) * n].astype(np.uint8, copy=False)
        left = symbols[:, 5 * n :].astype(np.int64) @ _POWERS[: self._count % 5]
        return octets, to_bits(left[:, None], self.bits - 8 * n)

    def unpack(self, octets: Bytes, rest: Bytes) -> Host:
        """As `Fields` has it."""
        if octets.max(initial=0) >= 243:
            raise errors.out_of_range("byte of five symbols", 242)
        symbols = np.empty((len(octets), self._count), np.uint8)
        n = self.octets
        for lane in range(4):
            fewer = octets // 3
            np.subtract(octets, 3 * fewer, out=symbols[:, lane * n : (lane + 1) * n])
            octets = fewer
        symbols[:, 4 * n : 5 * n] = octets
        symbols[:, 5 * n :] = self._left(rest)
        return symbols

    def _left(self, rest: Bytes) -> Host:
        powers = _POWERS[: self._count % 5]
        if not len(powers):
            return np.zeros((len(rest), 0), np.uint8)
        number = from_bits(rest, rest.shape[1]).astype(np.int64)
        if (number >= 3 * powers[-1]).any():
            raise errors.out_of_range("number of last symbols", 3 * int(powers[-1]) - 1)
        left: Host = number // powers % 3
        return left


_POWERS = np.asarray([1, 3, 9, 27])


def pack_whole(fields: Fields, symbols: Host) -> Bytes:
    """(rows, count) symbols -> (rows, ceil(bits / 8)) bytes, zeros behind the last bit."""
    octets, rest = fields.pack(symbols)
    if rest.shape[1] == 0:
        return octets
    return np.concatenate((octets, np.packbits(rest, axis=1, bitorder="little")), axis=1)


def put_whole(fields: Fields, numbers: Host, added: int, room: Bytes) -> None:
    """Fill room with what `pack_whole` gives of symbols `numbers` + `added`: unsigned numbers (rows, count) that may wrap
    around."""
    if isinstance(fields, BitFields):
        fields.put(numbers, added, room)
    else:
        room[...] = pack_whole(fields, moved(numbers, added))


def moved(numbers: Host, added: int) -> Host:
    """Numbers + `added`, in their type."""
    found: Host = numbers + numbers.dtype.type(added) if added else numbers
    return found


def unpack_whole(fields: Fields, data: Bytes) -> Host:
    """The inverse of `pack_whole`; `CodecError` on damage."""
    rest = np.unpackbits(data[:, fields.octets :], axis=1, bitorder="little")
    used = fields.bits - 8 * fields.octets
    if rest[:, used:].any():
        raise errors.stray_bits()
    return fields.unpack(data[:, : fields.octets], rest[:, :used])


def symbol_fields(count: int, cases: int) -> Fields:
    """The layout of `count` symbols below `cases` that all take the same room."""
    return TritFields(count) if cases == 3 else BitFields(count, cases)
