"""The wire format of sparse vectors: K floats, then the set of their coordinates near log2 C(d, K) bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from . import faults
from .gaps import GapSets
from .messages import bytes_of, floats_of, join, split
from .packets import SparsePacket
from .ranks import RankedSets
from .sizes import Gaps, Ranked, plan_indices

Positions = npt.NDArray[np.int64]


class SparseCodec:
    """K of d coordinates with values of `float_bits` bits; beyond d / 2 the absent coordinates are what is written."""

    def __init__(self, d: int, k: int, float_bits: int) -> None:
        self._d, self._k, self._float_bits = d, k, float_bits
        self._absent = 2 * k > d
        self._sets = _sets(d, k)
        own = self._sets.fixed_bits
        self.fixed_bits = None if own is None else own + k * float_bits
        self.paper_bits: int | None = k * float_bits

    def bits(self, packet: SparsePacket) -> Array:
        """Exact bits of each message."""
        return self._sets.bits(packet.indices) + self._k * self._float_bits

    def encode(self, packet: SparsePacket) -> list[bytes]:
        """Host packet -> messages."""
        values = split(bytes_of(packet.values, self._float_bits))
        positions = self._others(packet.indices) if self._absent else packet.indices
        return [head + tail for head, tail in zip(values, self._sets.write(positions), strict=True)]

    def decode(self, messages: Sequence[bytes]) -> SparsePacket:
        """Messages -> host packet; `CodecError` on damage."""
        head = self._k * self._float_bits // 8
        for message in messages:
            if len(message) < head:
                raise faults.wrong_length(len(message), head, head + self._d)
        positions = self._sets.read([message[head:] for message in messages])
        values = floats_of(join([message[:head] for message in messages], head), self._float_bits)
        return SparsePacket(self._others(positions) if self._absent else positions, values)

    def _others(self, positions: Positions) -> Positions:
        """(rows, m) -> the d - m other positions of each row, ascending."""
        rows, count = positions.shape
        left = np.ones((rows, self._d), np.bool_)
        np.put_along_axis(left, positions, False, axis=1)
        others: Positions = np.nonzero(left)[1].reshape(rows, self._d - count)
        return others


def _sets(d: int, k: int) -> RankedSets | GapSets:
    plan = plan_indices(d, k)
    match plan:
        case Ranked():
            return RankedSets(plan)
        case Gaps():
            return GapSets(plan, absent=2 * k > d)
        case _:
            assert_never(plan)
