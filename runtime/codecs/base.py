"""The codec protocol: packets to bytes and back, and the bits that this takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..arrays.backend import Array


class CodecError(Exception):
    """Bytes that no encoder wrote: truncated, flipped or foreign."""


class Codec(Protocol):
    """The wire format of one kind of packet, for known d, k and float type; works on the host with NumPy.

    A message is ceil(bits / 8) bytes long; the unused bits of its last byte are 0.
    """

    fixed_bits: int | None  # the length of every message in bits, if all are alike

    def bits(self, packet: Any) -> Array:
        """Exact encoded length in bits of each message, int64 (rows,), on the packet's device, batched."""

    def encode(self, packet: Any) -> list[bytes]:
        """Host packet -> one bytes object per row."""

    def decode(self, messages: Sequence[bytes]) -> Any:
        """Bytes -> host packet with one row a message; raises `CodecError` on anything that `encode` cannot write."""
