"""The k largest entries of each row with NumPy, exactly, ties to the lowest index."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .numba_dispatch import dispatched

if TYPE_CHECKING:
    from .backend import HostArray

_LARGE = 1 << 14  # entries from which on sampling a threshold beats partitioning the row, measured
_SAMPLE = 1 << 14  # magnitudes of the longest rows sampled for the threshold, measured
_BLOCK = 1 << 16  # entries compared at a time: a block and its mask stay in the cache


def top_k(magnitudes: HostArray, k: int) -> HostArray:
    """magnitudes (rows, d) without NaN -> int64 (rows, k), ascending in each row; 1 <= k <= d."""
    rows, d = magnitudes.shape
    if k == d:
        return np.tile(np.arange(d), (rows, 1))
    if d < _LARGE:
        return _by_partition(magnitudes, k)
    return _by_row(magnitudes, k, _by_sample)


def largest(vectors: HostArray, k: int) -> HostArray:
    """`top_k` by magnitude, for floats (rows, d); a NaN counts as infinite."""
    d = vectors.shape[1]
    if k == d or d < _LARGE:
        return top_k(_nan_as_infinite(np.abs(vectors)), k)
    return _by_row(vectors, k, largest_of_row)


def _by_row(rows: HostArray, k: int, choose: Callable[[HostArray, int], HostArray]) -> HostArray:
    """int64 (rows, k), row after row written in place."""
    found = np.empty((len(rows), k), np.int64)
    for place, row in enumerate(rows):
        found[place] = choose(row, k)
    return found


def _by_partition(magnitudes: HostArray, k: int) -> HostArray:
    """`top_k` of all rows at once. Each has k entries or more at or above its threshold: k each if rows * k in all."""
    rows, d = magnitudes.shape
    thresholds = np.partition(magnitudes, d - k, axis=1)[:, d - k : d - k + 1]
    reach = magnitudes >= thresholds
    kept = np.flatnonzero(reach) if rows == 1 else np.nonzero(reach)[1]  # quicker without rows
    if kept.size == rows * k:
        return kept.reshape(rows, k)
    pairs = zip(magnitudes, thresholds[:, 0], strict=True)
    return np.stack([_break_ties(row, threshold, k) for row, threshold in pairs])


def _break_ties(row: HostArray, threshold: float, k: int) -> HostArray:
    """Indices of the entries above the threshold, and of the first ones at it, k in all."""
    kept = np.flatnonzero(row >= threshold)
    if kept.size == k:
        return kept
    at_threshold = row[kept] == threshold
    surplus = kept.size - k
    drop = np.flatnonzero(at_threshold)[-surplus:]
    return np.delete(kept, drop)


def _by_sample(row: HostArray, k: int) -> HostArray:
    """`top_k` of one long row: a sampled threshold leaves somewhat more than k candidates, the exact choice is theirs.

    Entries below the threshold are smaller than k others: they are not among the k largest, ties included.
    """
    threshold = _sampled_threshold(row[:: _sample_step(row)], row.size, k)
    starts = range(0, row.size, _BLOCK)
    candidates = np.concatenate([np.flatnonzero(row[s : s + _BLOCK] >= threshold) + s for s in starts])
    if candidates.size < k:
        candidates = np.arange(row.size)
    return _largest_candidates(candidates, row[candidates], k)


@dispatched(lambda row, k: row.size)
def largest_of_row(row: HostArray, k: int) -> HostArray:
    """`_by_sample` by magnitude, for signed entries; a NaN counts as infinite. The row is read once."""
    threshold = low_threshold(row, k)
    room, below = np.empty(_BLOCK, row.dtype), np.empty(_BLOCK, np.bool_)
    candidates, magnitudes = [], []
    for first in range(0, row.size, _BLOCK):
        part = row[first : first + _BLOCK]
        sizes = np.abs(part, out=room[: part.size])
        reach = np.less(sizes, threshold, out=below[: part.size])
        places = np.flatnonzero(np.logical_not(reach, out=reach))
        candidates.append(places + first)
        magnitudes.append(sizes[places])
    return largest_among(row, np.concatenate(candidates), np.concatenate(magnitudes), k)


def largest_among(row: HostArray, candidates: HostArray, magnitudes: HostArray, k: int) -> HostArray:
    """Indices of the k largest magnitudes among the candidates; among all entries if there are fewer than k."""
    if candidates.size < k:
        candidates, magnitudes = np.arange(row.size), np.abs(row)
    return _largest_candidates(candidates, _nan_as_infinite(magnitudes), k)


def low_threshold(row: HostArray, k: int) -> float:
    """A magnitude that k entries or more reach, NaN included, but for a chance of 4 sigma."""
    return _sampled_threshold(np.abs(row[:: _sample_step(row)]), row.size, k)


def _largest_candidates(candidates: HostArray, magnitudes: HostArray, k: int) -> HostArray:
    if candidates.size == k:
        return candidates
    kept: HostArray = candidates[_by_partition(magnitudes[None, :], k)[0]]
    return kept


def _sample_step(row: HostArray) -> int:
    return max(4, row.size // _SAMPLE)


def _sampled_threshold(sample: HostArray, size: int, k: int) -> float:
    """A magnitude that k of `size` entries or more reach, estimated from a sample, but for a chance of 4 sigma."""
    expected = k * sample.size / size
    rank = int(expected + 4 * expected**0.5) + 4
    if rank >= sample.size:
        return -np.inf
    threshold: float = np.partition(sample, sample.size - rank)[sample.size - rank]
    return threshold


def _nan_as_infinite(magnitudes: HostArray) -> HostArray:
    """The magnitudes with NaN replaced by infinity, in place."""
    magnitudes[np.isnan(magnitudes)] = np.inf
    return magnitudes
