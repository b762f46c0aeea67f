"""The information in a message: a lower bound on its bits under any code, for every kind of packet.

Floats count in full; a set of t of d coordinates has log2 C(d, t) bits; each symbol has the entropy (of order 0) of the
message's own frequencies, as if these were known to both ends.
"""

from __future__ import annotations

from math import lgamma, log
from typing import Any, assert_never

import numpy as np

from ..codecs.packets import Packet, Role


def information(packet: Packet, d: int) -> float:
    """Mean bits of a message over the packet's rows; the packet is on the host."""
    return sum(_bits(role, part, d) for role, part in packet.contents()) / packet.rows


def _bits(role: Role, rows: Any, d: int) -> float:
    """Information in all rows of an array together."""
    match role:
        case Role.FLOATS:
            return float(8 * rows.nbytes)
        case Role.INDICES:
            return len(rows) * _subset_bits(d, rows.shape[1])
        case Role.MASK:
            return sum(_subset_bits(row.size, int(row.sum())) for row in rows)
        case Role.SYMBOLS:
            return float(sum(_entropy(row) * row.size for row in rows))
        case _:
            assert_never(role)


def _subset_bits(d: int, k: int) -> float:
    return (lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)) / log(2)


def _entropy(symbols: Any) -> float:
    _, counts = np.unique(symbols, return_counts=True)
    shares = counts / max(1, symbols.size)
    return float(-(shares * np.log2(shares)).sum())
