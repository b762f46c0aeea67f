"""Forms in which a message's symbols can be written, and the choice of the shortest, message by message.

`fixed`: fields of one size. `rice`: the set of non-zero entries, as for sparse vectors, their signs, and their magnitudes
in Rice code, its parameter fitted to the message: Elias coding as QSGD has it, with a near optimal code in each place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from ..arrays.namespace import namespace_of
from ..arrays.threads import each
from . import errors
from .bitfields import pack, unpack, unsigned
from .fields import symbol_fields
from .messages import Bytes, Host, constant
from .sizes import ceil_log2, symbol_bits
from .streams import Reader, Writer
from .supports import (
    count_bits,
    counts_of,
    least_support_bits,
    read_count,
    read_set,
    support_bits,
    write_set,
)
from .symbols import Row, Symbols

Trailer = tuple[tuple[int, int], ...]

LONG = 1 << 14
"""Entries of a row from which on symbols are counted before forms are compared."""


class Form(Protocol):
    """One way to write the symbols of a message."""

    def bits(self, entries: Array) -> Array:
        """Exact bits of each row of entries (rows, d): int64 (rows,), on the entries' device."""

    def write(self, writer: Writer, row: Host) -> Trailer:
        """Write one row (d,); return its fields of the trailer, in the order in which they are read."""

    def read(self, reader: Reader) -> Host:
        """The inverse of `write`."""


def encodings(d: int, symbols: Symbols, encode: str) -> Shortest:
    """The forms that `encode = rice` or `entropy` chooses from: never longer than the fixed form and the choice."""
    fixed, rice = FixedForm(d, symbols), RiceForm(d, symbols)
    if encode != "entropy":
        return Shortest((fixed, rice), symbol_bits(d, symbols.cases))
    from .entropy import MOST_BINS, EntropyForm
    from .shortest import ShortestByCounts

    kind = ShortestByCounts if d >= LONG and symbols.cases <= MOST_BINS else Shortest
    return kind((fixed, rice, EntropyForm(d, symbols)), symbol_bits(d, symbols.cases))


class Shortest:
    """The shortest of several forms, the first of equals; the trailer names it."""

    def __init__(self, forms: tuple[Form, ...], most: int) -> None:
        """`most` is the bits of the longest message, the choice aside."""
        self._forms = forms
        self._width = ceil_log2(len(forms))
        self._longest = most + self._width

    def bits(self, entries: Array) -> Array:
        """Exact bits of each row: of the shortest form and of the choice."""
        xp = namespace_of(entries)
        return xp.min(self._sizes(entries), axis=0) + self._width

    def encode(self, entries: Host, heads: Bytes) -> list[bytes]:
        """entries (rows, d), each row behind its head (rows, bytes) -> messages."""
        choices, messages = self._choices(entries), [b""] * len(entries)

        def work(row: int) -> None:
            messages[row] = self._message(entries[row], heads[row], choices[row])

        each(work, range(len(entries)))
        return messages

    def decode(
        self, messages: Sequence[bytes], head: int, d: int, dtype: np.dtype[Any]
    ) -> tuple[Bytes, Host]:
        """Messages -> heads (rows, head) and entries (rows, d); `CodecError` on damage."""
        heads = np.empty((len(messages), head), np.uint8)
        entries = np.empty((len(messages), d), dtype)
        choices = [0] * len(messages)

        def work(row: int) -> None:
            reader = Reader(messages[row], 8 * head + self._longest)
            choices[row] = reader.trailer(self._width)
            if choices[row] >= len(self._forms):
                raise errors.out_of_range("form", len(self._forms) - 1)
            heads[row] = reader.whole(head)
            entries[row] = self._forms[choices[row]].read(reader)
            reader.close()

        each(work, range(len(messages)))
        if self._choices(entries) != choices:
            raise errors.other_form()
        return heads, entries

    def _message(self, row: Host, head: Bytes, choice: int) -> bytes:
        writer = Writer()
        writer.whole(head)
        trailer = self._forms[choice].write(writer, row)
        return writer.close((choice, self._width), *trailer)

    def _choices(self, entries: Host) -> list[int]:
        """The number of each row's shortest form."""
        chosen: list[int] = self._sizes(entries).argmin(axis=0).tolist()
        return chosen

    def _sizes(self, entries: Array) -> Array:
        """Bits of each row (forms, rows): of each form, or for those that are not the shortest a number above the least."""
        return namespace_of(entries).stack([form.bits(entries) for form in self._forms])


class FixedForm:
    """Fields of one size."""

    def __init__(self, d: int, symbols: Symbols) -> None:
        self._fields, self._symbols = symbol_fields(d, symbols.cases), symbols

    def bits(self, entries: Array) -> Array:
        """Exact bits of each row: all are alike."""
        return constant(self._fields.bits, entries)

    def write(self, writer: Writer, row: Host) -> Trailer:
        """As `Form` has it."""
        octets, rest = self._fields.pack(self._symbols.plain(row[None, :]))
        writer.whole(octets[0])
        writer.bits(rest[0])
        return ()

    def read(self, reader: Reader) -> Host:
        """As `Form` has it."""
        octets = reader.whole(self._fields.octets)
        rest = reader.bits(self._fields.bits - 8 * self._fields.octets)
        row: Host = self._symbols.from_plain(self._fields.unpack(octets[None, :], rest[None, :]))[0]
        return row


