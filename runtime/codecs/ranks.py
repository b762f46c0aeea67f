"""Sets of positions as their rank among all sets of that size: the combinatorial number system, batched over rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import comb

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from . import errors
from .bitfields import from_bits, to_bits
from .messages import Bytes, constant, join, split, whole_bytes
from .sizes import Ranked

Positions = npt.NDArray[np.int64]


class RankedSets:
    """Sets of `plan.coded` ascending positions below `plan.d`; rank = sum_j C(position_j, j + 1), j from 0."""

    planes = 0  # bytes

    def __init__(self, plan: Ranked) -> None:
        self._plan = plan
        self._count = comb(plan.d, plan.coded)
        self._length = whole_bytes(plan.width)
        self.fixed_bits: int | None = plan.width

    def bits(self, indices: Array) -> Array:
        """Exact bits of each set: all are alike."""
        return constant(self._plan.width, indices)

    def write(self, positions: Positions) -> list[bytes]:
        """(rows, coded) -> messages."""
        ranks = self._ranks(positions).astype("<u8")
        return split(ranks[:, None].view(np.uint8)[:, : self._length])

    def read(self, messages: Sequence[bytes]) -> Positions:
        """Messages -> (rows, coded); `CodecError` for ranks that no set has."""
        padded = np.zeros((len(messages), 8), np.uint8)
        padded[:, : self._length] = join(messages, self._length)
        return self._set(padded.view("<u8")[:, 0])

    def write_parts(self, positions: Positions) -> tuple[Bytes, Bytes, Positions]:
        """(rows, coded) -> no whole bytes (rows, 0), the rank's bits (rows, width), and their number for each row."""
        bits = to_bits(self._ranks(positions)[:, None], self._plan.width)
        none = np.zeros((len(bits), 0), np.uint8)
        return none, bits, np.full(len(bits), self._plan.width)

    def read_parts(self, planes: Bytes, tail: Bytes) -> tuple[Positions, Positions]:
        """The inverse of `write_parts`, where more bits may follow: (rows, coded), and the bits of each row's set."""
        width = self._plan.width
        if tail.shape[1] < width:
            raise errors.cut_short()
        ranks = from_bits(tail[:, :width], width)[:, 0] if width else np.zeros(len(tail), np.uint64)
        return self._set(ranks), np.full(len(tail), width)

    def _set(self, ranks: npt.NDArray[np.uint64]) -> Positions:
        if (ranks >= self._count).any():
            raise errors.out_of_range("rank of an index set", self._count - 1)
        return self._positions(ranks.astype(np.int64))

    def _ranks(self, positions: Positions) -> Positions:
        if self._plan.coded == 1:
            return positions[:, 0]
        table = _binomials(self._plan.d, self._plan.coded)
        ranks: Positions = table[np.arange(self._plan.coded), positions].sum(axis=1, dtype=np.int64)
        return ranks

    def _positions(self, ranks: Positions) -> Positions:
        if self._plan.coded == 1:
            return ranks[:, None]
        table = _binomials(self._plan.d, self._plan.coded)
        positions = np.empty((len(ranks), self._plan.coded), np.int64)
        for j in reversed(range(self._plan.coded)):
            found = np.searchsorted(table[j], ranks, side="right") - 1
            positions[:, j] = found
            ranks = ranks - table[j][found]
        return positions


@lru_cache(maxsize=16)
def _binomials(d: int, coded: int) -> Positions:
    """table[j, i] = C(i, j + 1) for i < d, j < coded, by C(i, j + 1) = sum over t < i of C(t, j)."""
    table = np.zeros((coded, d), np.int64)
    previous = np.ones(d, np.int64)
    for row in table:
        np.cumsum(previous[:-1], out=row[1:])
        previous = row
    return table
