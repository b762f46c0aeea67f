"""One stream of bytes -> the messages in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


def deal(blob: bytes, lengths: Sequence[HostArray], parcels: int) -> list[list[bytes]]:
    """Per parcel the messages of all ranks in order. `lengths`: for each rank those of its messages, (parcels, rows);
    a rank's bytes are parcel by parcel, row by row."""
    out: list[list[bytes]] = [[] for _ in range(parcels)]
    start = 0
    for part in lengths:
        for parcel, row in enumerate(part.tolist()):
            for length in row:
                out[parcel].append(blob[start : start + length])
                start += length
    return out
