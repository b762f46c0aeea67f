"""Cutting of one stream of bytes into messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


def deal(blob: bytes, lengths: Sequence[HostArray], message_items: int) -> list[list[bytes]]:
    """Messages of all ranks in order, by message item. `lengths`: those of each rank's messages, (items, rows); a rank's
    bytes are item by item, row by row."""
    out: list[list[bytes]] = [[] for _ in range(message_items)]
    start = 0
    for part in lengths:
        for message_item, row in enumerate(part.tolist()):
            for length in row:
                out[message_item].append(blob[start : start + length])
                start += length
    return out
