"""Philox4x64-10 in array-API operations, for libraries that have no faster source of the same words."""

from __future__ import annotations

from typing import Any

from ..arrays.backend import Array

# Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS = 10
_LOW = 0xFFFFFFFF
_MASK = 0xFFFFFFFFFFFFFFFF


def philox(xp: Any, key: tuple[int, int], counters: Array, blocks: int) -> Array:
    """counters (rows, 4) uint64, least significant word first -> words (rows, 4 * blocks) uint64.

    Word 4 b + j of row i is word j of Philox4x64-10 at the counter of row i with b added to its word 0.
    """
    steps = xp.arange(blocks, dtype=xp.uint64, device=counters.device)
    c0, c1 = counters[:, 0:1] + steps[None, :], counters[:, 1:2]
    c2, c3 = counters[:, 2:3], counters[:, 3:4]
    for turn in range(ROUNDS):
        k0, k1 = ((k + turn * w) & _MASK for k, w in zip(key, WEYL, strict=True))
        high0, low0 = _multiply(MULTIPLIERS[0], c0)
        high1, low1 = _multiply(MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
    words = xp.stack(xp.broadcast_arrays(c0, c1, c2, c3), axis=-1)
    return xp.reshape(words, (counters.shape[0], 4 * blocks))


def _multiply(constant: int, values: Array) -> tuple[Array, Array]:
    """High and low 64 bits of constant * values, by 32-bit halves: no library has the 128-bit product."""
    c_low, c_high = constant & _LOW, constant >> 32
    low, high = values & _LOW, values >> 32
    middle = low * c_high + ((low * c_low) >> 32)
    cross = high * c_low + (middle & _LOW)
    return high * c_high + (middle >> 32) + (cross >> 32), values * constant
