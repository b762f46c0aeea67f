"""Bits that it would take to send the draws that the server shares with each node, or with each group."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..chance.batch import Batch
from ..codecs.plain import IntCodec


def family_bits(distribution: str, drawn: Any, arguments: tuple[Any, ...], float_bits: int) -> list[int]:
    """Bits of each row's draw; `arguments` are the event's, numbers or (rows,). Minibatches are counted apart."""
    rows = int(drawn.shape[0])
    match distribution:
        case "bernoulli":
            return [1] * rows
        case "choice":
            least, most = (np.broadcast_to(bound, (rows,)).tolist() for bound in arguments)
            return [IntCodec(int(a), int(b)).fixed_bits for a, b in zip(least, most, strict=True)]
        case _:
            return [float_bits * (drawn.shape[1] if drawn.ndim > 1 else 1)] * rows


def batch_bits(batch: Batch, samples: list[int]) -> int:
    """Bits of minibatches, ceil(log2 m) for each sample of m; `samples` are the m of its rows. A full batch takes none."""
    if batch.full:
        return 0
    return sum(int(size) * (m - 1).bit_length() for size, m in zip(batch.sizes, samples, strict=True))
