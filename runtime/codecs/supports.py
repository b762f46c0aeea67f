"""Sets of coordinates whose number varies from message to message: the number, then the set as `sparse` writes it.

For vectors with a mask of the entries that are sent (each kept at random, all beyond a threshold):
`MaskedCodec(d, float_bits)` is the wire format of `MaskedPacket(mask, values)`. Its parts serve other formats:
`support_bits(mask)` counts, batched and on the mask's device, and `write_set(writer, d, positions)` and
`read_set(reader, d, count)` write and read one set; the number of members, in `count_bits(d)` bits, is a field of the
message's trailer (see `streams`), which the caller writes and reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from ..arrays.namespace import device_of, namespace_of
from . import errors
from .golomb import sums_over_gaps
from .messages import Bytes, Host, bytes_of, floats_of, host_of
from .packets import MaskedPacket
from .sets import other_positions, sets_of
from .sizes import Gaps, ceil_log2, plan_indices
from .streams import Reader, Writer

Positions = npt.NDArray[np.int64]

_PIECE = 1 << 14


class MaskedCodec:
    """t of d coordinates, t varying, with values of `float_bits` bits: t floats, the set, t in ceil(log2(d + 1)) bits."""

    fixed_bits: int | None = None

    def __init__(self, d: int, float_bits: int) -> None:
        self._d, self._float_bits = d, float_bits

    def bits(self, packet: MaskedPacket) -> Array:
        """Exact bits of each message."""
        counts = counts_of(namespace_of(packet.mask), packet.mask)
        return support_bits(packet.mask) + self._float_bits * counts

    def encode(self, packet: MaskedPacket) -> list[bytes]:
        """Host packet -> messages."""
        return [self._message(mask, row) for mask, row in zip(packet.mask, packet.values, strict=True)]

    def decode(self, messages: Sequence[bytes]) -> MaskedPacket:
        """Messages -> host packet; `CodecError` on damage."""
        shape = (len(messages), self._d)
        packet = MaskedPacket(np.zeros(shape, np.bool_), np.zeros(shape, f"f{self._float_bits // 8}"))
        for row, message in enumerate(messages):
            positions, values = self._read(message)
            packet.mask[row, positions] = True
            packet.values[row, positions] = values
        return packet

    def _message(self, mask: npt.NDArray[np.bool_], row: npt.NDArray[np.floating]) -> bytes:
        positions, writer = np.flatnonzero(mask), Writer()
        writer.whole(bytes_of(row[None, positions], self._float_bits)[0])
        write_set(writer, self._d, positions)
        return writer.close((len(positions), count_bits(self._d)))

    def _read(self, message: bytes) -> tuple[Positions, npt.NDArray[np.floating]]:
        reader = Reader(message, self._d * self._float_bits + longest_set(self._d))
        count = read_count(reader, self._d)
        octets = reader.whole(count * self._float_bits // 8)
        positions = read_set(reader, self._d, count)
        reader.close()
        return positions, floats_of(octets[None, :], self._float_bits)[0]


def count_bits(d: int) -> int:
    """Bits of a number of coordinates, from 0 to d."""
    return ceil_log2(d + 1)


def longest_set(d: int) -> int:
    """An upper bound on the bits of a set of any number of d coordinates, its number included."""
    return 2 * d + 64 + count_bits(d)


def support_bits(mask: Array) -> Array:
    """Bits of the set of each row of mask (rows, d), its number included: int64 (rows,), on the mask's device."""
    xp, where, d = namespace_of(mask), device_of(mask), mask.shape[1]
    counts = counts_of(xp, mask)
    plans = [plan_indices(d, int(count)) for count in host_of(counts)]
    fixed = [plan.coded * (plan.low + 1) if isinstance(plan, Gaps) else plan.width for plan in plans]
    # a divisor above all gaps leaves nothing to count where sets are ranked
    divisors = [plan.divisor if isinstance(plan, Gaps) else d + 1 for plan in plans]
    offsets = [plan.divisor - plan.cut if isinstance(plan, Gaps) else 0 for plan in plans]
    head, by, offset = (
        xp.asarray(list_, dtype=xp.int64, device=where) for list_ in (fixed, divisors, offsets)
    )
    rest = sums_over_gaps(xp, mask ^ (2 * counts > d)[:, None], offset, by)
    return head + rest + count_bits(d)


def least_support_bits(row: Host, count: int) -> int:
    """A lower bound on the `support_bits` of the entries of one row (d,) that are not 0, of which there are so many."""
    d = len(row)
    plan = plan_indices(d, count)
    if not isinstance(plan, Gaps):
        return plan.width + count_bits(d)
    last = _last_entry(row, present=2 * count <= d)
    rest = (
        last + 1 - plan.coded + plan.coded * (1 - plan.cut)
    )  # less what the divisions leave, divisor - 1 a gap
    return plan.coded * (plan.low + 1) + max(0, rest // plan.divisor) + count_bits(d)


def _last_entry(row: Host, *, present: bool) -> int:
    """The place of the last entry that is not 0, or that is."""
    for first in range((len(row) - 1) // _PIECE * _PIECE, -1, -_PIECE):
        part = row[first : first + _PIECE]
        found = np.flatnonzero(part if present else part == 0)
        if len(found):
            return first + int(found[-1])
    return -1


def write_set(writer: Writer, d: int, positions: Positions) -> None:
    """positions (count,) ascending below d; the absent ones are written when they are fewer."""
    count = len(positions)
    coded = positions[None, :] if 2 * count <= d else other_positions(positions[None, :], d)
    if not coded.shape[1]:
        return
    planes, bits, _ = sets_of(d, count).write_parts(coded)
    writer.whole(planes[0])
    writer.bits(bits[0])


def read_count(reader: Reader, d: int) -> int:
    """The number of members, from the trailer."""
    count = reader.trailer(count_bits(d))
    if count > d:
        raise errors.out_of_range("number of coordinates", d)
    return count


def read_set(reader: Reader, d: int, count: int) -> Positions:
    """Positions (count,) ascending; `CodecError` for bits that are no such set."""
    return rest_of_set(reader, d, count, planes_of_set(reader, d, count))


def planes_of_set(reader: Reader, d: int, count: int) -> Bytes:
    """The whole bytes of a set, for messages where those of other sets follow before all single bits."""
    return reader.whole(0 if count in (0, d) else sets_of(d, count).planes)


def rest_of_set(reader: Reader, d: int, count: int, planes: Bytes) -> Positions:
    """Positions (count,) ascending, from the set's whole bytes and the single bits that follow in the reader."""
    if count in (0, d):
        return np.arange(count)
    positions, ends = sets_of(d, count).read_parts(planes[None, :], reader.peek()[None, :])
    reader.bits(int(ends[0]))
    found: Positions = (positions if 2 * count <= d else other_positions(positions, d))[0]
    return found


def counts_of(xp: Any, mask: Array) -> Array:
    """Number of members of each row, int64 (rows,)."""
    return xp.astype(xp.count_nonzero(mask, axis=1), xp.int64)
