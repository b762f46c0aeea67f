"""Sums in NumPy's order that numba compiles: halves of long rows, eight running sums in blocks of 128 entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray

BLOCK, RUNNING = 128, 8  # entries per block of NumPy's pairwise sums, and running sums within it


@fast
def pairwise(terms: HostArray) -> float:
    """The sum of a row."""
    count = terms.size
    if count < RUNNING:
        total = 0.0
        for term in terms:
            total += term
        return total
    if count > BLOCK:
        half = count // 2
        half -= half % RUNNING
        return float(pairwise(terms[:half]) + pairwise(terms[half:]))
    whole = count - count % RUNNING
    sums = terms[:RUNNING].copy()
    for first in range(RUNNING, whole, RUNNING):
        for lane in range(RUNNING):
            sums[lane] += terms[first + lane]
    total = running_summed(sums)
    for place in range(whole, count):
        total += terms[place]
    return float(total)


@fast
def running_summed(s: HostArray) -> float:
    """The sum of a block's running sums (8,)."""
    total: float = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
    return total


@fast
def blocks_summed(blocks: HostArray) -> float:
    """The sum of the sums of blocks, a power of two of them, which are given up: neighbours, then neighbouring sums."""
    count = blocks.size
    while count > 1:
        count //= 2
        for i in range(count):
            blocks[i] = blocks[2 * i] + blocks[2 * i + 1]
    total: float = blocks[0]
    return total
