"""Sets of positions as gaps in Golomb code with split streams: remainders, then all quotients in unary.

A gap is a quotient by `divisor` and a remainder. Remainders below `cut` are short, of `low` bits; the others are long,
of one bit more (see `Gaps`). The streams, in order: the first `low` bits of all remainders (bit planes, see `bitfields`),
the last bit of each long remainder, the quotients. They hold the bits of the usual interleaved code in another order:
the size is the same, and both writing and reading are vectorised.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from ..arrays.namespace import device_of, namespace_of
from ..arrays.numba_dispatch import dispatched
from . import errors
from .bitfields import pack, unpack, unsigned
from .messages import Bytes, Host, whole_bytes
from .rows import Lengths, RowCoder, put, verify_lengths
from .sizes import Gaps

Positions = npt.NDArray[np.int64]


class GapSets(RowCoder):
    """Coder of sets of `plan.coded` >= 1 ascending positions below `plan.d`; a gap is the number of positions left out
    before one of them."""

    fixed_bits: int | None = None  # sizes depend on the set

    def __init__(self, plan: Gaps, absent: bool) -> None:
        """`absent`: the coded positions are those that a packet's indices leave out; `bits` takes the indices."""
        self.plan = plan
        self._absent = absent
        self.planes = plan.coded // 8 * plan.low  # bytes that bit planes fill
        self._spare = plan.coded % 8 * plan.low  # bits of the last remainders, which fill no byte of a plane
        self._dtype = np.int32 if plan.d < 1 << 31 else np.int64  # type of gaps
        self.least = self.planes + whole_bytes(self._spare + plan.coded)
        self.slot = whole_bytes(plan.coded * (plan.low + 2) + (plan.d - plan.coded) // plan.divisor)

    def bits(self, indices: Array) -> Array:
        """Bits of the set of each row of a packet's indices (rows, k): int64 (rows,), by the indices' array library."""
        plan, xp = self.plan, namespace_of(indices)
        varying = _varying_bits_of_absent if self._absent else _varying_bits
        return varying(xp, indices, plan) + plan.coded * (plan.low + 1)

    def total_bits(self, xp: Any, indices: Array) -> Any:
        """The sum of `bits`: on the host without a sum for each row, of which many are short."""
        if self._absent or self.plan.divisor == 1 or not isinstance(indices, np.ndarray):
            return xp.sum(self.bits(indices))
        plan = self.plan
        return divided_gaps(np.ascontiguousarray(indices), plan) + indices.size * (plan.low + 1)

    def write(self, packet: Positions, room: Bytes) -> Lengths:
        """As `RowCoder` has it, of positions (rows, coded)."""
        return write_gaps(packet, room, self)

    def write_parts(self, positions: Positions) -> tuple[Bytes, Bytes, Positions]:
        """Parts of messages of positions (rows, coded): whole bytes (rows, planes), the single bits behind them, and the
        number of these bits in each row."""
        plan = self.plan
        gaps = self._gaps(positions)
        quotients = gaps // plan.divisor
        gaps -= quotients * plan.divisor
        long = gaps >= plan.cut
        if plan.cut < plan.divisor:  # truncated binary: a long remainder is written as itself plus `cut`
            gaps += long * gaps.dtype.type(plan.cut)
        last = (gaps[long] & 1).astype(np.uint8)
        gaps >>= long
        planes, spare = pack(gaps.astype(unsigned(plan.low)), plan.low)
        starts = self._spare + np.count_nonzero(long, axis=1)
        quotients += 1
        ends = np.cumsum(quotients, axis=1)
        ends += starts[:, None]
        grid = np.zeros((len(ends), int(ends[:, -1].max(initial=self._spare))), np.uint8)
        grid[:, : self._spare] = spare
        if len(last):
            grid[:, : starts.max()][self._last_bit_mask(starts)] = last
        _mark(grid, ends)
        return planes, grid, ends[:, -1]

    def _gaps(self, positions: Positions) -> Positions:
        """The gap before each position (rows, coded), in int32 where d allows."""
        gaps = np.empty(positions.shape, self._dtype)
        gaps[:, 0] = positions[:, 0]
        np.subtract(positions[:, 1:], positions[:, :-1], out=gaps[:, 1:], casting="same_kind")
        gaps[:, 1:] -= 1
        return gaps

    def read(self, room: Bytes, lengths: Lengths | None = None) -> Positions:
        """As `RowCoder` has it: positions (rows, coded)."""
        positions, bits = read_gaps(room, self)
        verify_lengths(bits, lengths)
        return positions

    def read_parts(self, planes: Bytes, tail: Bytes) -> tuple[Positions, Positions]:
        """Positions (rows, coded) from the parts that `write_parts` makes; and the number of bits of `tail` that each
        row's set takes, since others may follow."""
        plan = self.plan
        if tail.shape[1] < self._spare + plan.coded:
            raise errors.broken_gaps()
        remainders = self._first_bits(planes, tail[:, : self._spare])
        long = remainders >= plan.cut
        starts = self._spare + np.count_nonzero(long, axis=1)
        ends = self._ends(tail.view(np.bool_), starts)
        if plan.cut < plan.divisor and long.any():  # from the first bits of remainder + cut to the remainder
            last = np.zeros(long.shape, np.uint8)
            last[long] = tail[:, : starts.max()][self._last_bit_mask(starts)]
            remainders += (remainders - remainders.dtype.type(plan.cut)) * long
            remainders += last
        # the sum of the quotients up to the j-th is its end, less the start and j terminators
        positions: Positions = np.cumsum(remainders, axis=1, dtype=np.int64)
        positions += (ends - starts[:, None]) * plan.divisor
        positions -= np.arange(plan.coded) * (plan.divisor - 1) + plan.divisor
        if (positions[:, -1] >= plan.d).any():
            raise errors.out_of_range("coordinate", plan.d - 1)
        return positions, ends[:, -1]

    def _last_bit_mask(self, starts: Positions) -> npt.NDArray[np.bool_]:
        """Mask of the last bits of long remainders among the single bits, which end at `starts`: (rows, largest start)."""
        places = np.arange(starts.max())
        there: npt.NDArray[np.bool_] = (places >= self._spare) & (places < starts[:, None])
        return there

    def _first_bits(self, planes: Bytes, spare: Bytes) -> Positions:
        """The first `low` bits of each remainder, (rows, coded)."""
        if not self.plan.low:
            return np.zeros((len(planes), self.plan.coded), self._dtype)
        return unpack(planes, spare, self.plan.low).astype(self._dtype)

    def _ends(self, tail: npt.NDArray[np.bool_], starts: Positions) -> Positions:
        """Place of the 1 that ends each quotient, counted from 1: the first `coded` ones of a row from its start on."""
        coded, width = self.plan.coded, tail.shape[1]
        found = np.flatnonzero(tail)
        limits = np.arange(len(tail)) * width
        first = np.searchsorted(found, limits + starts)
        last = np.searchsorted(found, limits + width)
        if (last - first < coded).any():
            raise errors.broken_gaps()
        if len(tail) == 1:  # a slice, which is quicker
            return found[None, first[0] : first[0] + coded] + 1
        chosen: Positions = found[first[:, None] + np.arange(coded)] - limits[:, None] + 1
        return chosen


@dispatched(lambda positions, room, sets: positions.size, short=True)
def write_gaps(positions: Positions, room: Bytes, sets: GapSets) -> Lengths:
    """Fill room (rows, slot) with the sets, and zeros behind them; the bits of each."""
    planes, grid, ends = sets.write_parts(positions)
    tail = np.packbits(grid, axis=1, bitorder="little")
    put(room, planes, tail)
    room[:, sets.planes + tail.shape[1] :] = 0
    return ends + 8 * sets.planes


@dispatched(lambda room, sets: len(room) * sets.plan.coded, short=True)
def read_gaps(room: Bytes, sets: GapSets) -> tuple[Positions, Lengths]:
    """The sets in room (rows, slot), and the bits of each; `CodecError` for bytes that are no such set."""
    tail = np.unpackbits(room[:, sets.planes :], axis=1, bitorder="little")
    positions, ends = sets.read_parts(room[:, : sets.planes], tail)
    if (tail.view(np.bool_) & (np.arange(tail.shape[1]) >= ends[:, None])).any():
        raise errors.stray_bits()
    return positions, ends + 8 * sets.planes


def _mark(grid: Bytes, ends: Positions) -> None:
    """Put a 1 in the bit before each end: ends (rows, coded) count from 1."""
    flat = grid.reshape(-1)
    flat[ends + (np.arange(len(ends))[:, None] * grid.shape[1] - 1)] = 1


def _varying_bits(xp: Any, indices: Array, plan: Gaps) -> Array:
    """Bits of each row beyond low + 1 a gap, the same for all sets: int64 (rows,).

    A gap has floor(gap / divisor) of them in its quotient, and one more where its remainder is long, no less than cut:
    floor((gap + divisor - cut) / divisor) in all.
    """
    if plan.divisor == 1:  # no remainders; the gaps add up to the positions left out before the last
        return indices[:, -1] - (plan.coded - 1)
    offset = plan.divisor - plan.cut
    later = indices[:, 1:] - indices[:, :-1]
    later += offset - 1
    later //= plan.divisor
    return xp.sum(later, axis=1) + (indices[:, 0] + offset) // plan.divisor


@dispatched(lambda positions, plan: positions.size, short=True)
def divided_gaps(positions: Positions, plan: Gaps) -> int:
    """The bits of all rows of positions (rows, coded) beyond low + 1 a gap, see `_varying_bits`."""
    if not positions.size:
        return 0
    (rows, coded), offset = positions.shape, plan.divisor - plan.cut
    # the bound of numbers, and of their sum
    most = max(plan.d + plan.divisor, rows * (plan.d // plan.divisor + coded + 1))
    flat: Host = positions.reshape(-1).astype(np.int32 if most < 1 << 31 else np.int64)
    gaps = flat[1:] - flat[:-1]
    gaps[coded - 1 :: coded] = flat[coded::coded] + 1  # before the first of a row there is no other
    gaps += offset - 1
    gaps //= plan.divisor
    return int(np.add.reduce(gaps, dtype=gaps.dtype)) + (int(flat[0]) + offset) // plan.divisor


def _varying_bits_of_absent(xp: Any, indices: Array, plan: Gaps) -> Array:
    """`_varying_bits` of the absent positions, from the present indices (rows, k).

    A run of present indices is the gap before the absent position behind it; a run that reaches the end is none. In the
    mask of each run's last index a run of length L is a gap of L - 1, hence one more in the offset. Gaps of 0 add none.
    """
    inner = indices[:, 1:] - indices[:, :-1] != 1
    closing = xp.concat((inner, indices[:, -1:] != plan.d - 1), axis=1)
    return sums_over_gaps(xp, closing, 1 + plan.divisor - plan.cut, plan.divisor)


@dispatched(lambda xp, mask, offset, divisor: mask.size if isinstance(mask, np.ndarray) else 0)
def sums_over_gaps(xp: Any, mask: Array, offset: Any, divisor: Any) -> Array:
    """Sums over each row of mask (rows, width) of floor((gap + offset) / divisor), for the gap before each entry that is
    True: int64 (rows,). Offset and divisor are numbers, or arrays (rows,)."""
    rows, where = mask.shape[0], device_of(mask)
    # a True before each row makes all gaps differences of neighbours
    led = xp.concat((xp.ones((rows, 1), dtype=xp.bool, device=where), mask), axis=1)
    places = xp.nonzero(xp.reshape(led, (-1,)))[0]
    lengths = xp.astype(xp.count_nonzero(led, axis=1), xp.int64)
    gaps = places[1:] - places[:-1] - 1
    if not isinstance(divisor, int):
        offset, divisor = (xp.repeat(each, lengths)[:-1] for each in (offset, divisor))
    sums = xp.cumulative_sum(_divided(xp, gaps + offset, divisor), include_initial=True)
    ends = xp.cumulative_sum(lengths) - 1
    return xp.take(sums, ends) - xp.take(sums, ends - lengths + 1)


def _divided(xp: Any, values: Array, divisor: Any) -> Array:
    """values // divisor; by an array in floats, which is quicker and exact: quotients of whole numbers below 2^51 are
    never rounded up to the next."""
    if isinstance(divisor, int):
        return values // divisor
    quotients = xp.astype(values, xp.float64) / xp.astype(divisor, xp.float64)
    return xp.astype(quotients, xp.int64)
