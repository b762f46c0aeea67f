"""Messages of a fixed size as columns of floats and of fields: a device writes and reads them, and only bytes leave it.

A codec that lists its columns has the same bytes there as on the host; the others are given the packet's arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..arrays.generic import GenericPrimitives
from . import errors
from .bitfields import unsigned
from .fields import symbol_fields
from .messages import Bytes, floats_of, whole_bytes
from .packets import P, Packet, Role, arrays_of, from_arrays, named_arrays
from .sizes import ceil_log2


@record
class FloatColumn:
    """`count` wire floats a message; `scales`: they are not below 0. `flat`: the packet has one number a row, (rows,)."""

    count: int
    bits: int
    scales: bool = False
    flat: bool = False

    @property
    def octets(self) -> int:
        """Bytes of a message's part."""
        return self.count * self.bits // 8

    def write(self, backend: GenericPrimitives, values: Array) -> Array:
        """Bytes (rows, octets)."""
        return backend.octets(values[:, None] if self.flat else values)

    def verify(self, room: Bytes) -> None:
        """Raise CodecError unless some message has these bytes."""
        if self.scales and np.signbit(floats_of(room, self.bits)).any():
            raise errors.negative_scale()

    def read(self, backend: GenericPrimitives, octets: Array) -> Array:
        """The inverse of `write`."""
        values = backend.from_octets(octets, f"float{self.bits}")
        return values[:, 0] if self.flat else values


