"""Packets: compressed vectors between compression and bytes, records of arrays with a row a message.

A packet says of each of its fields what that is: counting, checking and information follow, for a plug-in's own type too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Annotated, Any, TypeAlias, TypeVar, get_type_hints

from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend


class Role(Enum):
    """The meaning of a packet's array, by which it is counted and checked; a field without one is a packet, or several."""

    FLOATS = "floats"
    SYMBOLS = "integers or bools"
    INDICES = "coordinates, int64"
    MASK = "bools, true where an entry is kept"


@record
class At:
    """Entries of a field have a meaning where a mask is set, another field of this name, and are 0 elsewhere."""

    mask: str


Floats: TypeAlias = Annotated[Array, Role.FLOATS]
"""Numbers as sent, of shipped packets in the wire's type: finite; they count in full."""
Symbols: TypeAlias = Annotated[Array, Role.SYMBOLS]
"""Small integers or bools, as many a row; their information is the entropy of a row's frequencies."""
Indices: TypeAlias = Annotated[Array, Role.INDICES]
"""Coordinates (rows, k), int64 ascending in a row."""
Mask: TypeAlias = Annotated[Array, Role.MASK]
"""The kept ones of a row's entries, (rows, d) bool."""


class Packet:
    """Messages of one kind, a row each: a dataclass each field of which is `Floats`, `Symbols`, `Indices` or `Mask`, with
    a row a message, or else a packet, or a tuple of packets."""

    __slots__ = ()

    @property
    def rows(self) -> int:
        """Number of messages."""
        first = _first_of(type(self))(self)
        if isinstance(first, Packet | tuple):
            return within(first)[0].rows
        rows: int = first.shape[0]
        return rows

    def contents(self) -> Iterator[tuple[Role, Array]]:
        """All that its messages tell, on the host, by its meaning: entries at a mask only where they are kept."""
        for name, role, mask in roles(type(self)):
            value = getattr(self, name)
            if role is None:
                for part in within(value):
                    yield from part.contents()
            else:
                yield role, value[getattr(self, mask)] if mask else value


P = TypeVar("P", bound=Packet)


@record
class DensePacket(Packet):
    """Floats as sent: values (rows, d)."""

    values: Floats

    @property
    def rows(self) -> int:
        """As `Packet` has it."""
        rows: int = self.values.shape[0]
        return rows


@record
class SparsePacket(Packet):
    """Coordinates and their values: indices (rows, k), values (rows, k)."""

    indices: Indices
    values: Floats

    @property
    def rows(self) -> int:
        """As `Packet` has it."""
        rows: int = self.values.shape[0]
        return rows


@record
class MaskedPacket(Packet):
    """Entries that a mask keeps, any number a row: mask (rows, d), values (rows, d), 0 elsewhere."""

    mask: Mask
    values: Annotated[Floats, At("mask")]


@record
class LevelPacket(Packet):
    """Quantised vectors: scales (rows,), levels (rows, d) signed integers."""

    scales: Floats
    levels: Symbols


@record
class CodePacket(Packet):
    """One small unsigned integer an entry: codes (rows, d)."""

    codes: Symbols


@record
class SignPacket(Packet):
    """Signs and what they are scaled by: scales (rows, blocks), negative (rows, d) bool."""

    scales: Floats
    negative: Symbols


@record
class OctetPacket(Packet):
    """A byte an entry and what they are scaled by: scales (rows, blocks), codes (rows, d) uint8."""

    scales: Floats
    codes: Symbols


@record
class IntegerPacket(Packet):
    """Whole numbers of any size: numbers (rows, d) int64."""

    numbers: Symbols


@record
class TailedPacket(Packet):
    """Kept entries, the large ones as floats, of the small ones the sign of a common size.

    sizes (rows,), large and small (rows, d), at most one of them at an entry, values (rows, d): plus or minus the size
    where small, 0 where neither.
    """

    sizes: Floats
    large: Mask
    small: Mask
    values: Annotated[Floats, At("large")]

    def contents(self) -> Iterator[tuple[Role, Array]]:
        """As of every packet, and signs of the small ones, all messages' together."""
        yield from Packet.contents(self)
        yield Role.SYMBOLS, self.values[self.small][None, :] < 0


@record
class IndexPacket(Packet):
    """Sets of coordinates: indices (rows, k)."""

    indices: Indices


@record
class KeptPacket(Packet):
    """Coordinates, and what a compressor of vectors of k entries made of the values there."""

    sets: IndexPacket
    kept: Packet

    @property
    def indices(self) -> Array:
        """int64 (rows, k), ascending in a row."""
        return self.sets.indices


@record
class PartsPacket(Packet):
    """Vectors in pieces, each compressed on its own."""

    parts: tuple[Packet, ...]


