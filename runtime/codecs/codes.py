"""The wire format of powers of two: one code per entry, a sign and an exponent, in one of three encodings.

`code_codec(d, width, encode)` makes the codec of an encoding: fixed, rice or entropy (see `forms`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array
from .base import Codec
from .columns import FieldColumn
from .fields import BitFields, put_whole, unpack_whole
from .forms import Shortest, encodings
from .messages import Bytes, constant, whole_bytes
from .packets import CodePacket
from .rows import Lengths, RowCodec
from .symbols import CodeSymbols


def code_codec(d: int, width: int, encode: str = "fixed") -> Codec:
    """The codec of d codes of `width` bits; `SetupError` for `entropy` where constriction is missing."""
    if encode == "fixed":
        return CodeCodec(d, width)
    return FittedCodeCodec(d, encodings(d, CodeSymbols(width), encode))


class CodeCodec(RowCodec):
    """d codes of `width` bits each; every code of that width is a valid one."""

    packet = CodePacket

    def __init__(self, d: int, width: int) -> None:
        self._width, self._fields = width, BitFields(d, 1 << width)
        self._bits = d * width
        self.columns = (FieldColumn(d, 1 << width, "uint16"),)
        self.fixed_bits: int | None = self._bits
        self.slot = self.least = whole_bytes(self._bits)

    def of_entries(self, count: int) -> CodeCodec:
        """As `RowCodec` has it."""
        return CodeCodec(count, self._width)

    def bits(self, packet: CodePacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.codes)

    def write(self, packet: CodePacket, room: Bytes) -> None:
        """As `RowCoder` has it."""
        put_whole(self._fields, packet.codes, 0, room)

    def read(self, room: Bytes, lengths: Lengths | None = None) -> CodePacket:
        """As `RowCoder` has it; codes are uint16."""
        return CodePacket(unpack_whole(self._fields, room).astype(np.uint16, copy=False))


class FittedCodeCodec:
    """Codes in the shortest of several forms, which the trailer names."""

    fixed_bits: int | None = None

    def __init__(self, d: int, forms: Shortest) -> None:
        self._d, self._forms = d, forms

    def bits(self, packet: CodePacket) -> Array:
        """Exact bits of each message."""
        return self._forms.bits(packet.codes)

    def encode(self, packet: CodePacket) -> list[bytes]:
        """Host packet -> messages."""
        return self._forms.encode(packet.codes, np.zeros((packet.rows, 0), np.uint8))

    def decode(self, messages: Sequence[bytes]) -> CodePacket:
        """Messages -> host packet with uint16 codes; `CodecError` on damage."""
        return CodePacket(self._forms.decode(messages, 0, self._d, np.dtype(np.uint16))[1])