class RiceForm:
    """The set of non-zero entries, signs, and, where magnitudes may be above 1, magnitudes less 1 and their parameter."""

    def __init__(self, d: int, symbols: Symbols) -> None:
        self._d, self._symbols = d, symbols
        self._graded = symbols.most > 1
        self._largest = (symbols.most - 1).bit_length()  # parameter
        self._field = ceil_log2(self._largest + 1)

    def bits(self, entries: Array) -> Array:
        """Exact bits of each row, by sums over its entries."""
        xp = namespace_of(entries)
        there = entries != 0
        count = counts_of(xp, there)
        total = support_bits(there) + count + self._symbols.origin_bits
        if not self._graded:
            return total
        magnitudes = self._symbols.magnitudes(xp, entries, self._symbols.origins(xp, entries))
        above = magnitudes - xp.astype(there, magnitudes.dtype)
        low = self._parameters(xp, xp.sum(above, axis=1, dtype=xp.int64), count)
        quotients = xp.sum(above >> xp.astype(low, above.dtype)[:, None], axis=1, dtype=xp.int64)
        return total + quotients + count * (low + 1) + self._field

    def least_of(self, row: Host, numbers: Row) -> int:
        """A lower bound on the bits of one row, whose symbols (see `Symbols.bins`) occur so often, numbers (cases,)."""
        here = np.flatnonzero(numbers)
        entries, numbers = self._symbols.from_bins(here.copy()), numbers[here]
        there = entries != 0
        count = int(numbers[there].sum())
        total = least_support_bits(row, count) + count + self._symbols.origin_bits
        if not self._graded:
            return total
        origins = self._symbols.origins(np, entries[None, :])
        above = self._symbols.magnitudes(np, entries[None, :], origins)[0].astype(np.int64) - there
        low = int(self._parameters(np, np.asarray([(numbers * above).sum()]), np.asarray([count]))[0])
        return total + int((numbers * (above >> low)).sum()) + count * (low + 1) + self._field

    def write(self, writer: Writer, row: Host) -> Trailer:
        """As `Form` has it."""
        positions = np.flatnonzero(row != 0)
        kept = row[None, positions]
        count = len(positions)
        origin = int(self._symbols.origins(np, row[None, :])[0])
        above = self._symbols.magnitudes(np, kept, np.asarray([origin]))[0].astype(np.int64) - 1
        low = self._parameter(above)
        planes, spare = pack((above & ((1 << low) - 1)).astype(unsigned(low))[None, :], low)
        writer.whole(planes[0])
        write_set(writer, self._d, positions)
        writer.bits(spare[0])
        writer.bits(self._symbols.negative(kept)[0].astype(np.uint8))
        if self._graded:
            writer.bits(_unary(above >> low))
        return (count, count_bits(self._d)), (origin, self._symbols.origin_bits), (low, self._field)

    def read(self, reader: Reader) -> Host:
        """As `Form` has it."""
        count = read_count(reader, self._d)
        origin, low = reader.trailer(self._symbols.origin_bits), reader.trailer(self._field)
        if low > self._largest:
            raise errors.out_of_range("parameter", self._largest)
        planes = reader.whole(count // 8 * low)
        positions = read_set(reader, self._d, count)
        spare, negative = reader.bits(count % 8 * low), reader.bits(count)
        above = np.zeros(count, np.int64)
        if self._graded:
            above += _read_unary(reader, count) << low
        if low:
            above |= unpack(planes[None, :], spare[None, :], low)[0].astype(np.int64)
        if above.max(initial=0) >= self._limit(origin):
            raise errors.out_of_range("magnitude", self._limit(origin))
        row = self._row(positions, negative.astype(np.bool_), above + 1, origin)
        if (
            np.count_nonzero(row) != count
            or low != self._parameter(above)
            or origin != self._symbols.origins(np, row[None, :])[0]
        ):
            raise errors.other_form()
        return row

    def _limit(self, origin: int) -> int:
        return origin + 1 if self._symbols.origin_bits else self._symbols.most

    def _row(self, positions: Row, negative: npt.NDArray[np.bool_], magnitudes: Row, origin: int) -> Host:
        signs, sizes = np.zeros(self._d, np.bool_), np.zeros(self._d, np.int64)
        signs[positions], sizes[positions] = negative, magnitudes
        return self._symbols.from_signed(signs, sizes, origin)

    def _parameter(self, above: Row) -> int:
        total, count = np.asarray([above.sum()]), np.asarray([len(above)])
        return int(self._parameters(np, total, count)[0])

    def _parameters(self, xp: Any, totals: Array, counts: Array) -> Array:
        """Rice parameter of each row: the least r with 2^r >= 0.4813 (mean + 1 / 2), the best for geometric magnitudes,
        where the code with r + 1 is shorter if y = (1 - 1 / (mean + 1))^(2^r) has y^2 + y > 1."""
        least = (77 * totals + 38 * counts - 1) // (160 * xp.where(counts > 0, counts, xp.ones_like(counts)))
        low = xp.zeros_like(totals)
        for r in range(self._largest):
            low += xp.astype(least >= 1 << r, xp.int64)
        return low


def _unary(values: Row) -> npt.NDArray[np.uint8]:
    """The unary code: for each value as many zeros, then a 1."""
    ends = np.cumsum(values + 1)
    bits = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    bits[ends - 1] = 1
    return bits


def _read_unary(reader: Reader, count: int) -> Row:
    """The inverse of `_unary`; `CodecError` where there are fewer values."""
    ends: Row = np.flatnonzero(reader.peek())[:count] + 1
    if len(ends) < count:
        raise errors.cut_short()
    reader.bits(int(ends[-1]) if count else 0)
    values: Row = np.diff(ends, prepend=0) - 1
    return values
