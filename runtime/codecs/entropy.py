"""The form `entropy`: symbols in asymmetric numeral systems, with the message's own table of frequencies.

A message holds the symbols' approximate counts (see `tables`); with many cases, the last bits of their numbers are
written plainly and only the rest is coded. Its size follows from the counts: the coder never needs more than that
room, and is given it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.backend import Array
from ..arrays.namespace import as_places, device_of, namespace_of
from ..arrays.numba_dispatch import dispatched
from . import ans, errors
from .bitfields import pack, unpack, unsigned
from .fields import BitFields, pack_whole, unpack_whole
from .forms import Trailer
from .messages import Host, host_of, whole_bytes
from .sizes import ceil_log2
from .streams import Reader, Writer
from .symbols import Symbols
from .tables import Counts, Table, coded_bits, frequencies, root_of, table_of

Ends = tuple[int, int, int]

MOST_BINS, FEW_BINS = 1 << 12, 1 << 6

_TILE = 1 << 15


class EntropyForm:
    """d symbols, coded by their frequencies."""

    def __init__(self, d: int, symbols: Symbols) -> None:
        """`SetupError` where the coder is not installed."""
        ans.require()
        self._d, self._symbols = d, symbols
        number = ceil_log2(symbols.cases)
        self._least = max(0, number - ceil_log2(MOST_BINS))
        self._shifts = range(self._least, max(self._least, number - ceil_log2(FEW_BINS)) + 1)
        self._shift_bits = ceil_log2(len(self._shifts))
        self._kind = unsigned(number)
        self._largest_root = root_of(d)
        self._width_bits = ceil_log2(self._largest_root.bit_length() + 1)

    def bits(self, entries: Array) -> Array:
        """Exact bits of each row, from the symbols' counts, on the host."""
        xp = namespace_of(entries)
        numbers = self._symbols.ordered(xp, entries) >> self._least
        counts = host_of(_histogram(xp, numbers, self._bins(self._least)))
        return xp.asarray(self.bits_of(counts), device=device_of(entries))

    def bits_of(self, counts: Counts) -> Counts:
        """Exact bits of rows whose symbols occur so often, counts (rows, bins)."""
        sizes = np.stack([self._size(shift, folded) for shift, folded in self._folded(counts)])
        found: Counts = sizes.min(axis=0)
        return found

    def numbers_of(self, row: Host) -> Host:
        """The symbols of one row."""
        return self._symbols.bins(row)

    def counts_of(self, numbers: Host) -> Counts:
        """The counts (1, bins) of one row's symbols, without the last bits that are never coded."""
        counts: Counts = histogram(numbers, self._least, self._bins(self._least))[None, :]
        return counts

    def write(self, writer: Writer, row: Host) -> Trailer:
        """As `Form` has it."""
        numbers = self._symbols.bins(row)
        shift, counts = self._chosen(numbers)
        table = table_of(counts)
        first, last, width = _ends(table)
        planes, rest = pack(_lowest(numbers, shift).astype(unsigned(shift))[None, :], shift)
        writer.whole(planes[0])
        writer.whole(pack_whole(BitFields(last - first + 1, 1 << width), table.roots[:, first : last + 1])[0])
        room = whole_bytes(int(coded_bits(counts, table.frequencies)[0]))
        coded = numbers >> shift if shift else numbers
        writer.whole(np.frombuffer(ans.encode(coded, table.frequencies[0], room), np.uint8))
        writer.bits(rest[0])
        field = ceil_log2(self._bins(shift))
        choice = shift - self._least
        return (choice, self._shift_bits), (first, field), (last - first, field), (width, self._width_bits)

    def read(self, reader: Reader) -> Host:
        """As `Form` has it."""
        shift = reader.trailer(self._shift_bits) + self._least
        if shift not in self._shifts:
            raise errors.out_of_range("shift", self._shifts[-1])
        planes, ends, roots = self._head(reader, shift)
        spare = self._d % 8 * shift
        octets = reader.whole(reader.whole_left(spare)).tobytes()
        bins = np.arange(self._bins(shift))
        frequency = frequencies(roots)[0]
        if not shift:
            row = ans.decode(octets, frequency, self._symbols.from_bins(bins), self._d)
            self._verify(self._symbols.bins(row), shift, ends, roots, len(octets))
            return row
        numbers = ans.decode(octets, frequency, (bins << shift).astype(self._kind), self._d)
        numbers |= unpack(planes[None, :], reader.bits(spare)[None, :], shift)[0].astype(
            self._kind, copy=False
        )
        if numbers.max() >= self._symbols.cases:
            raise errors.out_of_range("symbol", self._symbols.cases - 1)
        self._verify(numbers, shift, ends, roots, len(octets))
        return self._symbols.from_bins(numbers)

    def _head(self, reader: Reader, shift: int) -> tuple[Host, Ends, Counts]:
        """Planes of the plain last bits; first and last bin that occurs, and the width of a root; all roots (1, bins)."""
        field = ceil_log2(self._bins(shift))
        first, span = reader.trailer(field), reader.trailer(field) + 1
        width = reader.trailer(self._width_bits)
        if first + span > self._bins(shift) or not width:
            raise errors.out_of_range("symbol", self._symbols.cases - 1)
        planes = reader.whole(self._d // 8 * shift)
        fields = BitFields(span, 1 << width)
        roots = np.zeros((1, self._bins(shift)), np.int64)
        octets = reader.whole(whole_bytes(fields.bits))
        roots[:, first : first + span] = unpack_whole(fields, octets[None, :])
        if not roots.any() or roots.max() > self._largest_root:
            raise errors.out_of_range("symbol", self._symbols.cases - 1)
        return planes, (first, first + span - 1, width), roots

    def _verify(self, numbers: Host, shift: int, ends: Ends, roots: Counts, length: int) -> None:
        """Raise unless the encoder would have chosen the same shift, table and length."""
        chosen, counts = self._chosen(numbers)
        if chosen != shift:
            raise errors.other_form()
        table = table_of(counts)
        room = whole_bytes(int(coded_bits(counts, table.frequencies)[0]))
        if _ends(table) != ends or not np.array_equal(table.roots, roots) or length != room:
            raise errors.other_form()

    def _chosen(self, numbers: Host) -> tuple[int, Counts]:
        """The shift that gives the least size, and the counts (1, bins) under it."""
        return min(self._folded(self.counts_of(numbers)), key=lambda shifted: int(self._size(*shifted)[0]))

    def _folded(self, counts: Counts) -> list[tuple[int, Counts]]:
        """The counts under each shift."""
        folded = []
        for shift in self._shifts:
            folded.append((shift, counts))
            even = np.pad(counts, ((0, 0), (0, counts.shape[1] % 2)))
            counts = even[:, ::2] + even[:, 1::2]
        return folded

    def _size(self, shift: int, counts: Counts) -> Counts:
        """Bits of each row's message with this shift."""
        table: Table = table_of(counts)
        roots = ((table.last - table.first + 1) * table.width + 7) // 8
        coded = (coded_bits(counts, table.frequencies) + 7) // 8
        trailer = self._shift_bits + 2 * ceil_log2(self._bins(shift)) + self._width_bits
        size: Counts = 8 * (roots + coded) + shift * self._d + trailer
        return size

    def _bins(self, shift: int) -> int:
        return (self._symbols.cases - 1 >> shift) + 1


def _ends(table: Table) -> Ends:
    """The first and the last bin that occurs, and the bits of a root, of the table's one row."""
    return int(table.first[0]), int(table.last[0]), int(table.width[0])


def _lowest(numbers: Host, width: int) -> Host:
    """The lowest bits of numbers, of which there may be none."""
    return (
        numbers & numbers.dtype.type((1 << width) - 1)
        if width
        else np.zeros_like(numbers, shape=len(numbers))
    )


@dispatched(lambda numbers, shift, bins: numbers.size)
def histogram(numbers: Host, shift: int, bins: int) -> Counts:
    """The counts of numbers (d,), less their lowest bits, below `bins`, int64 (bins,); those above, of a vector that is not
    finite, count as the last."""
    counts = np.zeros(bins, np.int64)
    for first in range(0, len(numbers), _TILE):
        part = np.minimum(numbers[first : first + _TILE] >> shift, bins - 1)
        counts += np.bincount(as_places(part), minlength=bins)
    return counts


def _histogram(xp: Any, numbers: Array, bins: int) -> Array:
    """numbers (rows, d) below `bins` -> counts, int64 (rows, bins). Numbers outside come from a vector that is not finite,
    which is about to be refused; they count as the nearest inside."""
    rows, numbers = numbers.shape[0], xp.clip(numbers, 0, bins - 1)
    if isinstance(numbers, np.ndarray):
        keys = numbers + np.arange(rows)[:, None] * bins if rows > 1 else numbers
        return np.bincount(as_places(keys).ravel(), minlength=rows * bins).reshape(rows, bins)
    where = device_of(numbers)
    keys = numbers + xp.arange(rows, dtype=xp.int64, device=where)[:, None] * bins
    edges = xp.arange(rows * bins + 1, dtype=xp.int64, device=where)
    below = xp.searchsorted(xp.sort(xp.reshape(keys, (-1,))), edges)
    return xp.reshape(below[1:] - below[:-1], (rows, bins))
