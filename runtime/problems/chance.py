"""Seeded draws that make a problem's data and splits; what a run draws is `runtime.chance`."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def generator(seed: int, purpose: str, node: int = 0) -> np.random.Generator:
    """A counter-based generator for each (seed, purpose, node), so that a node's data needs no other's."""
    return np.random.Generator(np.random.Philox(key=[seed % 2**64, crc32(purpose.encode()) << 32 | node]))
