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
from . import faults
from .bitfields import pack, unpack, unsigned
from .messages import Bytes, join_padded, whole_bytes
from .sizes import Gaps

Positions = npt.NDArray[np.int64]


class GapSets:
    """Sets of `plan.coded` >= 1 ascending positions below `plan.d`; a gap is the number of positions left out."""

    fixed_bits: int | None = None

    def __init__(self, plan: Gaps, absent: bool) -> None:
        """`absent` says that packets hold the other d - coded indices: `bits` is asked with those."""
        self._plan = plan
        self._absent = absent
        self.planes = plan.coded // 8 * plan.low  # bytes
        self._spare = plan.coded % 8 * plan.low  # bits
        self._longest = whole_bytes(plan.coded * (plan.low + 2) + (plan.d - plan.coded) // plan.divisor)

    def bits(self, indices: Array) -> Array:
        """int64 (rows,) for a packet's indices, through their own namespace."""
        from array_api_compat import array_namespace, device

        xp = array_namespace(indices)
        rest = _run_rest if self._absent else _gap_rest
        total = rest(xp, device(indices), indices, self._plan)
        return total + self._plan.coded * (self._plan.low + 1)

    def write(self, positions: Positions) -> list[bytes]:
        """(rows, coded) -> messages."""
        planes, grid, ends = self.parts(positions)
        tail = np.packbits(grid, axis=1, bitorder="little")
        matrix = np.concatenate((planes, tail), axis=1)
        lengths = self.planes + (ends + 7) // 8
        return [row[:length].tobytes() for row, length in zip(matrix, lengths.tolist(), strict=True)]

    def parts(self, positions: Positions) -> tuple[Bytes, Bytes, Positions]:
        """(rows, coded) -> whole bytes (rows, planes), the single bits behind them, and how many of these each row has."""
        plan = self._plan
        gaps = np.diff(positions, axis=1, prepend=-1) - 1
        quotients = gaps // plan.divisor
        remainders = gaps - quotients * plan.divisor
        long = remainders >= plan.cut
        remainders[long] += plan.cut
        last = remainders & 1
        np.right_shift(remainders, 1, out=remainders, where=long)
        planes, spare = pack(remainders.astype(unsigned(plan.low)), plan.low)
        behind = np.cumsum(long, axis=1)
        ends = self._spare + behind[:, -1:] + np.cumsum(quotients + 1, axis=1)
        grid = np.zeros((len(ends), int(ends[:, -1].max(initial=self._spare))), np.uint8)
        grid[:, : self._spare] = spare
        rows, places = np.nonzero(long)
        grid[rows, self._spare + behind[rows, places] - 1] = last[rows, places]
        grid[np.arange(len(ends))[:, None], ends - 1] = 1
        return planes, grid, ends[:, -1]

    def read(self, messages: Sequence[bytes]) -> Positions:
        """Messages -> (rows, coded); `CodecError` for bytes that are no such set."""
        shortest = self.planes + whole_bytes(self._spare + self._plan.coded)
        matrix = join_padded(messages, shortest, self._longest)
        tail = np.unpackbits(matrix[:, self.planes :], axis=1, bitorder="little")
        positions, ends = self.read_parts(matrix[:, : self.planes], tail)
        lengths = self.planes + (ends + 7) // 8
        whole = np.array_equal(lengths, [len(message) for message in messages])
        if not whole or (np.arange(tail.shape[1]) >= ends[:, None])[tail != 0].any():
            raise faults.broken_gaps()
        return positions

    def read_parts(self, planes: Bytes, tail: Bytes) -> tuple[Positions, Positions]:
        """The inverse of `parts`, which may have more bits behind: (rows, coded), and how many bits each row's set takes."""
        plan = self._plan
        if tail.shape[1] < self._spare + plan.coded:
            raise faults.broken_gaps()
        remainders = self._first_bits(planes, tail[:, : self._spare])
        long = remainders >= plan.cut
        behind = np.cumsum(long, axis=1)
        starts = self._spare + behind[:, -1]
        ends = self._ends(tail, starts)
        rows, places = np.nonzero(long)
        last = tail[rows, self._spare + behind[rows, places] - 1]
        remainders[rows, places] = 2 * remainders[rows, places] + last - plan.cut
        quotients = np.diff(ends, axis=1, prepend=starts[:, None]) - 1
        positions: Positions = np.cumsum(quotients * plan.divisor + remainders + 1, axis=1) - 1
        if (positions[:, -1] >= plan.d).any():
            raise faults.out_of_range("coordinate", plan.d - 1)
        return positions, ends[:, -1]

    def _first_bits(self, planes: Bytes, spare: Bytes) -> Positions:
        if not self._plan.low:
            return np.zeros((len(planes), self._plan.coded), np.int64)
        return unpack(planes, spare, self._plan.low).astype(np.int64)

    def _ends(self, tail: Bytes, starts: Positions) -> Positions:
        """Where each quotient's terminator stands, from 1 on: the first `coded` ones of a row from its start on."""
        coded, width = self._plan.coded, tail.shape[1]
        found = np.flatnonzero(tail)
        limits = np.arange(len(tail)) * width
        first = np.searchsorted(found, limits + starts)
        last = np.searchsorted(found, limits + width)
        if (last - first < coded).any():
            raise faults.broken_gaps()
        chosen: Positions = found[first[:, None] + np.arange(coded)] - limits[:, None] + 1
        return chosen


def _gap_rest(xp: Any, device: Any, indices: Array, plan: Gaps) -> Array:
    """Of each row the quotients and the last bits of long remainders, (rows,)."""
    gaps = xp.concat((indices[:, :1], indices[:, 1:] - indices[:, :-1] - 1), axis=1)
    return xp.sum(golomb_rest(xp, gaps, plan.divisor, plan.cut), axis=1)


def golomb_rest(xp: Any, gaps: Array, divisor: Any, cut: Any) -> Array:
    """What the code of each gap takes beyond its fixed bits, int64."""
    quotients = gaps // divisor
    remainders = gaps - quotients * divisor
    return quotients + xp.astype(remainders >= cut, xp.int64)


def _run_rest(xp: Any, device: Any, indices: Array, plan: Gaps) -> Array:
    """The same from the present indices: gaps between absent ones are runs of present ones.

    floor(run / divisor) counts the members of a run whose place in it (from 1) is a multiple of the divisor; whether
    the remainder is long, its last member says. A run that reaches the end is no gap.
    """
    rows, present = indices.shape
    order = xp.arange(present, device=device, dtype=xp.int64)
    before = indices - order  # absent indices below each: constant along a run
    offsets = xp.arange(rows, device=device, dtype=xp.int64)[:, None] * (plan.coded + 1)
    keys = xp.reshape(before + offsets, (-1,))
    starts = xp.reshape(xp.searchsorted(keys, keys), (rows, present))
    flat = xp.reshape(xp.arange(rows * present, device=device, dtype=xp.int64), (rows, present))
    places = flat - starts + 1
    beyond = xp.full((rows, 1), plan.coded + 1, dtype=xp.int64, device=device)
    closing = before != xp.concat((before[:, 1:], beyond), axis=1)
    remainders = places % plan.divisor
    counted = xp.astype(remainders == 0, xp.int64) + xp.astype(closing & (remainders >= plan.cut), xp.int64)
    return xp.sum(xp.where(before < plan.coded, counted, xp.zeros_like(counted)), axis=1)
