"""Families of long dense vectors that stay packets, and are expanded piece by piece where they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..arrays.row_sums import sum_floats
from ..codecs.packets import DensePacket, Packet, map_packet

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend, HostArray


class Expands(Protocol):
    """A `ColumnwiseKernel`, as far as its packets are expanded."""

    def expand(self, packet: Any) -> Any:
        """As `Kernel` has it."""

    def sum_rows(self, packet: Any, total: HostArray) -> None:
        """As `ColumnwiseKernel` has it."""


class RoundedRows:
    """The kernel of rows of the wire's floats."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def expand(self, packet: DensePacket) -> Array:
        """The rows (rows, d) in the computations' type."""
        return self._backend.from_wire(packet.values)

    def sum_rows(self, packet: DensePacket, total: HostArray) -> None:
        """As `ColumnwiseKernel` has it."""
        sum_floats(packet.values, total)


class Unexpanded:
    """A family (rows, d) that a columnwise kernel expands; read by rows and columns alone."""

    __slots__ = ("_kernel", "_packet", "shape")

    ndim = 2

    def __init__(self, kernel: Expands, packet: Packet, d: int) -> None:
        self._kernel, self._packet, self.shape = kernel, packet, (packet.rows, d)

    def __getitem__(self, key: Any) -> Any:
        """The entries of [rows, columns], or [..., columns], slices both; for a number a row, which takes columns."""
        if isinstance(key, int):
            return _Row(self, key)
        rows, columns = key
        return self._kernel.expand(self._cut(slice(None) if rows is ... else rows, columns))

    def of_columns(self, columns: slice) -> Unexpanded:
        """The family of these columns."""
        first, last, _ = columns.indices(self.shape[1])
        return Unexpanded(self._kernel, self._cut(slice(None), columns), last - first)

    def sum_rows(self, columns: slice, total: HostArray) -> None:
        """Fill total (columns,) with the sum of the rows there."""
        self._kernel.sum_rows(self._cut(slice(None), columns), total)

    def _cut(self, rows: slice, columns: slice) -> Packet:
        """The packet of some rows and columns."""
        d = self.shape[1]

        def cut(part: Array) -> Array:
            return part[rows, columns] if part.ndim == 2 and part.shape[1] == d else part[rows, ...]

        return map_packet(cut, self._packet)


class _Row:
    """One vector of a family."""

    __slots__ = ("_family", "_row")

    def __init__(self, family: Unexpanded, row: int) -> None:
        self._family, self._row = family, row

    def __getitem__(self, columns: slice) -> Array:
        return self._family[self._row : self._row + 1, columns][0]
