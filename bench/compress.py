"""What compressing costs: draws, compressing and encoding, then decoding and expanding, against a warm copy of the floats;
and what counting exactly takes of a run with many small messages. With NumPy alone, and with numba where it is installed.

python bench/compress.py                  # d = 10^7, float32, one core
python bench/compress.py --entries 1000000 --repeats 9 --table time
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from cablese.dsl.pipeline import DEFAULT_REGISTRY
from measured import ENTRIES, NODES, counting, in_copies, processor, versions
from threadpoolctl import threadpool_limits

ASKED: dict[str, tuple[float, float] | None] = {
    "rand_k(k = ceil(d / 100))": (2, 2),
    "top_k(k = ceil(d / 100))": (5, 3),
    "quantize(s = 7)": (14, 3),
    "quantize(s = 7, norm = inf)": (14, 3),
    "sign()": (3, 1),
    "scaled_sign()": (3, 1),
}
"""Copies that sending may take, with NumPy alone and with numba."""
