"""Seeded draws that make a problem's data and splits; what a run draws is `runtime.chance`."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

SEED = Argument("seed", ArgumentKind.INT, 0, doc="of the data, beside the run's seed", least=0)
"""The argument of problems that draw their data."""


def generator(seed: int, purpose: str, node: int = 0) -> np.random.Generator:
    """A counter-based generator for each (seed, purpose, node), so that a node's data needs no other's."""
    return np.random.Generator(np.random.Philox(key=[seed % 2**64, crc32(purpose.encode()) << 32 | node]))
