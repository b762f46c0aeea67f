"""Sets of positions as gaps in Golomb-Rice code with split streams: the low bits of all gaps, then all quotients in unary.

The streams hold the bits of the usual interleaved code, so the size is the same, but both ways are vectorised.
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
        self._planes = plan.coded // 8 * plan.low  # bytes
        self._spare = plan.coded % 8 * plan.low  # bits
        self._longest = whole_bytes(plan.coded * (plan.low + 1) + ((plan.d - plan.coded) >> plan.low))

    def bits(self, indices: Array) -> Array:
        """int64 (rows,) for a packet's indices, through their own namespace."""
        from array_api_compat import array_namespace, device

        xp = array_namespace(indices)
        quotients = _run_quotients if self._absent else _gap_quotients
        total = quotients(xp, device(indices), indices, self._plan)
        return total + self._plan.coded * (self._plan.low + 1)

    def write(self, positions: Positions) -> list[bytes]:
        """(rows, coded) -> messages."""
        gaps = np.diff(positions, axis=1, prepend=-1) - 1
        low = (gaps & ((1 << self._plan.low) - 1)).astype(unsigned(self._plan.low))
        planes, spare = pack(low, self._plan.low)
        ends = self._spare + np.cumsum((gaps >> self._plan.low) + 1, axis=1)
        tail = np.packbits(self._grid(ends, spare), axis=1, bitorder="little")
        matrix = np.concatenate((planes, tail), axis=1)
        lengths = self._planes + (ends[:, -1] + 7) // 8
        return [row[:length].tobytes() for row, length in zip(matrix, lengths.tolist(), strict=True)]

    def read(self, messages: Sequence[bytes]) -> Positions:
        """Messages -> (rows, coded); `CodecError` for bytes that are no such set."""
        shortest = self._planes + whole_bytes(self._spare + self._plan.coded)
        matrix = join_padded(messages, shortest, self._longest)
        tail = np.unpackbits(matrix[:, self._planes :], axis=1, bitorder="little")
        ends = self._ends(tail[:, self._spare :])
        lengths = self._planes + (self._spare + ends[:, -1] + 7) // 8
        if not np.array_equal(lengths, [len(message) for message in messages]):
            raise faults.broken_gaps()
        low = (
            unpack(matrix[:, : self._planes], tail[:, : self._spare], self._plan.low) if self._plan.low else 0
        )
        return self._placed(np.diff(ends, axis=1, prepend=0) - 1, low)

    def _grid(self, ends: Positions, spare: Bytes) -> Bytes:
        """Single bits: the spare low bits, then a 1 behind each quotient's zeros; `ends` counts from the first bit."""
        grid = np.zeros((len(ends), int(ends[:, -1].max(initial=self._spare))), np.uint8)
        grid[:, : self._spare] = spare
        grid[np.arange(len(ends))[:, None], ends - 1] = 1
        return grid

    def _ends(self, unary: Bytes) -> Positions:
        found = np.flatnonzero(unary)
        if (np.count_nonzero(unary, axis=1) != self._plan.coded).any():
            raise faults.broken_gaps()
        ends: Positions = found.reshape(len(unary), self._plan.coded) % max(unary.shape[1], 1) + 1
        return ends

    def _placed(self, high: Positions, low: Any) -> Positions:
        gaps = (high << self._plan.low) | np.asarray(low).astype(np.int64)
        positions: Positions = np.cumsum(gaps + 1, axis=1) - 1
        if (positions[:, -1] >= self._plan.d).any():
            raise faults.out_of_range("coordinate", self._plan.d - 1)
        return positions


def _gap_quotients(xp: Any, device: Any, indices: Array, plan: Gaps) -> Array:
    gaps = indices[:, 1:] - indices[:, :-1] - 1
    later = xp.sum(gaps >> plan.low, axis=1, dtype=xp.int64)
    return later + (indices[:, 0] >> plan.low)


def _run_quotients(xp: Any, device: Any, indices: Array, plan: Gaps) -> Array:
    """Gaps between absent indices are runs of present ones; floor(run / 2^low) counts the members of a run whose place
    in it (from 1) is a multiple of 2^low, all runs but one that reaches the end."""
    rows, present = indices.shape
    order = xp.arange(present, device=device, dtype=xp.int64)
    before = indices - order  # absent indices below each: constant along a run
    offsets = xp.arange(rows, device=device, dtype=xp.int64)[:, None] * (plan.coded + 1)
    keys = xp.reshape(before + offsets, (-1,))
    starts = xp.reshape(xp.searchsorted(keys, keys), (rows, present))
    flat = xp.reshape(xp.arange(rows * present, device=device, dtype=xp.int64), (rows, present))
    counted = ((flat - starts + 1) % (1 << plan.low) == 0) & (before < plan.coded)
    return xp.sum(xp.astype(counted, xp.int64), axis=1)
