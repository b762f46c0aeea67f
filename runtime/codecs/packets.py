"""What travels, between compression and bytes: small records of arrays, one row a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias, TypeGuard, TypeVar

from cablese.dsl.text.records import record

from ..arrays.backend import Array


@record
class DensePacket:
    """Floats as sent: values (rows, d), in the wire's type."""

    values: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.values.shape[0])


@record
class SparsePacket:
    """Coordinates and their values: indices (rows, k) int64 ascending in a row, values (rows, k) in the wire's type."""

    indices: Array
    values: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.values.shape[0])


@record
class MaskedPacket:
    """Entries that a mask keeps, any number a row: mask (rows, d) bool, values (rows, d) in the wire's type, 0 elsewhere."""

    mask: Array
    values: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.values.shape[0])


@record
class LevelPacket:
    """Quantised vectors: scales (rows,) in the wire's type, levels (rows, d) signed integers."""

    scales: Array
    levels: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.levels.shape[0])


@record
class CodePacket:
    """One small unsigned integer an entry: codes (rows, d)."""

    codes: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.codes.shape[0])


@record
class SignPacket:
    """Signs and what they are scaled by: scales (rows, blocks) in the wire's type, negative (rows, d) bool."""

    scales: Array
    negative: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.negative.shape[0])


@record
class OctetPacket:
    """A byte an entry and what they are scaled by: scales (rows, blocks) in the wire's type, codes (rows, d) uint8."""

    scales: Array
    codes: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.codes.shape[0])


@record
class IntegerPacket:
    """Whole numbers of any size: numbers (rows, d) int64."""

    numbers: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.numbers.shape[0])


@record
class TailedPacket:
    """Kept entries, the large ones as floats, of the small ones the sign of a common size.

    sizes (rows,) in the wire's type, large and small (rows, d) bool, at most one of them at an entry, values (rows, d) in
    the wire's type: plus or minus the size where small, 0 where neither.
    """

    sizes: Array
    large: Array
    small: Array
    values: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.values.shape[0])


@record
class IndexPacket:
    """Sets of coordinates: indices (rows, k) int64 ascending in a row."""

    indices: Array

    @property
    def rows(self) -> int:
        """Number of messages."""
        return int(self.indices.shape[0])


@record
class KeptPacket:
    """Coordinates, and what a compressor of vectors of k entries made of the values there."""

    sets: IndexPacket
    kept: Packet

    @property
    def rows(self) -> int:
        """Number of messages."""
        return self.sets.rows

    @property
    def indices(self) -> Array:
        """int64 (rows, k), ascending in a row."""
        return self.sets.indices


@record
class PartsPacket:
    """Vectors in pieces, each compressed on its own."""

    parts: tuple[Packet, ...]

    @property
    def rows(self) -> int:
        """Number of messages."""
        return self.parts[0].rows


Packet: TypeAlias = (
    DensePacket
    | SparsePacket
    | MaskedPacket
    | LevelPacket
    | CodePacket
    | SignPacket
    | OctetPacket
    | IntegerPacket
    | TailedPacket
    | IndexPacket
    | KeptPacket
    | PartsPacket
)
P = TypeVar("P", bound=Packet)


def is_packet(value: object) -> TypeGuard[Packet]:
    """True for a packet, of a plug-in's own type too: a dataclass of arrays with a property `rows`."""
    return is_dataclass(value) and isinstance(getattr(type(value), "rows", None), property)


def map_packet(function: Callable[[Array], Array], packet: P) -> P:
    """The packet with `function` applied to each of its arrays (moves between host and device, row selection)."""
    return from_arrays(packet, map(function, arrays_of(packet)))


def arrays_of(packet: Packet) -> Iterator[Array]:
    """All arrays, those of packets inside it too, in order."""
    for field in fields(packet):
        value = getattr(packet, field.name)
        if isinstance(value, tuple):
            for part in value:
                yield from arrays_of(part)
        elif is_packet(value):
            yield from arrays_of(value)
        else:
            yield value


def from_arrays(like: P, arrays: Iterator[Array]) -> P:
    """A packet of the same kinds, of other arrays."""
    return type(like)(*(_rebuilt(getattr(like, field.name), arrays) for field in fields(like)))


def _rebuilt(value: Any, arrays: Iterator[Array]) -> Any:
    if isinstance(value, tuple):
        return tuple(from_arrays(part, arrays) for part in value)
    return from_arrays(value, arrays) if is_packet(value) else next(arrays)
