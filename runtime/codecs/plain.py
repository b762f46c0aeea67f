"""The wire formats of plain values: bools, ints of a known range, reals, masks, sets and bags of nodes.

Values are on the host, one per message; dense vectors are in `dense`. Sizes are those of the language reference, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from cablese.dsl.text.records import record

from . import errors
from .bitfields import from_bits, to_bits
from .messages import Bytes, bytes_of, floats_of, join, whole_bytes
from .sizes import ceil_log2

Mask = npt.NDArray[np.bool_]
Nodes = npt.NDArray[np.int64]

INT_RANGE = (-(2**31), 2**31 - 1)
"""The range of an int that is not drawn between known bounds."""

LARGEST_BAG = 2**32 - 1
"""The most members of a bag whose size is not known beforehand: its message tells the size in 32 bits."""


class PlainCodec(Protocol):
    """The wire format of one plain value; a message is ceil(bits / 8) bytes, unused bits 0."""

    @property
    def fixed_bits(self) -> int | None:
        """Bits of every message, if all are alike."""

    def bits(self, value: Any) -> int:
        """Exact bits of the value's message."""

    def encode(self, value: Any) -> bytes:
        """The message of a value in the codec's range."""

    def decode(self, message: bytes) -> Any:
        """The message's value; `CodecError` on anything that `encode` cannot write."""


@record
class IntCodec:
    """Integers from `least` to `most`, both included, in ceil(log2(range)) bits."""

    least: int
    most: int

    @property
    def fixed_bits(self) -> int:
        """Bits of every message; 0 where only one value is possible."""
        return ceil_log2(self.most - self.least + 1)

    def bits(self, value: int) -> int:
        """Bits of the message: alike for every value."""
        return self.fixed_bits

    def encode(self, value: int) -> bytes:
        """The message of a value: its offset from `least`."""
        return (value - self.least).to_bytes(whole_bytes(self.fixed_bits), "little")

    def decode(self, message: bytes) -> int:
        """An int within the range."""
        _verify_length(message, whole_bytes(self.fixed_bits))
        value = self.least + int.from_bytes(message, "little")
        if value > self.most:
            raise errors.out_of_range("integer", self.most)
        return value


@record
class BoolCodec:
    """A bool in one bit."""

    @property
    def fixed_bits(self) -> int:
        """Bits of every message: 1."""
        return 1

    def bits(self, value: bool) -> int:
        """Bits of the message: 1."""
        return 1

    def encode(self, value: bool) -> bytes:
        """One byte."""
        return bytes([bool(value)])

    def decode(self, message: bytes) -> bool:
        """True or False."""
        return bool(IntCodec(0, 1).decode(message))


