"""The wire format of quantised vectors: a float scale, then d signed levels, in one of three encodings.

`level_codec(d, s, float_bits, encode)` makes the codec of an encoding: fixed, rice or entropy (see `forms`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..arrays.backend import Array
from .base import Codec
from .columns import FieldColumn, FloatColumn
from .fields import put_whole, symbol_fields, unpack_whole
from .forms import Shortest, encodings
from .messages import Bytes, bytes_of, constant, floats_of, whole_bytes
from .packets import LevelPacket
from .rows import Lengths, RowCodec
from .symbols import LevelSymbols, level_dtype, raw


def level_codec(d: int, s: int, float_bits: int, encode: str = "fixed") -> Codec:
    """The codec of d levels from -s to s and a scale; `SetupError` for `entropy` where constriction is missing."""
    if encode == "fixed":
        return LevelCodec(d, s, float_bits)
    return FittedLevelCodec(d, s, float_bits, encodings(d, LevelSymbols(s), encode))


class LevelCodec(RowCodec):
    """Levels from -s to s, written as level + s in fields of one size; five per byte for s = 1."""

    packet = LevelPacket

    def __init__(self, d: int, s: int, float_bits: int) -> None:
        self._float_bits, self._symbols = float_bits, LevelSymbols(s)
        self._fields = symbol_fields(d, self._symbols.cases)
        self._bits = float_bits + self._fields.bits
        levels = FieldColumn(d, self._symbols.cases, level_dtype(s).name, -s)
        self.columns = FloatColumn(1, float_bits, flat=True), levels
        self.fixed_bits: int | None = self._bits
        self.slot = self.least = whole_bytes(self._bits)

    def of_entries(self, count: int) -> LevelCodec:
        """As `RowCodec` has it."""
        return LevelCodec(count, self._symbols.most, self._float_bits)

    def bits(self, packet: LevelPacket) -> Array:
        """Exact bits of each message: all are alike."""
        return constant(self._bits, packet.scales)

    def write(self, packet: LevelPacket, room: Bytes) -> None:
        """As `RowCoder` has it."""
        head, levels = self._float_bits // 8, packet.levels
        room[:, :head] = bytes_of(packet.scales[:, None], self._float_bits)
        put_whole(self._fields, raw(levels), self._symbols.most, room[:, head:])

    def read(self, room: Bytes, lengths: Lengths | None = None) -> LevelPacket:
        """As `RowCoder` has it."""
        head = self._float_bits // 8
        numbers = unpack_whole(self._fields, room[:, head:])
        scales = floats_of(room[:, :head], self._float_bits)[:, 0]
        return LevelPacket(scales, self._symbols.from_plain(numbers))


class FittedLevelCodec:
    """A scale and levels in the shortest of several forms, which the trailer names."""

    fixed_bits: int | None = None

    def __init__(self, d: int, s: int, float_bits: int, forms: Shortest) -> None:
        self._d, self._float_bits, self._forms = d, float_bits, forms
        self._dtype = level_dtype(s)

    def bits(self, packet: LevelPacket) -> Array:
        """Exact bits of each message."""
        return self._forms.bits(packet.levels) + self._float_bits

    def encode(self, packet: LevelPacket) -> list[bytes]:
        """Host packet -> messages."""
        scales = bytes_of(packet.scales[:, None], self._float_bits)
        return self._forms.encode(packet.levels, scales)

    def decode(self, messages: Sequence[bytes]) -> LevelPacket:
        """Messages -> host packet; `CodecError` on damage."""
        heads, levels = self._forms.decode(messages, self._float_bits // 8, self._d, self._dtype)
        return LevelPacket(floats_of(heads, self._float_bits)[:, 0], levels)