@record
class FieldColumn:
    """`count` whole numbers a message, `cases` of them from `least` on, of the packet's type `dtype`."""

    count: int
    cases: int
    dtype: str
    least: int = 0

    @property
    def bits(self) -> int:
        """Bits of a message's part."""
        return symbol_fields(self.count, self.cases).bits

    @property
    def octets(self) -> int:
        """Bytes of a message's part."""
        return whole_bytes(self.bits)

    def write(self, backend: GenericPrimitives, values: Array) -> Array:
        """Bytes (rows, octets)."""
        xp, numbers = backend.xp, values
        if self.least:
            numbers = xp.astype(values, _beside(xp, self.cases)) - self.least
        numbers = xp.astype(numbers, getattr(xp, _unsigned(self.cases)))
        return _trits(xp, numbers) if self.cases == 3 else backend.pack_fields(numbers, ceil_log2(self.cases))

    def verify(self, room: Bytes) -> None:
        """Raise CodecError for bits behind the last number, and for numbers of five symbols that are none."""
        used = self.bits % 8
        if used and (room[:, -1] >> used).any():
            raise errors.stray_bits()
        if self.cases != 3:
            return
        if room[:, : self.count // 5].max(initial=0) >= 243:
            raise errors.out_of_range("byte of five symbols", 242)
        if self.count % 5 and room[:, -1].max(initial=0) >= 3 ** (self.count % 5):
            raise errors.out_of_range("number of last symbols", 3 ** (self.count % 5) - 1)

    def read(self, backend: GenericPrimitives, octets: Array) -> Array:
        """The inverse of `write`; CodecError for a number that is none of the cases."""
        xp, width = backend.xp, ceil_log2(self.cases)
        if self.cases == 3:
            numbers = _from_trits(xp, octets, self.count)
        else:
            numbers = backend.unpack_fields(octets, self.count, width, _unsigned(self.cases))
            if self.cases != 1 << width and bool(xp.any(numbers > self.cases - 1)):
                raise errors.out_of_range("symbol", self.cases - 1)
        if self.least:
            numbers = xp.astype(numbers, _beside(xp, self.cases)) + self.least
        return xp.astype(numbers, getattr(xp, self.dtype))


Column: TypeAlias = FloatColumn | FieldColumn


class DeviceCoder:
    """A codec's messages, written and read on a device."""

    def __init__(self, kind: type[Packet], columns: Sequence[Column], backend: GenericPrimitives) -> None:
        """`columns` of the packet's fields, in their order."""
        self._kind, self._columns, self._backend = kind, tuple(columns), backend
        self._ends = np.cumsum([column.octets for column in columns]).tolist()

    def write(self, packet: Any, room: Bytes) -> None:
        """Fill room (rows, octets), on the host, with the messages of a packet of the device."""
        values = arrays_of(packet)
        parts = [c.write(self._backend, v) for c, v in zip(self._columns, values, strict=True)]
        whole = parts[0] if len(parts) == 1 else self._backend.xp.concat(parts, axis=1)
        room[...] = self._backend.to_host(whole)

    def read(self, room: Bytes) -> Packet:
        """The packet on the device of room (rows, octets); CodecError on damage."""
        columns = list(map(slice, (0, *self._ends), self._ends))
        for column, own in zip(self._columns, columns, strict=True):
            column.verify(room[:, own])
        held = self._backend.to_device(np.ascontiguousarray(room))
        pairs = zip(self._columns, columns, strict=True)
        return self._kind(*(column.read(self._backend, held[:, own]) for column, own in pairs))


def device_coder(codec: Any, backend: Backend) -> DeviceCoder | None:
    """The coder of a codec's messages on a backend's device; None on the host, and of codecs that list no columns."""
    columns = getattr(codec, "columns", None)
    if columns is None or not isinstance(backend, GenericPrimitives):
        return None
    return DeviceCoder(codec.packet, columns, backend)


def hosted(backend: Backend, packet: P) -> P:
    """A packet of the device on the host; coordinates cross in 32 bits, as all of vectors that fit a device do."""

    def moved() -> Iterator[Any]:
        for _, role, part in named_arrays(packet):
            if role is Role.INDICES:
                yield backend.to_host(backend.xp.astype(part, backend.xp.uint32)).astype(np.int64)
            else:
                yield backend.to_host(part)

    return from_arrays(packet, moved())


def placed(backend: Backend, packet: P) -> P:
    """The inverse of `hosted`; floats stay in the wire's type."""
    xp = backend.xp

    def moved() -> Iterator[Array]:
        for _, role, part in named_arrays(packet):
            if role is Role.INDICES:
                yield xp.astype(xp.asarray(part.astype(np.uint32), device=backend.device), xp.int64)
            else:
                yield xp.asarray(part, device=backend.device)

    return from_arrays(packet, moved())


def _trits(xp: Any, symbols: Array) -> Array:
    """`TritFields.pack`, and what is left as one byte."""
    n, count = symbols.shape[1] // 5, symbols.shape[1]
    octets = symbols[:, 4 * n : 5 * n]
    for lane in (3, 2, 1, 0):
        octets = octets * 3 + symbols[:, lane * n : (lane + 1) * n]
    if count == 5 * n:
        return octets
    left = symbols[:, count - 1 :]
    for place in range(count - 2, 5 * n - 1, -1):
        left = left * 3 + symbols[:, place : place + 1]
    return xp.concat((octets, left), axis=1)


def _from_trits(xp: Any, octets: Array, count: int) -> Array:
    """The inverse of `_trits`."""
    n = count // 5
    return xp.concat((_digits(xp, octets[:, :n], 5), _digits(xp, octets[:, n:], count % 5)), axis=1)


def _digits(xp: Any, numbers: Array, count: int) -> Array:
    """The lowest `count` digits in base 3 of numbers (rows, n): (rows, count * n), digit by digit."""
    found = [numbers[:, :0]]
    for _ in range(count):
        fewer = numbers // 3
        found.append(numbers - fewer * 3)
        numbers = fewer
    return xp.concat(found, axis=1)


def _unsigned(cases: int) -> str:
    """The smallest unsigned type for so many cases."""
    return unsigned(ceil_log2(cases)).name


def _beside(xp: Any, cases: int) -> Any:
    """A signed type that holds numbers of so many cases, with a sign or moved to begin at 0."""
    width = ceil_log2(cases)
    return xp.int16 if width <= 8 else xp.int32 if width <= 16 else xp.int64
