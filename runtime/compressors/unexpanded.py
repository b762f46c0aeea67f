"""Families of long dense vectors that stay packets, and are expanded piece by piece where they are read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..arrays.row_sums import sum_floats
from ..arrays.terms import HasTerm, Term, Terms, Unwritten
from ..codecs.packets import DensePacket, Packet, joined, map_packet

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend, HostArray


class Expands(Protocol):
    """A `ColumnwiseKernel`, as far as its packets are expanded."""

    def expand(self, packet: Any) -> Any:
        """As `Kernel` has it."""

    def sum_rows(self, packet: Any, total: HostArray, behind: bool = False) -> None:
        """As `ColumnwiseKernel` has it."""

    def term(self, packet: Any, row: int, terms: Terms) -> Term:
        """As `ColumnwiseKernel` has it."""


class RoundedRows:
    """The kernel of rows of the wire's floats."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def expand(self, packet: DensePacket) -> Array:
        """The rows (rows, d) in the computations' type."""
        return self._backend.from_wire(packet.values)

    def sum_rows(self, packet: DensePacket, total: HostArray, behind: bool = False) -> None:
        """As `ColumnwiseKernel` has it."""
        sum_floats(packet.values, total, behind)

    def term(self, packet: DensePacket, row: int, terms: Terms) -> Term:
        """As `ColumnwiseKernel` has it."""
        return terms.of(packet.values[row, ...]).cast(np.dtype(self._backend.real))


class Unexpanded:
    """A family (rows, d) that a columnwise kernel expands, in packets behind one another; read by rows and columns alone."""

    __slots__ = ("_kernel", "_packets", "shape")

    ndim = 2

    def __init__(self, kernel: Expands, packets: tuple[Packet, ...], d: int) -> None:
        self._kernel, self._packets = kernel, packets
        self.shape = sum(packet.rows for packet in packets), d

    def __getitem__(self, key: Any) -> Any:
        """The entries of [rows, columns], or [..., columns], slices both; for a number a row, which takes columns."""
        if isinstance(key, int):
            return _Row(self, key)
        rows, columns = key
        return self._kernel.expand(self._cut(slice(None) if rows is ... else rows, columns))

    def of_columns(self, columns: slice) -> Unexpanded:
        """The family of these columns."""
        first, last, _ = columns.indices(self.shape[1])
        return Unexpanded(self._kernel, tuple(self._columns(columns)), last - first)

    def sum_rows(self, columns: slice, total: HostArray) -> None:
        """Fill total (columns,) with the sum of the rows there."""
        for place, packet in enumerate(self._columns(columns)):
            self._kernel.sum_rows(packet, total, place > 0)

    def term(self, row: int, terms: Terms) -> Term:
        """The expression of an entry of a row."""
        for packet in self._packets:
            if row < packet.rows:
                return self._kernel.term(packet, row, terms)
            row -= packet.rows
        raise Unwritten

    def _cut(self, rows: slice, columns: slice) -> Packet:
        """The packet of some rows and columns."""
        whole = joined(np, list(self._columns(columns)))
        return map_packet(lambda part: part[rows, ...], whole)

    def _columns(self, columns: slice) -> Iterator[Packet]:
        """The packets of some columns."""
        return (map_packet(partial(self._cut_part, columns), packet) for packet in self._packets)

    def _cut_part(self, columns: slice, part: Array) -> Array:
        """Some columns of a packet's array that has an entry in each."""
        return part[:, columns] if part.ndim == 2 and part.shape[1] == self.shape[1] else part


class _Row(HasTerm):
    """One vector of a family."""

    __slots__ = ("_family", "_row")

    def __init__(self, family: Unexpanded, row: int) -> None:
        self._family, self._row = family, row

    def __getitem__(self, columns: slice) -> Array:
        return self._family[self._row : self._row + 1, columns][0]

    def term(self, terms: Terms) -> Term:
        """As `HasTerm` has it."""
        return self._family.term(self._row, terms)
