"""The wire format of quantised vectors: a float scale, then d signed levels of ceil(log2(2 s + 1)) bits each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array
from . import faults
from .bitfields import pack_whole, unpack_whole
from .messages import bytes_of, constant, floats_of, join, split, whole_bytes
from .packets import LevelPacket
from .sizes import level_bits


class LevelCodec:
    """Levels from -s to s, written as level + s."""

    def __init__(self, d: int, s: int, float_bits: int) -> None:
        self._d, self._s, self._float_bits = d, s, float_bits
        self._width = level_bits(s)
        self._bits = float_bits + d * self._width
        self.fixed_bits: int | None = self._bits
        self.paper_bits: int | None = None

    def bits(self, packet: LevelPacket) -> Array:
        """The same for every message."""
        return constant(self._bits, packet.scales)

    def encode(self, packet: LevelPacket) -> list[bytes]:
        """Host packet -> messages."""
        scales = bytes_of(packet.scales[:, None], self._float_bits)
        raw = np.ascontiguousarray(packet.levels).view(f"u{packet.levels.dtype.itemsize}")
        shifted = raw + raw.dtype.type(self._s)  # wraps around as intended: -s becomes 0
        return split(np.concatenate((scales, pack_whole(shifted, self._width)), axis=1))

    def decode(self, messages: Sequence[bytes]) -> LevelPacket:
        """Messages -> host packet; `CodecError` on damage."""
        matrix = join(messages, whole_bytes(self._bits))
        head = self._float_bits // 8
        shifted = unpack_whole(matrix[:, head:], self._d, self._width)
        if shifted is None:
            raise faults.stray_bits()
        if (shifted > 2 * self._s).any():
            raise faults.out_of_range("level", self._s)
        raw = shifted.astype(f"u{level_dtype(self._s).itemsize}", copy=False) - shifted.dtype.type(self._s)
        return LevelPacket(
            floats_of(matrix[:, :head], self._float_bits)[:, 0], raw.view(level_dtype(self._s))
        )


def level_dtype(s: int) -> np.dtype[np.signedinteger]:
    """The smallest signed type that holds -s .. s."""
    return np.dtype(f"i{1 if s < 1 << 7 else 2 if s < 1 << 15 else 4 if s < 1 << 31 else 8}")
