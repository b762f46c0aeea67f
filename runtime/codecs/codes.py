"""The wire format of powers of two: a sign and an exponent an entry, in one code of fixed width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array
from . import faults
from .bitfields import pack_whole, unpack_whole
from .messages import constant, join, split, whole_bytes
from .packets import CodePacket


class CodeCodec:
    """d codes of `width` bits each; every code of that width is a valid one."""

    def __init__(self, d: int, width: int) -> None:
        self._d, self._width = d, width
        self._bits = d * width
        self.fixed_bits: int | None = self._bits
        self.paper_bits: int | None = None

    def bits(self, packet: CodePacket) -> Array:
        """The same for every message."""
        return constant(self._bits, packet.codes)

    def encode(self, packet: CodePacket) -> list[bytes]:
        """Host packet -> messages."""
        return split(pack_whole(packet.codes, self._width))

    def decode(self, messages: Sequence[bytes]) -> CodePacket:
        """Messages -> host packet with uint16 codes; `CodecError` on damage."""
        codes = unpack_whole(join(messages, whole_bytes(self._bits)), self._d, self._width)
        if codes is None:
            raise faults.stray_bits()
        return CodePacket(codes.astype(np.uint16, copy=False))
