"""One message whose structure varies: whole bytes, then single bits, then a trailer at the very end that is read first.

Whole bytes come first so that wide fields stay aligned; between the last single bit and the trailer stand less than 8
zeros. A message is thus as long as its bits, rounded up once.
"""

from __future__ import annotations

import numpy as np

from . import errors
from .bitfields import to_bits
from .messages import Bytes, whole_bytes


class Writer:
    """Collects the parts of one message."""

    def __init__(self) -> None:
        self._whole: list[Bytes] = []
        self._bits: list[Bytes] = []

    def whole(self, octets: Bytes) -> None:
        """octets (count,), behind those so far."""
        self._whole.append(octets)

    def bits(self, bits: Bytes) -> None:
        """bits (count,) of 0 and 1, behind those so far."""
        self._bits.append(bits)

    def close(self, *trailer: tuple[int, int]) -> bytes:
        """The message; the trailer's (value, width) in the order in which they are read, the first one last of all."""
        parts = [to_bits(np.asarray([[value]], np.uint64), width)[0] for value, width in reversed(trailer)]
        used = sum(map(len, self._bits)) + sum(map(len, parts))
        gap = np.zeros(-used % 8, np.uint8)
        bits = np.packbits(np.concatenate((*self._bits, gap, *parts)), bitorder="little")
        return b"".join(part.tobytes() for part in (*self._whole, bits))


class Reader:
    """Takes a message's parts off it in order: the trailer from the end, then whole bytes, then single bits."""

    def __init__(self, message: bytes, most: int) -> None:
        """`most` is the number of bits of the longest message."""
        if len(message) > whole_bytes(most):
            raise errors.wrong_length(len(message), 0, whole_bytes(most))
        self._octets = np.frombuffer(message, np.uint8)
        self._at, self._end = 0, 8 * len(message)  # bits
        self._single: Bytes | None = None
        self._taken = 0  # single bits

    def trailer(self, width: int) -> int:
        """The next `width` bits off the end."""
        self._end -= width
        if self._end < 0:
            raise errors.cut_short()
        first = self._end // 8
        last = -(-(self._end + width) // 8)
        held = int.from_bytes(self._octets[first:last].tobytes(), "little")
        return held >> (self._end - 8 * first) & ((1 << width) - 1)

    def whole(self, count: int) -> Bytes:
        """The next `count` bytes."""
        start = self._at // 8
        self._at += 8 * count
        if self._at > self._end:
            raise errors.cut_short()
        return self._octets[start : start + count]

    def whole_left(self, behind: int) -> int:
        """Number of whole bytes that are left if `behind` single bits follow them."""
        left = (self._end - self._at - behind) // 8
        if left < 0:
            raise errors.cut_short()
        return left

    def peek(self) -> Bytes:
        """All single bits that are left, those of the gap included."""
        if self._single is None:
            first = self._at // 8
            self._single = np.unpackbits(self._octets[first:], bitorder="little")[: self._end - 8 * first]
        return self._single[self._taken :]

    def bits(self, count: int) -> Bytes:
        """The next `count` single bits."""
        taken = self.peek()[:count]
        if len(taken) < count:
            raise errors.cut_short()
        self._taken += count
        return taken

    def close(self) -> None:
        """Verify that nothing is left but less than 8 zeros."""
        left = self.peek()
        if len(left) >= 8 or left.any():
            raise errors.stray_bits()
