"""The information in a message: a lower bound on its bits under any code, for every kind of packet.

Floats count in full; a set of t of d coordinates has log2 C(d, t) bits; each symbol has the entropy (of order 0) of the
message's own frequencies, as if these were known to both ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from math import lgamma, log
from typing import Any

import numpy as np

from ..codecs.packets import MaskedPacket, PartsPacket, TailedPacket


def information(packet: Any, d: int) -> float:
    """Mean bits of a message over the packet's rows; the packet is on the host."""
    rows: int = packet.rows
    return sum(_bits(name, part, d) for name, part in _named_arrays(packet)) / rows


def _named_arrays(packet: Any) -> Iterator[tuple[str, Any]]:
    """Named arrays of a packet and of packets inside it; masked values only where they are kept."""
    if isinstance(packet, MaskedPacket):
        yield "mask", packet.mask
        yield "values", packet.values[packet.mask]
        return
    if isinstance(packet, TailedPacket):
        yield "sizes", packet.sizes
        yield "mask", packet.large
        yield "mask", packet.small
        yield "values", packet.values[packet.large]
        yield "negative", packet.values[packet.small][None, :] < 0
        return
    if isinstance(packet, PartsPacket):
        for part in packet.parts:
            yield from _named_arrays(part)
        return
    for field in fields(packet):
        value = getattr(packet, field.name)
        if isinstance(value, np.ndarray):
            yield field.name, value
        elif hasattr(value, "rows"):
            yield from _named_arrays(value)


def _bits(name: str, rows: Any, d: int) -> float:
    """Information in all rows of an array together."""
    if rows.dtype.kind == "f":
        return float(8 * rows.nbytes)
    if name == "indices":
        return len(rows) * _subset_bits(d, rows.shape[1])
    if name == "mask":
        return sum(_subset_bits(row.size, int(row.sum())) for row in rows)
    return float(sum(_entropy(row) * row.size for row in rows))


def _subset_bits(d: int, k: int) -> float:
    return (lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)) / log(2)


def _entropy(symbols: Any) -> float:
    _, counts = np.unique(symbols, return_counts=True)
    shares = counts / max(1, symbols.size)
    return float(-(shares * np.log2(shares)).sum())