@record
class RealCodec:
    """A real as one wire float of `fixed_bits` bits."""

    fixed_bits: int

    def bits(self, value: float) -> int:
        """Bits of the message: alike for every value."""
        return self.fixed_bits

    def encode(self, value: float) -> bytes:
        """Rounded to the nearest wire float."""
        with np.errstate(over="ignore"):
            return bytes_of(np.asarray([[value]]), self.fixed_bits).tobytes()

    def decode(self, message: bytes) -> float:
        """The wire float."""
        return float(floats_of(join([message], self.fixed_bits // 8), self.fixed_bits)[0, 0])


@record
class MaskCodec:
    """A bool for each of `fixed_bits` = d coordinates."""

    fixed_bits: int

    def bits(self, value: Mask) -> int:
        """Bits of the message: d."""
        return self.fixed_bits

    def encode(self, value: Mask) -> bytes:
        """value (d,)."""
        return np.packbits(value, bitorder="little").tobytes()

    def decode(self, message: bytes) -> Mask:
        """(d,) bools."""
        _verify_length(message, whole_bytes(self.fixed_bits))
        fields = _Reader(message)
        mask = fields.take(self.fixed_bits, 1).astype(np.bool_)
        fields.close()
        return mask


@record
class NodeSetCodec:
    """A set of nodes below n: 1 + min(n, ceil(log2(n + 1)) + |S| ceil(log2 n)) bits, a bitmap or a list."""

    n: int

    @property
    def fixed_bits(self) -> None:
        """None: sizes depend on the set."""
        return

    def bits(self, value: Nodes) -> int:
        """value (|S|,) ascending."""
        return 1 + min(self.n, self._listed(len(value)))

    def encode(self, value: Nodes) -> bytes:
        """value (|S|,) ascending."""
        if self.n <= self._listed(len(value)):
            bitmap = np.zeros(self.n, np.uint8)
            bitmap[value] = 1
            return _packed(_bits([0], 1), bitmap)
        return _packed(
            _bits([1], 1), _bits([len(value)], ceil_log2(self.n + 1)), _bits(value, ceil_log2(self.n))
        )

    def decode(self, message: bytes) -> Nodes:
        """int64 (|S|,) ascending."""
        fields = _Reader(message, most=1 + self.n)
        nodes = self._list(fields) if fields.take(1, 1)[0] else np.flatnonzero(fields.take(self.n, 1))
        fields.close()
        if self.encode(nodes) != message:
            raise errors.other_form()
        return nodes

    def _list(self, fields: _Reader) -> Nodes:
        count = int(fields.take(1, ceil_log2(self.n + 1))[0])
        nodes = fields.take(count, ceil_log2(self.n))
        _verify_nodes(nodes, self.n)
        if (nodes[1:] <= nodes[:-1]).any():
            raise errors.other_form()
        return nodes

    def _listed(self, count: int) -> int:
        return ceil_log2(self.n + 1) + count * ceil_log2(self.n)


@record
class BagCodec:
    """At most r nodes below n, in order, with repetitions: ceil(log2(r + 1)) bits and ceil(log2 n) for each."""

    n: int
    r: int

    @property
    def fixed_bits(self) -> None:
        """None: sizes depend on the number of nodes."""
        return

    def bits(self, value: Nodes) -> int:
        """value (count,)."""
        return ceil_log2(self.r + 1) + len(value) * ceil_log2(self.n)

    def encode(self, value: Nodes) -> bytes:
        """value (count,), count <= r."""
        return _packed(_bits([len(value)], ceil_log2(self.r + 1)), _bits(value, ceil_log2(self.n)))

    def decode(self, message: bytes) -> Nodes:
        """int64 (count,)."""
        fields = _Reader(message, most=ceil_log2(self.r + 1) + self.r * ceil_log2(self.n))
        count = int(fields.take(1, ceil_log2(self.r + 1))[0])
        if count > self.r:
            raise errors.out_of_range("number of nodes", self.r)
        nodes = fields.take(count, ceil_log2(self.n))
        fields.close()
        _verify_nodes(nodes, self.n)
        return nodes


class _Reader:
    """Takes fields off a message's bits, in order."""

    def __init__(self, message: bytes, most: int | None = None) -> None:
        """`most` is the number of bits of the longest message."""
        if most is not None and len(message) > whole_bytes(most):
            raise errors.wrong_length(len(message), 0, whole_bytes(most))
        self._bits = np.unpackbits(np.frombuffer(message, np.uint8), bitorder="little")
        self._at = 0

    def take(self, count: int, width: int) -> Nodes:
        """The next `count` fields of `width` bits, int64."""
        end = self._at + count * width
        if end > len(self._bits):
            raise errors.wrong_length(len(self._bits) // 8, whole_bytes(end), whole_bytes(end))
        taken = self._bits[self._at : end]
        self._at = end
        if width == 0:
            return np.zeros(count, np.int64)
        fields: Nodes = from_bits(taken[None, :], width)[0].astype(np.int64)
        return fields

    def close(self) -> None:
        """Verify that nothing but unused bits of the last byte, all 0, is left."""
        left = self._bits[self._at :]
        if len(left) >= 8:
            raise errors.wrong_length(len(self._bits) // 8, whole_bytes(self._at), whole_bytes(self._at))
        if left.any():
            raise errors.stray_bits()


def _bits(values: Sequence[int] | Nodes, width: int) -> Bytes:
    row: Bytes = to_bits(np.asarray(values, np.int64)[None, :], width)[0]
    return row


def _packed(*parts: Bytes) -> bytes:
    return np.packbits(np.concatenate(parts), bitorder="little").tobytes()


def _verify_length(message: bytes, length: int) -> None:
    if len(message) != length:
        raise errors.wrong_length(len(message), length, length)


def _verify_nodes(nodes: Nodes, n: int) -> None:
    if (nodes >= n).any():
        raise errors.out_of_range("node", n - 1)