def _roles(kind: type[Any]) -> tuple[tuple[str, Role | None, str], ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple((field.name, *_meaning(hints[field.name])) for field in fields(kind))


roles: Callable[[Any], tuple[tuple[str, Role | None, str], ...]] = cache(_roles)
"""The fields of a packet type, each with its name, its meaning, and the mask that it stands at; "" without one."""


def _meaning(hint: Any) -> tuple[Role | None, str]:
    said = getattr(hint, "__metadata__", ())
    role = next((each for each in said if isinstance(each, Role)), None)
    return role, next((each.mask for each in said if isinstance(each, At)), "")


def _first_reader(kind: type[Any]) -> Callable[[Any], Any]:
    """A function of a packet of this type: its first field."""
    return attrgetter(roles(kind)[0][0])


def _reader(names: Sequence[str]) -> Callable[[Any], tuple[Array, ...]]:
    """A function of a packet: its fields of these names."""
    if len(names) > 1:
        return attrgetter(*names)
    each = [attrgetter(name) for name in names]
    return lambda packet: tuple([get(packet) for get in each])


def _array_reader(kind: type[Any]) -> Callable[[Any], tuple[Array, ...]] | None:
    """The arrays of a packet of this type, in order; None for a type with packets inside."""
    found = roles(kind)
    return _reader([name for name, *_ in found]) if all(role for _, role, _ in found) else None


def _float_reader(kind: type[Any]) -> Callable[[Any], tuple[Array, ...]] | None:
    """The arrays of floats, likewise."""
    found = roles(kind)
    if any(role is None for _, role, _ in found):
        return None
    return _reader([name for name, role, _ in found if role is Role.FLOATS])


_first_of: Callable[[Any], Callable[[Any], Any]] = cache(_first_reader)
_arrays_in: Callable[[Any], Callable[[Any], tuple[Array, ...]] | None] = cache(_array_reader)
_floats_in: Callable[[Any], Callable[[Any], tuple[Array, ...]] | None] = cache(_float_reader)


def map_packet(function: Callable[[Array], Array], packet: P) -> P:
    """The packet with `function` applied to each of its arrays (moves between host and device, row selection)."""
    return from_arrays(packet, map(function, arrays_of(packet)))


def alike(backend: Backend, one: Packet, other: Packet) -> bool:
    """True of packets of one type whose arrays are the same to the bit."""
    pairs = zip(arrays_of(one), arrays_of(other), strict=True)
    return type(one) is type(other) and all(
        backend.to_host(a).tobytes() == backend.to_host(b).tobytes() for a, b in pairs
    )


def named_arrays(packet: Packet) -> Iterator[tuple[str, Role, Array]]:
    """All arrays, those of packets inside it too, in order, each with its field's name and meaning."""
    for name, role, _ in roles(type(packet)):
        value = getattr(packet, name)
        if role is None:
            for part in within(value):
                yield from named_arrays(part)
        else:
            yield name, role, value


def arrays_of(packet: Packet) -> Iterable[Array]:
    """The same without names."""
    flat = _arrays_in(type(packet))
    return (array for _, _, array in named_arrays(packet)) if flat is None else flat(packet)


def floats_of(packet: Packet) -> Iterable[Array]:
    """The arrays of floats."""
    flat = _floats_in(type(packet))
    if flat is not None:
        return flat(packet)
    return (array for _, role, array in named_arrays(packet) if role is Role.FLOATS)


def from_arrays(like: P, arrays: Iterator[Array]) -> P:
    """A packet of the same kinds, of other arrays: the next ones."""
    if _arrays_in(type(like)) is not None:
        return type(like)(*islice(arrays, len(roles(type(like)))))
    found: list[Any] = []
    for name, role, _ in roles(type(like)):
        value = getattr(like, name)
        if role is not None:
            found.append(next(arrays))
        elif isinstance(value, tuple):
            found.append(tuple(from_arrays(part, arrays) for part in value))
        else:
            found.append(from_arrays(value, arrays))
    return type(like)(*found)


def joined(xp: Any, packets: Sequence[P]) -> P:
    """One packet of all rows of packets of the same kinds, in memory of its own unless there is one packet alone."""
    first = packets[0]
    if len(packets) == 1:
        return first
    flat = _arrays_in(type(first))
    arrays = map(xp.concat, zip(*map(flat or arrays_of, packets), strict=True))
    return from_arrays(first, arrays) if flat is None else type(first)(*arrays)


def within(value: Packet | tuple[Packet, ...]) -> tuple[Packet, ...]:
    """The packets of a field that is one, or several."""
    return value if isinstance(value, tuple) else (value,)
