"""Sets of positions as gaps in Golomb code with split streams: remainders, then all quotients in unary.

The streams hold the bits of the usual interleaved code, so the size is the same, but both ways are vectorised. In order:
the first `low` bits of all remainders (bit planes, see `bitfields`), the last bit of each long remainder, the quotients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from . import errors
from .bitfields import pack, unpack, unsigned
from .messages import Bytes, join_padded, whole_bytes
from .sizes import Gaps

Positions = npt.NDArray[np.int64]


class GapSets:
    """Sets of `plan.coded` >= 1 ascending positions below `plan.d`; a gap is the number of positions left out."""

    fixed_bits: int | None = None

    def __init__(self, plan: Gaps, absent: bool) -> None:
        """`absent`: packets hold the other d - coded indices, which `bits` takes."""
        self._plan = plan
        self._absent = absent
        self.planes = plan.coded // 8 * plan.low  # bytes
        self._spare = plan.coded % 8 * plan.low  # bits
        self._dtype = np.int32 if plan.d < 1 << 31 else np.int64  # type of gaps
        self._longest = whole_bytes(plan.coded * (plan.low + 2) + (plan.d - plan.coded) // plan.divisor)

    def bits(self, indices: Array) -> Array:
        """int64 (rows,) for a packet's indices, through their own namespace."""
        from array_api_compat import array_namespace

        plan, xp = self._plan, array_namespace(indices)
        rest = _run_rest if self._absent else _gap_rest
        return rest(xp, indices, plan) + plan.coded * (plan.low + 1)

    def write(self, positions: Positions) -> list[bytes]:
        """(rows, coded) -> messages."""
        planes, grid, ends = self.write_parts(positions)
        tail = np.packbits(grid, axis=1, bitorder="little")
        matrix = np.concatenate((planes, tail), axis=1)
        lengths = self.planes + (ends + 7) // 8
        return [row[:length].tobytes() for row, length in zip(matrix, lengths.tolist(), strict=True)]

    def write_parts(self, positions: Positions) -> tuple[Bytes, Bytes, Positions]:
        """(rows, coded) -> whole bytes (rows, planes), the single bits behind them, and the number of these per row."""
        plan = self._plan
        gaps = self._gaps(positions)
        quotients = gaps // plan.divisor
        gaps -= quotients * plan.divisor
        long = gaps >= plan.cut
        if plan.cut < plan.divisor:
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
            grid[:, : starts.max()][self._behind_spare(starts)] = last
        _mark(grid, ends)
        return planes, grid, ends[:, -1]

    def _gaps(self, positions: Positions) -> Positions:
        """Gaps (rows, coded), in half the room where d allows."""
        gaps = np.empty(positions.shape, self._dtype)
        gaps[:, 0] = positions[:, 0]
        np.subtract(positions[:, 1:], positions[:, :-1], out=gaps[:, 1:], casting="same_kind")
        gaps[:, 1:] -= 1
        return gaps

    def read(self, messages: Sequence[bytes]) -> Positions:
        """Messages -> (rows, coded); `CodecError` for bytes that are no such set."""
        shortest = self.planes + whole_bytes(self._spare + self._plan.coded)
        matrix = join_padded(messages, shortest, self._longest)
        tail = np.unpackbits(matrix[:, self.planes :], axis=1, bitorder="little")
        positions, ends = self.read_parts(matrix[:, : self.planes], tail)
        lengths = self.planes + (ends + 7) // 8
        if not np.array_equal(lengths, [len(message) for message in messages]):
            raise errors.broken_gaps()
        last = matrix[np.arange(len(matrix)), lengths - 1]
        if (last >> ((ends - 1) % 8 + 1)).any():
            raise errors.stray_bits()
        return positions

    def read_parts(self, planes: Bytes, tail: Bytes) -> tuple[Positions, Positions]:
        """The inverse of `write_parts`, where more bits may follow: (rows, coded), and the bits of each row's set."""
        plan = self._plan
        if tail.shape[1] < self._spare + plan.coded:
            raise errors.broken_gaps()
        remainders = self._first_bits(planes, tail[:, : self._spare])
        long = remainders >= plan.cut
        starts = self._spare + np.count_nonzero(long, axis=1)
        ends = self._ends(tail.view(np.bool_), starts)
        if plan.cut < plan.divisor and long.any():
            last = np.zeros(long.shape, np.uint8)
            last[long] = tail[:, : starts.max()][self._behind_spare(starts)]
            remainders += (remainders - remainders.dtype.type(plan.cut)) * long
            remainders += last
        # the sum of the quotients up to the j-th is its end, less the start and j terminators
        positions: Positions = np.cumsum(remainders, axis=1, dtype=np.int64)
        positions += (ends - starts[:, None]) * plan.divisor
        positions -= np.arange(plan.coded) * (plan.divisor - 1) + plan.divisor
        if (positions[:, -1] >= plan.d).any():
            raise errors.out_of_range("coordinate", plan.d - 1)
        return positions, ends[:, -1]

    def _behind_spare(self, starts: Positions) -> npt.NDArray[np.bool_]:
        """Mask of the last bits of long remainders: (rows, the longest row's start)."""
        places = np.arange(starts.max())
        there: npt.NDArray[np.bool_] = (places >= self._spare) & (places < starts[:, None])
        return there

    def _first_bits(self, planes: Bytes, spare: Bytes) -> Positions:
        if not self._plan.low:
            return np.zeros((len(planes), self._plan.coded), self._dtype)
        return unpack(planes, spare, self._plan.low).astype(self._dtype)

    def _ends(self, tail: npt.NDArray[np.bool_], starts: Positions) -> Positions:
        """Place of each quotient's terminator, counted from 1: the first `coded` ones of a row from its start on."""
        coded, width = self._plan.coded, tail.shape[1]
        found = np.flatnonzero(tail)
        limits = np.arange(len(tail)) * width
        first = np.searchsorted(found, limits + starts)
        last = np.searchsorted(found, limits + width)
        if (last - first < coded).any():
            raise errors.broken_gaps()
        if len(tail) == 1:
            return found[None, first[0] : first[0] + coded] + 1
        chosen: Positions = found[first[:, None] + np.arange(coded)] - limits[:, None] + 1
        return chosen


def _mark(grid: Bytes, ends: Positions) -> None:
    """Put a 1 before each end of a row."""
    flat = grid.reshape(-1)
    flat[ends + (np.arange(len(ends))[:, None] * grid.shape[1] - 1)] = 1


def _gap_rest(xp: Any, indices: Array, plan: Gaps) -> Array:
    """Bits of each row's quotients and last bits of long remainders: sums of floor((gap + divisor - cut) / divisor)."""
    offset, ahead = plan.divisor - plan.cut, plan.coded - 1
    if plan.divisor == 1:
        return indices[:, -1] + (offset + ahead * (offset - 1))
    later = indices[:, 1:] - indices[:, :-1]
    later += offset - 1
    later //= plan.divisor
    return xp.sum(later, axis=1) + (indices[:, 0] + offset) // plan.divisor


def _run_rest(xp: Any, indices: Array, plan: Gaps) -> Array:
    """`_gap_rest` from the present indices: gaps between absent ones are runs of present ones, but for a run that reaches
    the end. A run of length L closes L - 1 places behind the one before it."""
    inner = indices[:, 1:] - indices[:, :-1] != 1
    closing = xp.concat((inner, indices[:, -1:] != plan.d - 1), axis=1)
    return sums_over_gaps(xp, closing, 1 + plan.divisor - plan.cut, plan.divisor)


def sums_over_gaps(xp: Any, mask: Array, offset: Any, divisor: Any) -> Array:
    """Sum of floor((gap + offset) / divisor) over the gaps before the members of each row of mask (rows, width):
    int64 (rows,). Offset and divisor are numbers, or arrays (rows,)."""
    from array_api_compat import device

    rows, where = mask.shape[0], device(mask)
    # a member before each row makes all gaps differences of neighbours
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
    """values // divisor. Quotients of whole numbers below 2^51 are never rounded up to the next, and division by an
    array is quicker in floats."""
    if isinstance(divisor, int):
        return values // divisor
    quotients = xp.astype(values, xp.float64) / xp.astype(divisor, xp.float64)
    return xp.astype(quotients, xp.int64)
